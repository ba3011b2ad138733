import type { Queryable } from '../database/pool.ts';

/**
 * Columns of the rows to insert, one array each, all of one length. The two long ones stand in one byte string, which
 * travels in binary: as an array of bytea every byte would be four characters, written here and read there.
 */
export interface EventColumns {
  ids: string[];
  instanceIds: number[];
  configVersions: number[];
  sources: string[];
  receivedAts: Date[];
  payloadTypes: string[];
  isHints: boolean[];
  orderKeys: (string | null)[];
  /** Whether this node's sender has room for the row. */
  mayLease: boolean[];
  once: boolean[];
  /** All payloads, then all JSON texts of `events`. */
  bytes: Buffer;
  /** From 1. */
  payloadStarts: number[];
  payloadLengths: number[];
  eventsStarts: number[];
  eventsLengths: number[];
}

export interface InsertTerms {
  now: Date;
  /** Of the rows handed to this node's sender. */
  lease: string | null;
  leaseEnd: Date;
  /** See `StatementOptions`. */
  answerTimeoutMs?: number | undefined;
}

/** Keys and hints of some of the rows, one array each. */
export interface AttachedColumns {
  keyIds: string[];
  keys: string[];
  hintIds: string[];
  hintTypes: string[];
  hintObjects: string[];
  hintDeletions: boolean[];
}

export interface RecordedRow {
  id: string;
  lane_id: number | null;
  is_leased: boolean;
  /** The account's failure policy. */
  retries: boolean;
  is_repeat: boolean;
}

const GIVEN = `given as (
    select * from unnest($1::uuid[], $2::bigint[], $3::integer[], $4::text[], $5::timestamptz[], $6::text[],
      $7::boolean[], $8::text[], $9::boolean[], $10::boolean[], $12::integer[], $13::integer[], $14::integer[], $15::integer[])
      as g(id, instance_id, config_version, source, received_at, payload_type, is_hint, order_key, may_lease, once,
        payload_start, payload_length, events_start, events_length)
  ), allowed as (
    select g.*, i.account_id, i.user_id, i.element_key, i.name, i.tags, s.id as lane_id,
      g.may_lease and s.active and s.open_until <= $16 as is_leased,
      coalesce(a.settings ->> 'notification.webhook.failure.policy', 'retry') = 'retry' as retries
    from given g
    join instances i on i.id = g.instance_id and i.config_version = g.config_version
      and i.events_enabled and not i.disabled
    join accounts a on a.id = i.account_id and a.active
    join users u on u.id = i.user_id and u.active
    left join subscriptions s on s.instance_id = g.instance_id and s.url <> '' and not g.is_hint
  )`;

const RECORDED = (from: string): string => `recorded as (
    insert into events (id, instance_id, account_id, user_id, element_key, instance_name, instance_tags, lane_id,
      source, received_at, payload_type, is_hint, payload, events)
    select id, instance_id, account_id, user_id, element_key, name, tags, lane_id, source, received_at, payload_type,
      is_hint, substring($11::bytea from payload_start for payload_length),
      convert_from(substring($11::bytea from events_start for events_length), 'UTF8')::json
    from ${from}
  ), queued as (
    insert into outbox (lane_id, id, instance_id, due_at, lease, order_key)
    select lane_id, id, instance_id, case when is_leased then $18::timestamptz else $16::timestamptz end,
      case when is_leased then $17::uuid end, order_key
    from ${from} where lane_id is not null
  )`;

const INSERT = `with ${GIVEN}, ${RECORDED('allowed')}
  select id, lane_id, coalesce(is_leased, false) as is_leased, retries, false as is_repeat from allowed`;

/**
 * A key is remembered only for a row that is recorded, or a refused webhook's repeat would look like an old one. In one
 * batch the first event takes a key. Whose keys were not all new is found out for all rows at once: row by row it took
 * as long again as the rest of the statement.
 */
const INSERT_ATTACHED = `with ${GIVEN}, keys_given as (
    select * from unnest($19::uuid[], $20::uuid[]) as k(id, key)
  ), keys_known as (
    insert into webhook_keys (instance_id, key, event_id, seen_at)
    select a.instance_id, k.key, k.id, $16
    from keys_given k join allowed a using (id) order by a.instance_id, k.key, k.id
    on conflict do nothing
    returning event_id, key
  ), judged as (
    select a.*, a.once and a.id in (
      select o.id from (select id, key from keys_given except select event_id, key from keys_known) o) as is_repeat
    from allowed a
  ), fresh as (
    select * from judged where not is_repeat
  ), ${RECORDED('fresh')}, hinted as (
    insert into hints (event_id, instance_id, object_type, object_id, is_deletion, received_at)
    select f.id, f.instance_id, h.object_type, h.object_id, h.is_deletion, f.received_at
    from unnest($21::uuid[], $22::text[], $23::text[], $24::boolean[]) as h(id, object_type, object_id, is_deletion)
    join fresh f using (id)
  )
  select id, lane_id, coalesce(is_leased, false) as is_leased, retries, is_repeat from judged`;

/**
 * Inserts events and, where the instance has a callback, their outbox rows. A row is missing from the answer when its
 * instance is gone, disabled, has its events off, has another configuration version than the writer believed, or
 * belongs to an account or user that is deactivated.
 * What is leased is this node's sender's: its subscription is active and its breaker closed.
 */
export async function insertEvents(
  db: Queryable,
  columns: EventColumns,
  terms: InsertTerms,
  attached?: AttachedColumns,
): Promise<RecordedRow[]> {
  const values: unknown[] = [
    columns.ids,
    columns.instanceIds,
    columns.configVersions,
    columns.sources,
    columns.receivedAts,
    columns.payloadTypes,
    columns.isHints,
    columns.orderKeys,
    columns.mayLease,
    columns.once,
    columns.bytes,
    columns.payloadStarts,
    columns.payloadLengths,
    columns.eventsStarts,
    columns.eventsLengths,
    terms.now,
    terms.lease,
    terms.leaseEnd,
  ];
  const { answerTimeoutMs } = terms;
  const limit = { ...(answerTimeoutMs !== undefined && { answerTimeoutMs }) };
  if (attached === undefined)
    return db.query<RecordedRow>(INSERT, values, { name: 'insert-events', ...limit });
  const { keyIds, keys, hintIds, hintTypes, hintObjects, hintDeletions } = attached;
  return db.query<RecordedRow>(
    INSERT_ATTACHED,
    [...values, keyIds, keys, hintIds, hintTypes, hintObjects, hintDeletions],
    { name: 'insert-events-attached', ...limit },
  );
}

/** Which of these keys are remembered for the instance. */
export async function selectKnownKeys(db: Queryable, instanceId: number, keys: string[]): Promise<string[]> {
  const rows = await db.query<{ key: string }>(
    'select key from webhook_keys where instance_id = $1 and key = any($2::uuid[])',
    [instanceId, keys],
  );
  return rows.map((row) => row.key);
}

/** Forgets the keys of webhooks seen before `before`, at most `limit` at a time; how many there were. */
export async function pruneWebhookKeys(db: Queryable, before: Date, limit: number): Promise<number> {
  return db.execute(
    `delete from webhook_keys where (instance_id, key) in (
       select instance_id, key from webhook_keys where seen_at < $1 order by seen_at limit $2)`,
    [before, limit],
  );
}
