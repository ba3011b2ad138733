import type { Queryable } from '../database/pool.ts';
import type { EpochMs } from '../kernel/clock.ts';
import type { Attention } from '../instances/instance.ts';
import type { Scope } from './overview-queries.ts';

/** With one of these set, or with what a set-up gave the vendor, inbound webhooks must prove where they come from. */
const PROOF_KEYS = [
  'event.inbound.signature.key',
  'event.inbound.token',
  'event.inbound.basic.username',
  'event.inbound.basic.password',
];
/** The app's secret is the proof of vendors that sign with it. */
const APP_SECRET = 'oauth.api.secret';
const TYPE = 'event.vendor.type';

export interface InstanceListRow {
  id: number;
  name: string;
  element_key: string;
  tags: string[];
  disabled: boolean;
  events_enabled: boolean;
  attention: Attention | null;
  vendor_type: string | null;
  has_proof: boolean;
  has_app_secret: boolean;
}

/** Instances after the id `after`, with the little that lists show of them, in the order of their ids. */
export async function listInstanceRows(
  db: Queryable,
  { organizationId, accountId, after, limit }: Scope & { after: number; limit: number },
): Promise<InstanceListRow[]> {
  return db.query<InstanceListRow>(
    `select i.id, i.name, i.element_key, i.tags, i.disabled, i.events_enabled, i.attention, c.vendor_type,
       coalesce(c.has_proof, false) or w.proof is not null as has_proof,
       coalesce(c.has_app_secret, false) as has_app_secret
     from (
       select * from instances where id > $3
         and account_id in (select id from accounts where organization_id = $1 and ($2::bigint is null or id = $2))
       order by id limit $4
     ) i
       left join webhook_setups w on w.instance_id = i.id
       left join lateral (
         select max(value #>> '{}') filter (where key = '${TYPE}') as vendor_type,
           bool_or(key <> all($6) and (value is not null or sealed is not null)) as has_proof,
           bool_or(key = '${APP_SECRET}' and (value is not null or sealed is not null)) as has_app_secret
         from instance_configuration where instance_id = i.id and key = any($5)
       ) c on true
     order by i.id`,
    [organizationId, accountId, after, limit, [TYPE, APP_SECRET, ...PROOF_KEYS], [TYPE, APP_SECRET]],
  );
}

export interface ActivityRow {
  instance_id: number;
  last_event_id: string | null;
  last_poll_at: EpochMs | null;
}

/** The last event and the last poll of these instances, as far as they are in the scope. */
export async function listActivity(
  db: Queryable,
  { organizationId, accountId, ids }: Scope & { ids: readonly number[] },
): Promise<ActivityRow[]> {
  return db.query<ActivityRow>(
    `select i.id as instance_id,
       (select e.id::text from events e where e.instance_id = i.id order by e.id desc limit 1) as last_event_id,
       (select max(r.last_poll_at) from polled_resources r where r.instance_id = i.id) as last_poll_at
     from instances i
     where i.id = any($3::bigint[])
       and i.account_id in (select id from accounts where organization_id = $1 and ($2::bigint is null or id = $2))`,
    [organizationId, accountId, ids],
  );
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

/** The ids of the last webhooks of an instance, the newest first, among its last `depth` events. */
export async function listWebhookIds(
  db: Queryable,
  { instanceId, depth, limit }: { instanceId: number; depth: number; limit: number },
): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    `select id from (select id, source from events where instance_id = $1 order by id desc limit $2) newest
     where source = 'webhook' order by id desc limit $3`,
    [instanceId, depth, limit],
  );
  return rows.map(({ id }) => id);
}
