import type { Route } from '../core/route.ts';

/** Who is asking: v1 and v2 name their fields alike but for the login's. */
export function routesAccount({ tenant }: { tenant: string }): Route[] {
  const who = { email: 'ada@acme.example', sub: '4236128', given_name: 'Ada', family_name: 'Almeida' };
  return [
    {
      method: 'GET',
      path: '/crm/rest/v1/oauth/connect/userinfo',
      handle: () => ({
        status: 200,
        body: {
          ...who,
          global_user_id: 4_236_128,
          infusionsoft_id: who.email,
          middle_name: null,
          preferred_name: 'Ada',
        },
      }),
    },
    {
      method: 'GET',
      path: '/crm/rest/v2/oauth/connect/userinfo',
      handle: () => ({
        status: 200,
        body: { ...who, id: '1', keap_id: who.email, is_admin: true, tenant_id: tenant },
      }),
    },
  ];
}
