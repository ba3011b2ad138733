import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startCallback, type Callback } from '../../test/support/callback.ts';
import { connect, type Connected } from '../../test/support/connected.ts';
import { startTestServer, type TestServer } from '../../test/support/server.ts';
import { systemClock } from '../kernel/clock.ts';
import type { ActivityView, EndpointView, InboundView, InstanceRowView, OverviewView } from './schema.ts';

/** What the console lists, in a house where one callback accepts, one fails, and one account tells by webhooks. */

let server: TestServer<typeof systemClock>;
let callback: Callback;
let polled: Connected;
let told: Connected;

before(async () => {
  server = await startTestServer({ clock: systemClock, env: { TIDINGS_ROLES: 'api,delivery' } });
  callback = await startCallback();
  polled = await connect(server, 'pipedrive', { callbackUrl: callback.url });
  told = await connect(server, 'pipedrive', {
    callbackUrl: `${callback.url}&told`,
    changed: { 'event.vendor.type': 'webhooks' },
  });
  await change();
});
after(async () => {
  await server.close();
  await callback.close();
  await Promise.all([polled.vendor.close(), told.vendor.close()]);
});

/** Changes a record once its second is over, and polls. */
async function change(): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, 1100);
  });
  polled.vendor.changes[0]!();
  assert.equal((await server.call('POST', `/instances/${polled.id}/poll`)).status, 200);
}

async function get<T>(path: string, authorization?: string): Promise<T> {
  const answer = await server.call<T>('GET', path, {
    ...(authorization !== undefined && { authorization }),
  });
  assert.equal(answer.status, 200, `${path}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

async function until<T>(read: () => Promise<T>, isSo: (value: T) => boolean): Promise<T> {
  for (let nth = 0; nth < 200; nth += 1) {
    const value = await read();
    if (isSo(value)) return value;
    await new Promise((resolve) => {
      setTimeout(resolve, 25);
    });
  }
  throw new Error('not in time');
}

/** Somebody of another account of the same organization. */
async function addNeighbour(): Promise<string> {
  const account = await server.call<{ id: number }>('POST', '/accounts', { body: { name: 'Neighbours' } });
  const user = await server.call<{ secret: string }>('POST', `/accounts/${account.body.id}/users`, {
    body: { email: 'neighbour@example.com', role: 'account' },
  });
  return `User ${user.body.secret}, Organization ${server.organizationSecret}`;
}

async function rowOf({ id }: Connected): Promise<InstanceRowView> {
  return (await get<InstanceRowView[]>('/console/instances')).find((row) => row.id === id)!;
}

test('the list of instances says how each hears of changes and holds no secret', async () => {
  const rows = await get<InstanceRowView[]>('/console/instances');
  assert.deepEqual(
    rows.map(({ id, eventType, signed, elementName }) => [id, eventType, signed, elementName]),
    [
      [polled.id, 'polling', false, 'Pipedrive'],
      [told.id, 'webhook', false, 'Pipedrive'],
    ],
  );
  assert.ok(!JSON.stringify(rows).includes(polled.token));
  assert.deepEqual(
    (await get<InstanceRowView[]>(`/console/instances?after=${polled.id}`)).map(({ id }) => id),
    [told.id],
  );
});

test('an instance with a secret for its webhooks is listed as signed', async () => {
  const set = (token: string) =>
    server.call('PATCH', `/instances/${told.id}`, {
      body: { configuration: { 'event.inbound.token': token } },
    });
  assert.equal((await set('open sesame')).status, 200);
  assert.equal((await rowOf(told)).signed, true);
  assert.equal((await set('')).status, 200);
  assert.equal((await rowOf(told)).signed, false);
});

test("the last event and the last poll are told of the caller's instances only", async () => {
  const [row, ...more] = await get<ActivityView[]>(`/console/activity?ids=${polled.id},999999`);
  assert.deepEqual(more, []);
  assert.ok(row!.lastEvent !== null && row!.lastPoll !== null);
  const neighbour = await addNeighbour();
  assert.deepEqual(await get(`/console/activity?ids=${polled.id}`, neighbour), []);
  assert.deepEqual(await get('/console/instances', neighbour), []);
  assert.deepEqual(await get('/console/endpoints', neighbour), []);
  for (const ids of ['', 'a', '1,', Array.from({ length: 101 }, () => '1').join(',')]) {
    assert.equal((await server.call('GET', `/console/activity?ids=${ids}`)).status, 400, ids);
  }
});

test('what came by webhook is listed, the newest first, without what polls found', async () => {
  const body = (id: number) =>
    JSON.stringify({ v: 1, meta: { v: 1, action: 'updated', object: 'deal', id } });
  for (const id of [11, 12]) {
    const answer = await fetch(told.webhookUrl.replace(/^https?:\/\/[^/]+/, server.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: body(id),
    });
    assert.equal(answer.status, 200, await answer.text());
  }
  const inbound = await until(
    () => get<InboundView[]>(`/console/instances/${told.id}/inbound`),
    (rows) => rows.every(({ status }) => status === 'NOTIFIED'),
  );
  assert.deepEqual(
    inbound.map(({ changes, isHint }) => [changes[0]?.objectType, changes[0]?.objectId, isHint]),
    [
      ['opportunities', '12', false],
      ['opportunities', '11', false],
    ],
  );
  assert.deepEqual(await get(`/console/instances/${polled.id}/inbound`), []);
});

test('callbacks are found by instance, by a part of a name or address, and by what waits', async () => {
  const find = async (query: string) =>
    (await get<EndpointView[]>(`/console/endpoints?${query}`)).map(({ instanceId }) => instanceId);
  assert.deepEqual(new Set(await find('')), new Set([polled.id, told.id]));
  assert.deepEqual(await find(`instanceId=${told.id}`), [told.id]);
  assert.deepEqual(await find('search=TOLD'), [told.id]);
  assert.deepEqual(await find('search=%25'), [], 'nothing is a wildcard');
  assert.deepEqual(await find('show=waiting'), []);
  callback.answer({ status: 500, body: 'no' });
  await change();
  const [failing] = await until(
    () => get<EndpointView[]>('/console/endpoints?show=waiting'),
    (rows) => (rows[0]?.failures ?? 0) > 0,
  );
  callback.answer({ status: 200 });
  assert.equal(failing?.instanceId, polled.id);
  assert.deepEqual([failing.waiting, failing.isMore, failing.active], [1, false, true]);
});

test('the overview names the slowest and the deactivated callbacks', async () => {
  await server.db.execute(
    `update subscriptions set active = false, reason = 'It answered 410.' where instance_id = $1`,
    [told.id],
  );
  const overview = await get<OverviewView>('/console/overview');
  assert.deepEqual(
    new Set(overview.slowest.map(({ instanceId }) => instanceId)),
    new Set([polled.id, told.id]),
  );
  assert.deepEqual(
    overview.stopped.map(({ instanceId, reason }) => [instanceId, reason]),
    [[told.id, 'It answered 410.']],
  );
  assert.equal((await get<EndpointView[]>('/console/endpoints'))[0]?.instanceId, told.id);
  assert.equal(overview.windowSeconds, 3600);
});

test('where more is sent than can be counted in a moment, the figures are of a shorter time', async () => {
  await server.db.execute(
    `insert into attempts (event_id, lane_id, instance_id, at, attempt, status, latency_ms, outcome, response)
     select gen_random_uuid(), s.id, s.instance_id, $2::timestamptz - interval '20 min', 1, 200, 5, 'delivered', ''
     from subscriptions s, generate_series(1, 30001) where s.instance_id = $1`,
    [polled.id, new Date(systemClock.now())],
  );
  const overview = await get<OverviewView>('/console/overview');
  assert.equal(overview.windowSeconds, 300);
  assert.ok(overview.delivered < 100, `${overview.delivered}`);
});
