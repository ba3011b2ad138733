import { randomBytes } from 'node:crypto';
import type { Queryable } from '../../src/database/pool.ts';
import { toDate } from '../../src/kernel/clock.ts';

const CREATED_AT = toDate(Date.UTC(2026, 10, 20));

/** An organization with an account and a user, as bare rows; the secrets open nothing. */
export async function insertAccount(db: Queryable): Promise<{ accountId: number; userId: number }> {
  const [row] = await db.query<{ account_id: number; user_id: number }>(
    `with o as (insert into organizations (name, secret_hash, secret_sealed, created_at) values ('Org', $1, '', $3) returning id),
     a as (insert into accounts (organization_id, name, created_at) select id, 'Account', $3 from o returning id),
     u as (insert into users (account_id, email, secret_hash, secret_sealed, created_at)
           select id, $4, $2, '', $3 from a returning id)
     select a.id as account_id, u.id as user_id from a, u`,
    [randomBytes(32), randomBytes(32), CREATED_AT, `${randomBytes(6).toString('hex')}@example.com`],
  );
  return { accountId: row!.account_id, userId: row!.user_id };
}

/** An instance with its events on, as a bare row. */
export async function insertInstance(
  db: Queryable,
  owner: { accountId: number; userId: number },
  options: { elementKey?: string; name?: string; tags?: string[] } = {},
): Promise<number> {
  const [row] = await db.query<{ id: number }>(
    `insert into instances (account_id, user_id, element_key, name, token_hash, token_sealed, tags, events_enabled, created_at)
     values ($1, $2, $3, $4, $5, '', $6, true, $7) returning id`,
    [
      owner.accountId,
      owner.userId,
      options.elementKey ?? 'pipedrive',
      options.name ?? 'An instance',
      randomBytes(32),
      options.tags ?? ['tag'],
      CREATED_AT,
    ],
  );
  return row!.id;
}
