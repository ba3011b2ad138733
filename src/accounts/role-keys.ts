import { Fault } from '../kernel/errors.ts';
import { ROLES } from './caller.ts';
import type { Role } from './caller.ts';

/** Our roles under the keys of the old product (its page "Manage Users via API", "Assign a Role"). */
export const ROLE_KEYS = { organization: 'org-admin', account: 'admin', member: 'org' } as const;

/**
 * The role a body asks for, as `role` or as the old `roles`, of which the highest counts; undefined: none named.
 * @throws Fault `bad_request` for a key that is no role.
 */
export function readRole(body: { role?: Role; roles?: { key: string }[] }): Role | undefined {
  if (body.role !== undefined) return body.role;
  const asked = new Set<Role>();
  for (const { key } of body.roles ?? []) {
    const role = ROLES.find((known) => ROLE_KEYS[known] === key);
    if (role === undefined) {
      throw new Fault('bad_request', `roles: "${key}" is not one of ${Object.values(ROLE_KEYS).join(', ')}.`);
    }
    asked.add(role);
  }
  return ROLES.find((role) => asked.has(role));
}
