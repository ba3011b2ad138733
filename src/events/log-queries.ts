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

/** A part of the log that indexes can cut out. */
export interface EventRange extends EventScope {
  instanceId?: number | undefined;
  from?: EpochMs | undefined;
  /** Inclusive, in whole milliseconds. */
  to?: EpochMs | undefined;
  /** Only events older than this id: the page token. */
  before?: string | undefined;
}

export interface EventFilter extends EventRange {
  status?: EventStatus | undefined;
  objectType?: string | undefined;
  objectId?: string | undefined;
  eventType?: string | undefined;
  /** Not older than this id. */
  floor?: string | undefined;
  limit: number;
  offset: number;
}

/**
 * Status is derived, never stored, of an event `e` and its outbox row `o` if any: a hint, in the outbox and tried or
 * not, recorded without a callback and not sent on request since, or gone from the outbox.
 */
export const EVENT_STATUS = `case
    when e.is_hint then case when exists (select from hints h where h.event_id = e.id) then 'NEW' else 'CONSUMED' end
    when o.id is not null then case when o.attempt > 0 or o.lease is not null then 'DISPATCHED' else 'RECEIVED' end
    when e.lane_id is null and not exists (select from attempts t
      where t.event_id = e.id and t.outcome = 'delivered' and t.at >= e.received_at) then 'RECEIVED'
    else 'NOTIFIED' end`;

const COLUMNS = `e.id, e.instance_id, e.account_id, e.user_id, e.lane_id, e.element_key, e.instance_name, e.instance_tags,
  e.received_at, e.payload, e.payload_type, e.events::text as events`;

/** Events of an account or of one of its instances, newest first. The page is found first, then its bodies are read. */
export async function listEvents(db: Queryable, filter: EventFilter): Promise<EventRow[]> {
  const values: unknown[] = [];
  const where = [...rangeConditions(filter, values)];
  const add = (condition: (place: string) => string, value: unknown): void => {
    if (value === undefined) return;
    values.push(value);
    where.push(condition(`$${values.length}`));
  };
  const holds = (key: string) => (place: string) =>
    `exists (select from json_array_elements(e.events) n where n ->> '${key}' = ${place})`;
  add((place) => `e.id >= ${place}::uuid`, filter.floor);
  add((place) => `${EVENT_STATUS} = ${place}`, filter.status);
  add(holds('objectType'), filter.objectType);
  add(holds('objectId'), filter.objectId);
  add(holds('eventType'), filter.eventType);
  values.push(filter.limit, filter.offset);
  return db.query<EventRow>(
    `with page as (
       select e.instance_id, e.id, ${EVENT_STATUS} as status from events e left join outbox o on o.id = e.id
       where ${where.join(' and ')} order by e.id desc limit $${values.length - 1} offset $${values.length}
     )
     select ${COLUMNS}, page.status from page join events e on e.instance_id = page.instance_id and e.id = page.id
     order by e.id desc`,
    values,
  );
}

/** The `count`th newest event of a range: filters look no further back for one page. Undefined when there are fewer. */
export async function findDepth(
  db: Queryable,
  range: EventRange,
  count: number,
): Promise<string | undefined> {
  const values: unknown[] = [];
  const where = rangeConditions(range, values).join(' and ');
  values.push(count - 1);
  const rows = await db.query<{ id: string }>(
    `select e.id from events e where ${where} order by e.id desc limit 1 offset $${values.length}`,
    values,
  );
  return rows[0]?.id;
}

/** Events newer than `after` (an id), oldest first: what a stream shows next. */
export async function listEventsAfter(
  db: Queryable,
  range: EventScope & { instanceId?: number | undefined; after: string; limit: number },
): Promise<EventRow[]> {
  const values: unknown[] = [];
  const where = rangeConditions(range, values);
  values.push(range.after, range.limit);
  return db.query<EventRow>(
    `select ${COLUMNS}, ${EVENT_STATUS} as status from events e left join outbox o on o.id = e.id
     where ${where.join(' and ')} and e.id > $${values.length - 1}::uuid order by e.id limit $${values.length}`,
    values,
  );
}

/** One event within the scope, of `instanceId` when given. */
export async function findEvent(
  db: Queryable,
  key: EventScope & { id: string; instanceId?: number | undefined },
): Promise<EventRow | undefined> {
  const values: unknown[] = [];
  const where = rangeConditions(key, values);
  values.push(key.id);
  const rows = await db.query<EventRow>(
    `select ${COLUMNS}, ${EVENT_STATUS} as status from events e left join outbox o on o.id = e.id
     where ${where.join(' and ')} and e.id = $${values.length}::uuid`,
    values,
  );
  return rows[0];
}

/** These events, those within the scope, in any order. */
export async function selectEvents(
  db: Queryable,
  scope: EventScope,
  ids: readonly string[],
): Promise<EventRow[]> {
  const values: unknown[] = [];
  const where = rangeConditions(scope, values);
  values.push(ids);
  return db.query<EventRow>(
    `select ${COLUMNS}, ${EVENT_STATUS} as status from events e left join outbox o on o.id = e.id
     where ${where.join(' and ')} and e.id = any($${values.length}::uuid[])`,
    values,
  );
}

/** Conditions an index can follow: one instance's, one account's or everybody's events, by the time in their ids. */
function rangeConditions(range: EventRange, values: unknown[]): string[] {
  const conditions: string[] = [];
  const add = (condition: (place: string) => string, value: unknown): void => {
    values.push(value);
    conditions.push(condition(`$${values.length}`));
  };
  const { accountId, instanceId } = range;
  add(
    (place) => `exists (select from accounts a where a.id = e.account_id and a.organization_id = ${place})`,
    range.organizationId,
  );
  if (accountId !== null) add((place) => `e.account_id = ${place}`, accountId);
  if (instanceId !== undefined) add((place) => `e.instance_id = ${place}`, instanceId);
  if (range.from !== undefined) add((place) => `e.id >= ${place}::uuid`, uuidv7Floor(range.from));
  if (range.to !== undefined) add((place) => `e.id < ${place}::uuid`, uuidv7Floor(range.to + 1));
  if (range.before !== undefined) add((place) => `e.id < ${place}::uuid`, range.before);
  return conditions;
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
