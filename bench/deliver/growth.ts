/* Whether claiming and settling cost the same however much is stored or waits. */
import { randomUUID } from 'node:crypto';
import { claimDue, settleTries, type Settlement } from '../../src/delivery/outbox-queries.ts';
import { createEventIds } from '../../src/events/event-ids.ts';
import { insertBatch, prepareEvent } from '../../src/events/insert-batch.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import type { Stage } from './stage.ts';

const ROUNDS = 30;
const ROWS = 200;
const nextId = createEventIds();

/** Milliseconds to insert, claim and settle 200 events at each size of the log. */
export async function measureGrowth(
  stage: Stage,
  sizes: readonly number[] = [10_000, 100_000, 1_000_000],
): Promise<void> {
  await stage.db.execute('truncate outbox');
  for (const size of sizes) {
    await fill(stage, size);
    const { insert, claim, settle } = await cycle(stage);
    console.log(
      `${size} stored events: insert ${insert} ms, claim ${claim} ms, settle ${settle} ms for ${ROWS} events`,
    );
  }
}

/** The same with a million due rows in one lane, which the sender has no room for. */
export async function measureLane(stage: Stage): Promise<void> {
  const before = await cycle(stage);
  await stage.db.execute(
    `insert into outbox (lane_id, id, instance_id, due_at)
     select (select min(id) from subscriptions), gen_random_uuid(), 1, $1 from generate_series(1, 1000000)`,
    [new Date()],
  );
  await stage.db.execute('analyze outbox');
  const after = await cycle(stage);
  console.log(
    `10^6 due rows in lane 1: claim of ${ROWS} rows of other lanes ${after.claim} ms (without: ${before.claim} ms)`,
  );
  await stage.db.execute('truncate outbox');
}

async function fill({ db }: Stage, size: number): Promise<void> {
  const [row] = await db.query<{ count: number }>('select count(*) as count from events');
  const missing = size - row!.count;
  if (missing <= 0) return;
  await db.execute(
    `insert into events (id, instance_id, account_id, user_id, element_key, instance_name, instance_tags, lane_id,
       source, received_at, payload_type, is_hint, payload, events)
     select overlay(gen_random_uuid()::text placing left($2, 13) from 1 for 13)::uuid, n % 100 + 1, 2, 2, 'pipedrive', 'An instance', '{tag}', 1,
       'webhook', $3, 'json', false, convert_to(repeat('x', 200), 'UTF8'), '[]' from generate_series(1, $1::int) n`,
    [missing, nextId(systemClock.now()), new Date()],
  );
  await db.execute('analyze events');
}

async function cycle({ db }: Stage): Promise<{ insert: number; claim: number; settle: number }> {
  await db.execute(`update subscriptions set active = true, open_until = '-infinity'`);
  const times = { insert: [] as number[], claim: [] as number[], settle: [] as number[] };
  const [first] = await db.query<{ id: number }>('select min(id) as id from subscriptions');
  const lease = randomUUID();
  for (let round = 0; round < ROUNDS; round += 1) {
    const now = systemClock.now();
    const batch = Array.from({ length: ROWS }, (_, n) =>
      prepareEvent(nextId(now), {
        instanceId: (n % 99) + 2,
        configVersion: 1,
        source: 'webhook',
        receivedAt: now,
        payload: Buffer.alloc(1024, 'x'),
        payloadType: 'json',
        events: [],
      }),
    );
    times.insert.push(await timed(() => insertBatch(db, batch, { now, lease: null })));
    const claimed: Settlement[] = [];
    const claim = {
      afterLane: 0,
      lanes: 500,
      rowsPerLane: 20,
      fullLanes: [first!.id],
      lease,
      now,
      leaseMs: 60_000,
    };
    times.claim.push(
      await timed(async () => {
        const { rows } = await claimDue(db, claim);
        for (const row of rows) {
          claimed.push({
            laneId: row.lane_id,
            id: row.id,
            instanceId: row.instance_id,
            lease,
            attempt: 1,
            at: now,
            outcome: 'delivered',
            status: 200,
            latencyMs: 1,
            response: 'ok',
            delivered: true,
            dueAt: null,
            firstFailedAt: null,
          });
        }
      }),
    );
    if (claimed.length !== ROWS) throw new Error(`claimed ${claimed.length} rows instead of ${ROWS}`);
    times.settle.push(await timed(() => settleTries(db, claimed)));
  }
  return { insert: fastest(times.insert), claim: fastest(times.claim), settle: fastest(times.settle) };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** Of thirty: what else the machine does only ever adds. */
function fastest(values: readonly number[]): number {
  return Math.round(Math.min(...values) * 10) / 10;
}
