import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { BudgetView, PollerRecordView, ResetView } from '../../src/polling/schema.ts';
import { connect, type Connected } from '../support/connected.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

/** What a person sees of polling, and how it is set back, over HTTP. */

let server: TestServer;
let instance: Connected;

before(async () => {
  server = await startTestServer({ env: { TIDINGS_ROLES: 'api' } });
  instance = await connect(server, 'pipedrive');
});
after(async () => {
  await server.close();
  await instance.vendor.close();
});

const poll = async (): Promise<void> => {
  server.clock.advance(2000);
  const { status, body } = await server.call('POST', `/instances/${instance.id}/poll`);
  assert.equal(status, 200, JSON.stringify(body));
};
const reset = (body: unknown) =>
  server.call<ResetView & { message: string }>('POST', `/instances/${instance.id}/polling/reset`, { body });
const budgets = async (): Promise<BudgetView[]> =>
  (await server.call<BudgetView[]>('GET', `/instances/${instance.id}/polling/budgets`)).body;

test('the poller record shows the last polls, with what they read and gave', async () => {
  await poll();
  const { body } = await server.call<PollerRecordView[]>('GET', '/instances/event-poller-records', {
    token: instance.token,
  });
  assert.ok(body.length >= 1);
  for (const { polls, lastPollDate } of body) {
    assert.equal(polls.length, 2, 'the baseline and the poll');
    const last = polls.at(-1)!;
    assert.deepEqual(Object.keys(last).toSorted(), ['date', 'durationMs', 'events', 'records']);
    assert.equal(last.date.slice(0, 19), lastPollDate!.slice(0, 19));
  }
});

test('the allowances say what is used, of how much and until when, and name no key', async () => {
  await poll();
  const shown = await budgets();
  assert.deepEqual(
    shown.map(({ name, sharedBy, counts }) => ({ name, sharedBy, counts })),
    [{ name: 'daily tokens', sharedBy: 'account', counts: 'units' }],
  );
  const [daily] = shown;
  assert.ok(daily!.used > 0 && daily!.used < daily!.allowance, JSON.stringify(daily));
  assert.ok(Date.parse(daily!.resetsDate!) > server.clock.now());
  assert.ok(!('pausedUntil' in daily!));
  const text = JSON.stringify(shown);
  assert.ok(!text.includes(instance.token) && !text.includes('instance:') && !text.includes('account:'));
});

test('an allowance that is used up says when polling goes on', async () => {
  await server.db.execute('update vendor_budgets set used = allowance');
  const [daily] = await budgets();
  assert.equal(daily!.pausedUntil, daily!.resetsDate);
  const goesOn = new Date(server.clock.now() + 600_000);
  await server.db.execute(
    `update polled_resources set status = 'paused', next_poll_at = $2
     where id = (select min(id) from polled_resources where instance_id = $1)`,
    [instance.id, goesOn],
  );
  assert.equal((await budgets())[0]!.pausedUntil, `${goesOn.toISOString().slice(0, 19)}Z`);
  await server.db.execute('update vendor_budgets set used = 0');
});

test('a window that is over is shown as unused', async () => {
  await server.db.execute('update vendor_budgets set resets_at = $1', [new Date(server.clock.now())]);
  const [daily] = await budgets();
  assert.deepEqual([daily!.used, daily!.resetsDate], [0, null]);
  assert.ok(daily!.allowance > 0);
});

test('a resource is counted, then read again', async () => {
  const from = new Date(server.clock.now() - 3_600_000).toISOString();
  const dry = await reset({ objectType: 'contacts', from, dryRun: true });
  assert.equal(dry.status, 200, JSON.stringify(dry.body));
  const { records, ...rest } = dry.body;
  assert.ok(Number.isInteger(records));
  assert.deepEqual(rest, { objectType: 'contacts', from, events: 0, isComplete: true });
  const done = await reset({ objectType: 'contacts', from });
  assert.deepEqual([done.status, done.body], [200, { objectType: 'contacts', from }]);
  const { body } = await server.call<PollerRecordView[]>('GET', '/instances/event-poller-records', {
    token: instance.token,
  });
  const contacts = body.find(({ objectType }) => objectType === 'contacts')!;
  assert.ok(Date.parse(contacts.nextPollDate!) <= server.clock.now(), 'it is due');
});

test('a reset that cannot be is refused with what is wrong', async () => {
  const now = server.clock.now();
  const iso = (ms: number): string => new Date(ms).toISOString();
  const refusals: [unknown, RegExp][] = [
    [{ objectType: 'spaceships', from: iso(now) }, /"spaceships" is not polled; what is polled: .*contacts/],
    [{ objectType: 'contacts', from: 'yesterday' }, /from must be an ISO-8601 date/],
    [{ objectType: 'contacts', from: iso(now + 60_000) }, /from lies in the future/],
    [
      { objectType: 'opportunities', from: iso(now - 31 * 86_400_000) },
      /Pipedrive shows what changed within 30 days/,
    ],
    [{ objectType: 'contacts' }, /from/],
    [{ from: iso(now) }, /objectType/],
    [{ objectType: 'contacts', from: iso(now), dryRun: 'perhaps' }, /dryRun/],
    [undefined, /objectType/],
  ];
  for (const [body, message] of refusals) {
    const answer = await reset(body);
    assert.equal(answer.status, 400, JSON.stringify(body));
    assert.match(answer.body.message, message);
  }
  await server.call('DELETE', `/instances/${instance.id}/enabled`);
  const off = await reset({ objectType: 'contacts', from: iso(now) });
  assert.equal(off.status, 400);
  assert.match(off.body.message, /The instance, its user or its account is disabled/);
});
