import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../../test/support/database.ts';
import type { Budget, Connector } from '../connectors/define-connector.ts';
import type { VendorResponse } from '../connectors/vendor-http.ts';
import type { Instance } from '../instances/instance.ts';
import { createManualClock, type ManualClock } from '../kernel/clock.ts';
import { createSilentLog } from '../kernel/log.ts';
import { createBudgets } from './budgets.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 10, 21, 9);

let database: TestDatabase;
before(async () => {
  database = await createTestDatabase();
});
after(() => database.drop());

const left: Budget['read'] = (headers) =>
  headers['left'] === undefined ? undefined : { remaining: Number(headers['left']) };
const DAILY: Budget = {
  name: 'daily',
  scope: 'account',
  counts: 'units',
  limit: 1000,
  windowMs: DAY,
  read: left,
};
const BURST: Budget = { name: 'burst', scope: 'token', limit: 10, windowMs: 2000 };
const SEARCH: Budget = { name: 'search', scope: 'app', limit: 5, windowMs: 2000, optIn: true };

let accounts = 0;

/** One account; `nodes` share it. The vendor counts what it is asked. */
function office(
  budgets: Budget[],
  options: { clock?: ManualClock; remaining?: () => number | undefined } = {},
) {
  const clock = options.clock ?? createManualClock(START);
  accounts += 1;
  const instance = {
    id: accounts,
    elementKey: 'v',
    tenantId: `t${accounts}`,
    configuration: {},
  } as unknown as Instance;
  const calls: number[] = [];
  const node = () =>
    createBudgets({
      db: database.db,
      clock,
      log: createSilentLog(),
      connectors: [{ id: 1, key: 'v', budgets } as unknown as Connector],
      wait: async (ms) => clock.advance(ms),
      vendor: {
        call: async (_instance, _request, callOptions) => {
          calls.push(clock.now());
          const remaining = options.remaining?.();
          const headers: Record<string, string> = remaining === undefined ? {} : { left: String(remaining) };
          const response: VendorResponse = { status: 200, headers, body: null, text: '' };
          callOptions?.onResponse?.(response);
          return response;
        },
      },
    });
  return { clock, instance, calls, node };
}

const GET = { method: 'GET', path: '/' } as const;

test('a burst limit is waited for, at four fifths of it', async () => {
  const { instance, calls, node } = office([BURST]);
  const { within } = node();
  for (let n = 0; n < 20; n += 1) await within.call(instance, GET);
  const perWindow = [0, 2000, 4000].map(
    (from) => calls.filter((at) => at >= START + from && at < START + from + 2000).length,
  );
  assert.deepEqual(perWindow, [8, 8, 4]);
});

test('a rolling window that every answer moves on does not slow a steady caller down', async () => {
  const read: Budget['read'] = (_headers, now) => ({ limit: 10, remaining: 6, resetsAt: now + 2000 });
  const { instance, calls, node, clock } = office([{ ...BURST, read }]);
  const { within } = node();
  for (let n = 0; n < 40; n += 1) {
    clock.advance(500);
    await within.call(instance, GET);
  }
  assert.equal(calls.at(-1), START + 40 * 500);
});

test('a used-up share of the day pauses polling, a client is still served', async () => {
  const { instance, calls, node, clock } = office([DAILY]);
  const { within, counted } = node();
  for (let n = 0; n < 80; n += 1) await within.call(instance, { ...GET, cost: 10 });
  await assert.rejects(within.call(instance, { ...GET, cost: 10 }), {
    name: 'RetryAt',
    quota: true,
    at: START + HOUR,
  });
  await counted.call(instance, GET);
  assert.equal(calls.length, 81);
  clock.set(START + DAY);
  await within.call(instance, { ...GET, cost: 10 });
});

test('what others use of the allowance is left out of our share', async () => {
  let remaining = 1000;
  const { instance, node } = office([DAILY], { remaining: () => remaining });
  const { within } = node();
  await within.call(instance, { ...GET, cost: 10 });
  remaining = 100;
  await within.call(instance, { ...GET, cost: 10 });
  for (let n = 0; n < 8; n += 1) await within.call(instance, { ...GET, cost: 10 });
  await assert.rejects(within.call(instance, { ...GET, cost: 10 }), { name: 'RetryAt' });
});

test('a full window is looked at again after an hour, and a reset nobody announced is noticed', async () => {
  let remaining = 0;
  const { instance, node, clock } = office([DAILY], { remaining: () => remaining });
  const { within } = node();
  await within.call(instance, { ...GET, cost: 10 });
  await assert.rejects(within.call(instance, GET), { name: 'RetryAt' });
  clock.advance(HOUR);
  remaining = 1000;
  for (let n = 0; n < 30; n += 1) await within.call(instance, { ...GET, cost: 10 });
});

test('a budget that must be named counts only the calls that name it', async () => {
  const { instance, node, clock } = office([SEARCH]);
  const { within } = node();
  for (let n = 0; n < 20; n += 1) await within.call(instance, GET);
  assert.equal(clock.now(), START);
  for (let n = 0; n < 5; n += 1) await within.call(instance, { ...GET, budgets: ['search'] });
  assert.equal(clock.now(), START + 2000);
});

test('two nodes together stay within one share', async () => {
  const { instance, node, clock, calls } = office([DAILY]);
  const nodes = [node(), node()];
  let refused = 0;
  for (let n = 0; n < 200 && refused < 2; n += 1) {
    clock.advance(1000);
    refused = 0;
    for (const { within } of nodes) {
      await within.call(instance, { ...GET, cost: 10 }).catch(() => {
        refused += 1;
      });
      // The write that tells the other node is not waited for by the call.
      await database.db.query('select 1');
      await new Promise((resolve) => {
        setTimeout(resolve, 3);
      });
    }
  }
  assert.equal(refused, 2);
  assert.ok(calls.length >= 79 && calls.length <= 82, `${calls.length} calls`);
});

test('what can wait has a quarter of a day’s allowance, and leaves the rest to polls that are due', async () => {
  const { instance, calls, node, clock } = office([DAILY]);
  const { within } = node();
  const reconcile = () => within.call(instance, { ...GET, cost: 10 }, { isReconcile: true });
  for (let n = 0; n < 25; n += 1) await reconcile();
  await assert.rejects(reconcile(), { name: 'RetryAt', quota: true });
  for (let n = 0; n < 55; n += 1) await within.call(instance, { ...GET, cost: 10 });
  await assert.rejects(within.call(instance, { ...GET, cost: 10 }), { name: 'RetryAt', quota: true });
  assert.equal(calls.length, 80);
  clock.advance(2 * HOUR);
  await assert.rejects(reconcile(), { name: 'RetryAt' }, 'nor is a call let through to see');
  clock.advance(DAY);
  await reconcile();
});

test('the share of a day’s allowance is told of whatever the budget counts', () => {
  const { instance, node } = office([DAILY, BURST]);
  assert.equal(node().within.shareOf(instance, { calls: 3, units: 250 }), 0.25);
  assert.equal(office([BURST]).node().within.shareOf(instance, { calls: 3, units: 250 }), 0);
});
