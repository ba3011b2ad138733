import type { Queryable } from '../database/pool.ts';
import type { EpochMs } from '../kernel/clock.ts';
import { uuidv7Floor } from '../kernel/ids.ts';
import type { EventStatus } from './schema.ts';

export interface EventRow {
  id: string;
  instance_id: number;
  account_id: number;
  user_id: number;
  lane_id: number | null;
  element_key: string;
  instance_name: string;
  instance_tags: string[];
  received_at: EpochMs;
  payload: Buffer;
  payload_type: 'json' | 'form';
  /** The text of the `events` array. */
  events: string;
  status: EventStatus;
}

/** Whose events may be seen: one account's, or with null every account's of the organization. */
export interface EventScope {
  organizationId: number;
  accountId: number | null;
}

export interface EventFilter extends EventScope {
  instanceId?: number | undefined;
  from?: EpochMs | undefined;
  to?: EpochMs | undefined;
  status?: EventStatus | undefined;
  objectType?: string | undefined;
  objectId?: string | undefined;
  eventType?: string | undefined;
  /** Only events older than this id: the page token. */
  before?: string | undefined;
  limit: number;
  offset: number;
}

/** Status is derived, never stored: no callback, in the outbox and tried or not, or gone from it. */
const COLUMNS = `e.id, e.instance_id, e.account_id, e.user_id, e.lane_id, e.element_key, e.instance_name, e.instance_tags,
  e.received_at, e.payload, e.payload_type, e.events::text as events,
  case when e.consumed then 'CONSUMED'
       when e.lane_id is null then 'RECEIVED'
       when o.id is null then 'NOTIFIED'
       when o.attempt > 0 or o.lease is not null then 'DISPATCHED'
       else 'RECEIVED' end as status`;

/** Events of an account or of one of its instances, newest first. */
export async function listEvents(db: Queryable, filter: EventFilter): Promise<EventRow[]> {
  return db.query<EventRow>(
    `select * from (
       select ${COLUMNS} from events e left join outbox o on o.lane_id = e.lane_id and o.id = e.id
       where e.account_id in (select id from accounts where organization_id = $12 and ($1::bigint is null or id = $1))
         and ($2::bigint is null or e.instance_id = $2)
         and ($3::uuid is null or e.id >= $3)
         and ($4::uuid is null or e.id < $4)
         and ($5::uuid is null or e.id < $5)
         and ($6::text is null or exists (select from json_array_elements(e.events) n where n ->> 'objectType' = $6))
         and ($7::text is null or exists (select from json_array_elements(e.events) n where n ->> 'objectId' = $7))
         and ($8::text is null or exists (select from json_array_elements(e.events) n where n ->> 'eventType' = $8))
     ) found
     where $9::text is null or status = $9
     order by id desc limit $10 offset $11`,
    [
      filter.accountId,
      filter.instanceId ?? null,
      filter.from === undefined ? null : uuidv7Floor(filter.from),
      // The bound is the wire's inclusive `to`, in whole milliseconds.
      filter.to === undefined ? null : uuidv7Floor(filter.to + 1),
      filter.before ?? null,
      filter.objectType ?? null,
      filter.objectId ?? null,
      filter.eventType ?? null,
      filter.status ?? null,
      filter.limit,
      filter.offset,
      filter.organizationId,
    ],
  );
}

/** One event within the scope, of `instanceId` when given. */
export async function findEvent(
  db: Queryable,
  key: EventScope & { id: string; instanceId?: number | undefined },
): Promise<EventRow | undefined> {
  const rows = await db.query<EventRow>(
    `select ${COLUMNS} from events e left join outbox o on o.lane_id = e.lane_id and o.id = e.id
     where e.id = $1 and ($3::bigint is null or e.instance_id = $3)
       and e.account_id in (select id from accounts where organization_id = $4 and ($2::bigint is null or id = $2))`,
    [key.id, key.accountId, key.instanceId ?? null, key.organizationId],
  );
  return rows[0];
}

export interface AttemptRow {
  attempt: number;
  at: EpochMs;
  outcome: string;
  status: number | null;
  latency_ms: number;
  response: string;
}

/** The tries of one event, first to last. */
export async function listAttempts(db: Queryable, eventId: string): Promise<AttemptRow[]> {
  return db.query<AttemptRow>(
    `select attempt, at, outcome, status, latency_ms, response from attempts where event_id = $1 order by at, attempt`,
    [eventId],
  );
}
