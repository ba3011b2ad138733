import type { Queryable } from '../database/pool.ts';
import { toDate } from '../kernel/clock.ts';
import type { EpochMs } from '../kernel/clock.ts';
import type { JsonObject } from '../kernel/json.ts';

export interface AccountRow {
  id: number;
  organization_id: number;
  name: string;
  description: string;
  external_id: string | null;
  settings: JsonObject;
  active: boolean;
  created_at: EpochMs;
  /** Whether it is the organization's first, made with it. */
  is_default: boolean;
}

/** Which accounts a caller may see: all of its organization, or one of them. */
export interface AccountScope {
  organizationId: number;
  accountId: number | null;
}

const COLUMNS = `a.id, a.organization_id, a.name, a.description, a.external_id, a.settings, a.active, a.created_at,
  a.id = (select min(b.id) from accounts b where b.organization_id = a.organization_id) as is_default`;
const IN_SCOPE = `a.organization_id = $1 and ($2::int8 is null or a.id = $2)`;

/** By id from the one after `afterId`, leaving out the first `skip`. */
export async function listAccounts(
  db: Queryable,
  scope: AccountScope,
  page: { afterId: number; skip: number; limit: number },
): Promise<AccountRow[]> {
  return db.query<AccountRow>(
    `select ${COLUMNS} from accounts a where ${IN_SCOPE} and a.id > $3 order by a.id offset $4 limit $5`,
    [scope.organizationId, scope.accountId, page.afterId, page.skip, page.limit],
  );
}

export async function findAccount(
  db: Queryable,
  scope: AccountScope,
  id: number,
): Promise<AccountRow | undefined> {
  const [row] = await db.query<AccountRow>(
    `select ${COLUMNS} from accounts a where ${IN_SCOPE} and a.id = $3`,
    [scope.organizationId, scope.accountId, id],
  );
  return row;
}

export async function insertAccount(
  db: Queryable,
  account: {
    organizationId: number;
    name: string;
    description: string;
    externalId: string | null;
    createdAt: EpochMs;
  },
): Promise<number> {
  const [row] = await db.query<{ id: number }>(
    `insert into accounts (organization_id, name, description, external_id, created_at)
     values ($1, $2, $3, $4, $5) returning id`,
    [
      account.organizationId,
      account.name,
      account.description,
      account.externalId,
      toDate(account.createdAt),
    ],
  );
  return row!.id;
}

export interface AccountChange {
  name?: string | undefined;
  description?: string | undefined;
  externalId?: string | undefined;
  active?: boolean | undefined;
}

/** What is undefined stays. False when there is no such account in the scope. */
export async function updateAccount(
  db: Queryable,
  scope: AccountScope,
  id: number,
  change: AccountChange,
): Promise<boolean> {
  const touched = await db.execute(
    `update accounts a set name = coalesce($4, name), description = coalesce($5, description),
       external_id = coalesce($6, external_id), active = coalesce($7, active)
     where ${IN_SCOPE} and a.id = $3`,
    [
      scope.organizationId,
      scope.accountId,
      id,
      change.name ?? null,
      change.description ?? null,
      change.externalId ?? null,
      change.active ?? null,
    ],
  );
  return touched === 1;
}

/** Merges into the account's settings; the whole of them afterwards. */
export async function mergeSettings(
  db: Queryable,
  scope: AccountScope,
  id: number,
  settings: JsonObject,
): Promise<JsonObject | undefined> {
  const [row] = await db.query<{ settings: JsonObject }>(
    `update accounts a set settings = settings || $4::jsonb where ${IN_SCOPE} and a.id = $3 returning settings`,
    [scope.organizationId, scope.accountId, id, JSON.stringify(settings)],
  );
  return row?.settings;
}

export async function deleteAccount(db: Queryable, scope: AccountScope, id: number): Promise<boolean> {
  const touched = await db.execute(`delete from accounts a where ${IN_SCOPE} and a.id = $3`, [
    scope.organizationId,
    scope.accountId,
    id,
  ]);
  return touched === 1;
}
