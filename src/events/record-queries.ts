import type { Queryable } from '../database/pool.ts';

/** Columns of the rows to insert, one array each, all of one length. */
export interface EventColumns {
  ids: string[];
  instanceIds: number[];
  configVersions: number[];
  sources: string[];
  receivedAts: Date[];
  payloads: Buffer[];
  payloadTypes: string[];
  events: string[];
  orderKeys: (string | null)[];
  consumed: boolean[];
  /** The lease of rows handed straight to this node's sender, else null. */
  leases: (string | null)[];
  /** When a row is due: now, or the end of its lease. */
  dueAts: Date[];
}

export interface RecordedRow {
  id: string;
  instance_id: number;
  lane_id: number | null;
}

/**
 * Inserts events and, where the instance has a callback, their outbox rows. A row is left out when its instance
 * is gone, disabled, has its events off, or has another configuration version than the writer believed.
 */
export async function insertEvents(db: Queryable, columns: EventColumns): Promise<RecordedRow[]> {
  return db.query<RecordedRow>(
    `with given as (
       select * from unnest($1::uuid[], $2::bigint[], $3::integer[], $4::text[], $5::timestamptz[], $6::bytea[],
         $7::text[], $8::json[], $9::text[], $10::boolean[], $11::uuid[], $12::timestamptz[])
         as g(id, instance_id, config_version, source, received_at, payload, payload_type, events, order_key, consumed, lease, due_at)
     ), recorded as (
       insert into events (id, instance_id, account_id, user_id, element_key, instance_name, instance_tags, lane_id,
         source, received_at, payload, payload_type, events, consumed)
       select g.id, g.instance_id, i.account_id, i.user_id, i.element_key, i.name, i.tags,
         case when g.consumed then null else s.id end,
         g.source, g.received_at, g.payload, g.payload_type, g.events, g.consumed
       from given g
       join instances i on i.id = g.instance_id and i.config_version = g.config_version
         and i.events_enabled and not i.disabled
       left join subscriptions s on s.instance_id = g.instance_id and s.url <> ''
       returning id, instance_id, lane_id
     ), queued as (
       insert into outbox (lane_id, id, instance_id, due_at, lease, attempt, order_key)
       select r.lane_id, r.id, r.instance_id, g.due_at, g.lease, case when g.lease is null then 0 else 1 end, g.order_key
       from recorded r join given g using (id) where r.lane_id is not null
     )
     select id, instance_id, lane_id from recorded`,
    [
      columns.ids,
      columns.instanceIds,
      columns.configVersions,
      columns.sources,
      columns.receivedAts,
      columns.payloads,
      columns.payloadTypes,
      columns.events,
      columns.orderKeys,
      columns.consumed,
      columns.leases,
      columns.dueAts,
    ],
    { name: 'insert-events' },
  );
}
