import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setImmediate as tick } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase } from '../../test/support/database.ts';
import type { Budget, Connector } from '../connectors/define-connector.ts';
import type { VendorResponse } from '../connectors/vendor-http.ts';
import type { Instance } from '../instances/instance.ts';
import { createManualClock } from '../kernel/clock.ts';
import type { Json } from '../kernel/json.ts';
import { createSilentLog } from '../kernel/log.ts';
import { createBudgets } from './budgets.ts';
import { createTurns } from './turns.ts';

let database: TestDatabase;
before(async () => {
  database = await createTestDatabase();
});
after(() => database.drop());

test('so many have a turn at a time, the others in the order in which they came', async () => {
  const turns = createTurns();
  const ends: (() => void)[] = [];
  const order: number[] = [];
  const all = [1, 2, 3, 4].map(async (who) => {
    const end = await turns.take('a', 2);
    order.push(who);
    ends.push(end);
  });
  await tick();
  assert.deepEqual(order, [1, 2]);
  ends[0]!();
  ends[0]!();
  await tick();
  assert.deepEqual(order, [1, 2, 3], 'a turn is given back once');
  const other = await turns.take('b', 1);
  other();
  ends[1]!();
  await Promise.all(all);
  assert.deepEqual(order, [1, 2, 3, 4]);
});

test('who gives up waiting takes nobody’s turn', async () => {
  const turns = createTurns();
  const end = await turns.take('a', 1);
  const abort = new AbortController();
  const given = turns.take('a', 1, abort.signal);
  const next = turns.take('a', 1);
  abort.abort(new Error('enough'));
  await assert.rejects(given, /enough/);
  end();
  (await next)();
  const stopped = turns.take('a', 1, AbortSignal.abort(new Error('too late')));
  (await stopped)();
});

const BUDGET: Budget = { name: 'day', scope: 'app', limit: 10, windowMs: 86_400_000 };

/** The calls of instances of one vendor, which answers when told to. */
function office(connector: Partial<Connector>) {
  const waiting: (() => void)[] = [];
  let most = 0;
  const budgets = createBudgets({
    db: database.db,
    clock: createManualClock(Date.UTC(2026, 10, 21, 9)),
    log: createSilentLog(),
    connectors: [{ id: 1, key: 'v', budgets: [], ...connector } as unknown as Connector],
    wait: async () => {},
    vendor: {
      call: async () => {
        const answer = Promise.withResolvers<undefined>();
        waiting.push(() => answer.resolve(undefined));
        most = Math.max(most, waiting.length);
        await answer.promise;
        return { status: 200, headers: {}, body: null, text: '' } satisfies VendorResponse;
      },
    },
  });
  return {
    ...budgets,
    under: () => waiting.length,
    most: () => most,
    /** Answers the oldest call. */
    answer: async () => {
      waiting.shift()!();
      await tick();
    },
  };
}

const instanceOf = (id: number, tenantId: string, configuration: Record<string, Json> = {}): Instance =>
  ({ id, elementKey: 'v', tenantId, configuration }) as unknown as Instance;
const GET = { method: 'GET', path: '/' } as const;

test('of five calls at a time that an account may make, polls and clients together make four', async () => {
  const { within, counted, under, most, answer } = office({ concurrency: { scope: 'account', limit: 5 } });
  const calls = [1, 2, 3, 4, 5, 6].map((id) =>
    (id % 2 === 0 ? within : counted).call(instanceOf(id, 'unit'), GET),
  );
  const elsewhere = within.call(instanceOf(9, 'another unit'), GET);
  await tick();
  assert.equal(under(), 5);
  for (let n = 0; n < 7; n += 1) await answer();
  await Promise.all([...calls, elsewhere]);
  assert.equal(most(), 5);
});

test('a call that is refused for want of allowance gives its turn back', async () => {
  const { within, counted, under, answer } = office({
    concurrency: { scope: 'account', limit: 1 },
    budgets: [{ ...BUDGET, limit: 0 }],
  });
  await assert.rejects(within.call(instanceOf(1, 'unit'), GET), { name: 'RetryAt', quota: true });
  const call = counted.call(instanceOf(1, 'unit'), GET);
  await tick();
  assert.equal(under(), 1);
  await answer();
  await call;
});

test('instances of one app share its allowance, those without an app share it with nobody', async () => {
  const { within, answer } = office({ budgets: [BUDGET] });
  const use = async (instance: Instance, times: number): Promise<void> => {
    for (let n = 0; n < times; n += 1) {
      const call = within.call(instance, GET);
      await tick();
      await answer();
      await call;
    }
  };
  const app = { 'oauth.api.key': 'client' };
  await use(instanceOf(1, 'a', app), 5);
  await use(instanceOf(2, 'b', app), 3);
  const isFull = { name: 'RetryAt', quota: true };
  await assert.rejects(within.call(instanceOf(3, 'c', app), GET), isFull);
  for (const [id, none] of [{}, { 'oauth.api.key': '' }].entries())
    await use(instanceOf(10 + id, 'd', none), 8);
  await assert.rejects(within.call(instanceOf(10, 'd'), GET), isFull);
});
