import type { Route } from '../core/route.ts';
import { failure, notFound } from './errors.ts';
import { presentUser } from './present-v1.ts';
import { readBodyV1 } from './body-v1.ts';
import { atV1 } from './routes-v1.ts';
import type { Session } from './session.ts';
import { timeV1 } from './time-format.ts';

/** Users, and the login with e-mail and password that the vendor took away on 2019-12-02. */
export function routesUsers(session: Session, credentials: { email: string; password: string }): Route[] {
  return [
    ...atV1('GET', '/users', (request) => {
      const { company, userId } = session.callerOf(request);
      const data = company.store.users.sorted().map((user) => presentUser(user, userId));
      return { status: 200, body: { success: true, data, additional_data: { pagination: null } } };
    }),
    ...atV1('GET', '/users/me', (request) => {
      const { company, userId } = session.callerOf(request);
      const user = company.store.users.get(userId);
      if (!user) return notFound('user', 'v1');
      const data = {
        ...presentUser(user, userId),
        company_id: company.id,
        company_name: company.name,
        company_domain: company.domain,
        company_country: 'EE',
        company_industry: null,
        language: { language_code: 'en', country_code: 'US' },
      };
      return { status: 200, body: { success: true, data } };
    }),
    ...atV1('GET', '/users/:id', (request) => {
      const { company, userId } = session.callerOf(request);
      const user = company.store.users.get(Number(request.params['id']));
      if (!user) return notFound('user', 'v1');
      return { status: 200, body: { success: true, data: presentUser(user, userId) } };
    }),
    ...atV1('POST', '/authorizations', (request) => {
      const { email, password } = readBodyV1(request);
      if (email !== credentials.email || password !== credentials.password) {
        return failure(401, 'You supplied wrong e-mail or password');
      }
      return { status: 200, body: { success: true, ...authorizations(session, credentials.email) } };
    }),
  ];
}

/** One entry for each company in which the e-mail address belongs to a user. */
function authorizations(session: Session, email: string): Record<string, unknown> {
  const memberships = session.companies.flatMap((company) =>
    company.store.users
      .sorted()
      .filter((user) => user.fields.email === email && user.fields.active_flag)
      .map((user) => ({ company, user })),
  );
  const first = memberships[0]?.user;
  return {
    data: memberships.map(({ company, user }, index) => ({
      id: index + 1,
      user_id: user.id,
      company_id: company.id,
      api_token: session.access.apiToken(company, user.id),
      add_time: timeV1(user.createdAt),
      company: { info: { id: company.id, name: company.name, domain: company.domain } },
    })),
    additional_data: {
      user: { profile: { id: first?.id ?? null, email, name: first?.fields.name ?? null } },
    },
  };
}
