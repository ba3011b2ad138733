import type { Queryable } from '../database/pool.ts';
import { toDate, type EpochMs } from '../kernel/clock.ts';
import type { Scope } from './subscription-queries.ts';

export interface NotificationRow {
  id: string;
  account_id: number;
  severity: string;
  topic: string;
  message: string;
  sender: string;
  created_at: EpochMs;
  acknowledged_at: EpochMs | null;
}

const COLUMNS =
  'n.id, n.account_id, n.severity, n.topic, n.message, n.sender, n.created_at, n.acknowledged_at';
const IN_SCOPE =
  'n.account_id in (select id from accounts where organization_id = $1 and ($2::int8 is null or id = $2))';

/** Stores a notification, and a delivery for each subscription of the account to its topic. */
export async function insertNotification(
  db: Queryable,
  row: Omit<NotificationRow, 'acknowledged_at'>,
): Promise<void> {
  await db.execute(
    `with told as (
       insert into notifications (id, account_id, severity, topic, message, sender, created_at)
       values ($1, $2, $3, $4, $5, $6, $7)
     )
     insert into outbox (lane_id, id, due_at)
     select id, $1, $7 from subscriptions where account_id = $2 and instance_id is null and topics @> array[$4]`,
    [row.id, row.account_id, row.severity, row.topic, row.message, row.sender, toDate(row.created_at)],
  );
}

/** Newest first. */
export async function listNotifications(
  db: Queryable,
  scope: Scope,
  filter: { topics: string[] | null; before: string | null; limit: number; offset: number },
): Promise<NotificationRow[]> {
  return db.query<NotificationRow>(
    `select ${COLUMNS} from notifications n
     where ${IN_SCOPE} and ($3::text[] is null or n.topic = any($3)) and ($4::uuid is null or n.id < $4)
     order by n.id desc limit $5 offset $6`,
    [scope.organizationId, scope.accountId, filter.topics, filter.before, filter.limit, filter.offset],
  );
}

export async function findNotification(
  db: Queryable,
  scope: Scope,
  id: string,
): Promise<NotificationRow | undefined> {
  return (await selectNotifications(db, scope, [id]))[0];
}

export async function selectNotifications(
  db: Queryable,
  scope: Scope,
  ids: readonly string[],
): Promise<NotificationRow[]> {
  return db.query<NotificationRow>(
    `select ${COLUMNS} from notifications n where ${IN_SCOPE} and n.id = any($3::uuid[])`,
    [scope.organizationId, scope.accountId, ids],
  );
}

export async function acknowledgeNotification(db: Queryable, id: string, now: EpochMs): Promise<void> {
  await db.execute('update notifications set acknowledged_at = coalesce(acknowledged_at, $2) where id = $1', [
    id,
    toDate(now),
  ]);
}

/** With what still waits for it. */
export async function deleteNotification(db: Queryable, id: string): Promise<void> {
  await db.execute(
    'with gone as (delete from notifications where id = $1 returning id) delete from outbox o using gone where o.id = gone.id',
    [id],
  );
}

/** Forgets notifications older than `before`; what waits for a callback keeps them until it is given up. */
export async function pruneNotifications(db: Queryable, before: string): Promise<number> {
  return db.execute(
    'delete from notifications n where n.id < $1::uuid and not exists (select from outbox o where o.id = n.id)',
    [before],
  );
}
