import type { Role } from '../accounts/caller.ts';
import type { Queryable } from '../database/pool.ts';
import { toDate, type EpochMs } from '../kernel/clock.ts';

export interface SessionUserRow {
  user_id: number;
  account_id: number;
  organization_id: number;
  role: Role;
  email: string;
  first_name: string;
  last_name: string;
  password_hash: string | null;
}

/** An active user of an active account. */
export async function findSessionUser(db: Queryable, userId: number): Promise<SessionUserRow | undefined> {
  const [row] = await db.query<SessionUserRow>(
    `select u.id as user_id, u.account_id, a.organization_id, u.role, u.email, u.first_name, u.last_name,
       u.password_hash
     from users u join accounts a on a.id = u.account_id
     where u.id = $1 and u.active and a.active`,
    [userId],
    { name: 'find_session_user' },
  );
  return row;
}

/** The first user there was: whom the demo signs in. */
export async function findFirstUser(db: Queryable): Promise<number | undefined> {
  const [row] = await db.query<{ id: number }>('select id from users where active order by id limit 1');
  return row?.id;
}

/** Whose work is counted: one account's, or with null every account's of the organization. */
export interface Scope {
  organizationId: number;
  accountId: number | null;
}

export interface OpenWorkRow {
  /** Not tried yet. */
  waiting: number;
  retrying: number;
  /** Until somebody asks for them. */
  queued: number;
  oldest_id: string | null;
}

/** What is still to be delivered; the id's first 48 bits are the time the oldest arrived. */
export async function countOpenWork(db: Queryable, scope: Scope): Promise<OpenWorkRow> {
  const [row] = await db.query<OpenWorkRow>(
    `select count(*) filter (where not queued and attempt = 0) as waiting,
       count(*) filter (where not queued and attempt > 0) as retrying,
       count(*) filter (where queued) as queued,
       min(id::text) as oldest_id
     from (select o.id, o.attempt, not s.active or o.due_at = 'infinity' as queued
       from outbox o join subscriptions s on s.id = o.lane_id
       where s.account_id in (select id from accounts where organization_id = $1 and ($2::bigint is null or id = $2))
     ) open`,
    [scope.organizationId, scope.accountId],
  );
  return row!;
}

export interface EndpointRow {
  subscription_id: number;
  instance_id: number | null;
  url: string;
  active: boolean;
  reason: string | null;
  waiting: number;
  tries: number;
  failures: number;
  p50_ms: number | null;
  p95_ms: number | null;
}

/** Every callback URL with the tries since `since` and what waits for it now; the slowest first. */
export async function listEndpoints(
  db: Queryable,
  scope: Scope & { since: EpochMs; limit: number },
): Promise<EndpointRow[]> {
  return db.query<EndpointRow>(
    `select s.id as subscription_id, s.instance_id, s.url, s.active, s.reason,
       (select count(*) from outbox o where o.lane_id = s.id) as waiting,
       coalesce(t.tries, 0) as tries, coalesce(t.failures, 0) as failures, t.p50_ms, t.p95_ms
     from subscriptions s
       left join lateral (
         select count(*) as tries, count(*) filter (where outcome <> 'delivered') as failures,
           percentile_cont(0.5) within group (order by latency_ms) as p50_ms,
           percentile_cont(0.95) within group (order by latency_ms) as p95_ms
         from attempts a where a.instance_id = s.instance_id and a.lane_id = s.id and a.at >= $3
       ) t on true
     where s.url <> ''
       and s.account_id in (select id from accounts where organization_id = $1 and ($2::bigint is null or id = $2))
     order by t.p95_ms desc nulls last, s.id limit $4`,
    [scope.organizationId, scope.accountId, toDate(scope.since), scope.limit],
  );
}

export interface TriesRow {
  delivered: number;
  failed: number;
}

/** How many tries since `since` were accepted by a callback and how many were not. */
export async function countTries(db: Queryable, scope: Scope & { since: EpochMs }): Promise<TriesRow> {
  const [row] = await db.query<TriesRow>(
    `select count(*) filter (where outcome = 'delivered') as delivered,
       count(*) filter (where outcome <> 'delivered') as failed
     from attempts
     where at >= $3 and instance_id in (select i.id from instances i join accounts a on a.id = i.account_id
       where a.organization_id = $1 and ($2::bigint is null or a.id = $2))`,
    [scope.organizationId, scope.accountId, toDate(scope.since)],
  );
  return row!;
}

export interface FeedRow {
  object_type: string;
  feed: string;
  cursor_at: EpochMs | null;
  pass_started_at: EpochMs | null;
  is_baseline_done: boolean;
  id_list_complete: boolean;
  known: number;
  lateness: { day: number; maxMs: number; counts: number[] }[];
}

/** How far each feed of an instance has read; the row's count of known records stops at `maxKnown`. */
export async function listFeeds(
  db: Queryable,
  { instanceId, maxKnown }: { instanceId: number; maxKnown: number },
): Promise<FeedRow[]> {
  return db.query<FeedRow>(
    `select r.name as object_type, f.name as feed, f.cursor_at, f.pass_started_at, r.is_baseline_done,
       r.id_list_complete, f.lateness,
       (select count(*) from (select from known_records k where k.resource_id = r.id limit $2) counted) as known
     from polled_resources r join polled_feeds f on f.resource_id = r.id
     where r.instance_id = $1 order by r.id, f.id`,
    [instanceId, maxKnown],
  );
}

export interface ActivityRow {
  instance_id: number;
  last_event_id: string | null;
  last_poll_at: EpochMs | null;
  held_deletions: number;
}

/** The last event and the last poll of each instance. */
export async function listActivity(db: Queryable, scope: Scope & { limit: number }): Promise<ActivityRow[]> {
  return db.query<ActivityRow>(
    `select i.id as instance_id,
       (select e.id::text from events e where e.instance_id = i.id order by e.id desc limit 1) as last_event_id,
       (select max(r.last_poll_at) from polled_resources r where r.instance_id = i.id) as last_poll_at,
       (select count(*) from held_deletions h join polled_resources r on r.id = h.resource_id
        where r.instance_id = i.id and not h.is_released) as held_deletions
     from instances i
     where i.account_id in (select id from accounts where organization_id = $1 and ($2::bigint is null or id = $2))
     order by i.id desc limit $3`,
    [scope.organizationId, scope.accountId, scope.limit],
  );
}

/** Gives a user another secret; the old one is refused from then on. */
export async function updateUserSecret(
  db: Queryable,
  userId: number,
  secret: { hash: Buffer; sealed: Buffer },
): Promise<void> {
  await db.execute('update users set secret_hash = $2, secret_sealed = $3 where id = $1', [
    userId,
    secret.hash,
    secret.sealed,
  ]);
}

/** As `updateUserSecret`, of an organization: all its users need the new one. */
export async function updateOrganizationSecret(
  db: Queryable,
  organizationId: number,
  secret: { hash: Buffer; sealed: Buffer },
): Promise<void> {
  await db.execute('update organizations set secret_hash = $2, secret_sealed = $3 where id = $1', [
    organizationId,
    secret.hash,
    secret.sealed,
  ]);
}
