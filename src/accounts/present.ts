import { isoSeconds } from '../kernel/clock.ts';
import type { AccountRow } from './account-queries.ts';
import { ROLE_KEYS } from './role-keys.ts';
import type { Account, User } from './schema.ts';
import type { UserRow } from './user-queries.ts';

export function presentAccount(row: AccountRow): Account {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    ...(row.external_id === null ? {} : { externalId: row.external_id }),
    active: row.active,
    companyId: row.organization_id,
    createdDate: isoSeconds(row.created_at),
    defaultAccount: row.is_default,
    type: row.is_default ? 'Default' : 'CompanyAccount',
  };
}

export function presentUser(row: UserRow): User {
  return {
    id: row.id,
    accountId: row.account_id,
    email: row.email,
    emailAddress: row.email,
    firstName: row.first_name,
    lastName: row.last_name,
    fullName: `${row.first_name} ${row.last_name}`.trim(),
    role: row.role,
    roles: [{ key: ROLE_KEYS[row.role] }],
    active: row.active,
    createdDate: isoSeconds(row.created_at),
  };
}
