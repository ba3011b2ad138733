/* Databases of their own, filled to a size, in which the statements of the hot path are timed in turns. */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { migrate } from '../../src/database/migrate.ts';
import { createDatabase, type Database, type Queryable } from '../../src/database/pool.ts';
import {
  claimDue,
  settleTries,
  type ClaimedRow,
  type Settlement,
} from '../../src/delivery/outbox-queries.ts';
import { createEventIds } from '../../src/events/event-ids.ts';
import { insertBatch, prepareEvent } from '../../src/events/insert-batch.ts';
import { maintainOnce } from '../../src/events/maintain.ts';
import { systemClock, toDate } from '../../src/kernel/clock.ts';
import { createSilentLog } from '../../src/kernel/log.ts';
import { insertAccount } from '../../test/support/rows.ts';
import type { Stage } from '../stage/stage.ts';

export const ROWS = 200;
const INSTANCES = 100;
const CHUNK = 1_000_000;
const DAY_MS = 86_400_000;

const nextId = createEventIds();

export interface House {
  db: Database;
  /** The subscription of the first instance, which no round uses. */
  firstLane: number;
  close(): Promise<void>;
}

/** What one round took, in milliseconds, for `ROWS` events. */
export interface Round {
  insert: number;
  claim: number;
  settle: number;
}

/** A database with the schema, today's partitions and a hundred subscriptions. */
export async function openHouse({ db: admin, login }: Stage, name: string): Promise<House> {
  await admin.execute(`create database ${name}`);
  const connection = { ...login, database: name };
  const log = createSilentLog();
  const directory = fileURLToPath(new URL('../../migrations', import.meta.url));
  await migrate({ connection, directory, clock: systemClock, log });
  const db = createDatabase({ connection, poolSize: 2, log, statementTimeoutMs: 0 });
  await maintainOnce({ db, clock: systemClock, log, retentionDays: 30, queueRetentionDays: 90 });
  const { accountId, userId } = await insertAccount(db);
  const [first] = await db.query<{ id: number }>(
    `with made as (
       insert into instances (account_id, user_id, element_key, name, token_hash, token_sealed, tags, events_enabled, created_at)
       select $1, $2, 'pipedrive', 'An instance', int4send(n), '', '{tag}', true, $4 from generate_series(1, $3::int) n
       returning id
     ), subscribed as (
       insert into subscriptions (account_id, instance_id, topics, url, created_at, updated_at)
       select $1, id, '{t}', 'http://127.0.0.1/', $4, $4 from made order by id returning id
     )
     select min(id) as id from subscribed`,
    [accountId, userId, INSTANCES, toDate(systemClock.now())],
  );
  return {
    db,
    firstLane: first!.id,
    close: async () => {
      await db.close();
      await admin.execute(`drop database ${name} with (force)`);
    },
  };
}

/**
 * Fills the log of today with delivered events of 700 bytes and a try each. The tables are emptied in the same
 * transaction, so that PostgreSQL writes them without a WAL. They are left to no vacuum, which would run during the
 * measurement of some sizes and not of others.
 */
export async function fillLog({ db }: House, size: number, progress: (text: string) => void): Promise<void> {
  const now = systemClock.now();
  const from = Math.max(Math.floor(now / DAY_MS) * DAY_MS, now - DAY_MS / 2);
  await db.transaction(async (tx) => {
    await tx.execute('truncate events, attempts');
    for (let done = 0; done < size; done += CHUNK) {
      const until = Math.min(size, done + CHUNK);
      await fillChunk(tx, { first: done + 1, last: until, size, from, spanMs: now - from });
      if (until > CHUNK || until < size) progress(`  ${until.toLocaleString('en')} events stored`);
    }
  });
  const partitions = await db.query<{ name: string }>(
    `select inhrelid::regclass::text as name from pg_inherits where inhparent in ('events'::regclass, 'attempts'::regclass)`,
  );
  for (const { name } of partitions) await db.execute(`alter table ${name} set (autovacuum_enabled = false)`);
  await db.execute('analyze events');
  await db.execute('analyze attempts');
  await db.execute('checkpoint');
}

async function fillChunk(
  tx: Queryable,
  chunk: { first: number; last: number; size: number; from: number; spanMs: number },
): Promise<void> {
  const { first, last, size, from, spanMs } = chunk;
  await tx.execute(
    `with made as (
       select n, $4::bigint + n * $5::bigint / $3::bigint as ms, md5(n::text) as noise
       from generate_series($1::bigint, $2::bigint) n
     ), stored as (
       insert into events (id, instance_id, account_id, user_id, element_key, instance_name, instance_tags, lane_id,
         source, received_at, payload_type, is_hint, payload, events)
       select (lpad(to_hex(ms), 12, '0') || '7' || substr(noise, 1, 3) || '8' || substr(noise, 4, 15))::uuid,
         n % ${INSTANCES} + 1, 2, 2, 'pipedrive', 'An instance', '{tag}', n % ${INSTANCES} + 1, 'webhook',
         to_timestamp(ms / 1000.0), 'json', false,
         convert_to('{"data":{"id":' || n || ',"name":"' || repeat(noise, 21) || '"}}', 'UTF8'),
         json_build_array(json_build_object('objectId', n::text, 'objectType', 'contacts', 'eventType', 'UPDATED',
           'date', '2026-11-21T09:00:00Z', 'elementKey', 'pipedrive', 'hubKey', 'crm'))
       from made returning id, instance_id, lane_id, received_at
     )
     insert into attempts (event_id, lane_id, instance_id, at, attempt, status, latency_ms, outcome, response)
     select id, lane_id, instance_id, received_at, 1, 200, 12, 'delivered', 'ok' from stored`,
    [first, last, size, from, spanMs],
  );
}

/** Due rows in the first lane, as of an endpoint that was away for long. */
export async function fillFirstLane({ db, firstLane }: House, rows: number): Promise<void> {
  await db.execute(
    `insert into outbox (lane_id, id, instance_id, due_at)
     select $1, gen_random_uuid(), 1, $2 from generate_series(1, $3::int)`,
    [firstLane, toDate(systemClock.now()), rows],
  );
  await db.execute('analyze outbox');
  await db.execute('checkpoint');
}

/** Inserts, claims and settles `ROWS` events of all instances but the first, whose lane is full for this sender. */
export async function timeRound({ db, firstLane }: House): Promise<Round> {
  const now = systemClock.now();
  const lease = randomUUID();
  const batch = Array.from({ length: ROWS }, (_, n) =>
    prepareEvent(nextId(now), {
      instanceId: (n % (INSTANCES - 1)) + 2,
      configVersion: 1,
      source: 'webhook',
      receivedAt: now,
      payload: Buffer.alloc(1024, 'x'),
      payloadType: 'json',
      events: [],
    }),
  );
  const insert = await timed(() => insertBatch(db, batch, { now, lease: null }));
  const terms = { afterLane: 0, lanes: 500, rowsPerLane: 20, fullLanes: [firstLane], leaseMs: 60_000 };
  let rows: ClaimedRow[] = [];
  const claim = await timed(async () => {
    ({ rows } = await claimDue(db, { ...terms, lease, now }));
  });
  if (rows.length !== ROWS) throw new Error(`claimed ${rows.length} rows instead of ${ROWS}`);
  const tries = rows.map((row) => settlementOf(row, lease, now));
  const settle = await timed(() => settleTries(db, tries));
  return { insert, claim, settle };
}

function settlementOf(row: ClaimedRow, lease: string, at: number): Settlement {
  return {
    laneId: row.lane_id,
    id: row.id,
    instanceId: row.instance_id,
    lease,
    attempt: 1,
    at,
    outcome: 'delivered',
    status: 200,
    latencyMs: 1,
    response: 'ok',
    delivered: true,
    isOrdered: false,
    dueAt: null,
    firstFailedAt: null,
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** Rounds of all houses by turns, after some that are thrown away: all meet the same machine. */
export async function timeInTurns(
  houses: readonly House[],
  { rounds, warmUp }: { rounds: number; warmUp: number },
): Promise<Round[][]> {
  const taken = houses.map((): Round[] => []);
  for (let round = -warmUp; round < rounds; round += 1) {
    for (const [index, house] of houses.entries()) {
      const one = await timeRound(house);
      if (round >= 0) taken[index]!.push(one);
    }
  }
  return taken;
}
