import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createWatchedInstance, type WatchedInstance } from '../events/testing/watched-instance.ts';

interface Delivery {
  notificationId: string;
  subscriptionId: number;
  status: string;
  notification?: { id: string; message: unknown };
  subscription?: { config: { url: string } };
}
interface Subscription {
  id: number;
  topics: string[];
  active: boolean;
  reason?: string;
  config: { url: string };
}

let watched: WatchedInstance;
before(async () => {
  watched = await createWatchedInstance();
});
after(() => watched.close());

const call = async <T>(method: string, path: string, body?: unknown) =>
  watched.server.call<T>(method, path, body === undefined ? {} : { body });
const deliveries = '/notifications/subscriptions/deliveries';
const whereQueued = () =>
  `where=${encodeURIComponent(`channel='webhook' and status='queued' and config.url='${watched.callback.url}'`)}`;

test('a subscription is the instance’s callback URL, with its topic', async () => {
  const { body } = await call<Subscription[]>('GET', '/notifications/subscriptions');
  assert.deepEqual(
    body.map(({ topics, active, config }) => ({ topics, active, config })),
    [
      {
        topics: [`instance-${watched.id}-pipedrive-events`],
        active: true,
        config: { url: watched.callback.url },
      },
    ],
  );
  assert.equal((await call('DELETE', `/notifications/subscriptions/${body[0]!.id}`)).status, 409);
  assert.equal((await call('GET', '/notifications/subscriptions/999999')).status, 404);
});

test('after 410 events are queued, shown with what they carry, and on request delivered in order of arrival', async () => {
  watched.callback.answer({ status: 410 });
  const ids = [await watched.makeEvent('1')];
  const subscription = async () =>
    (await call<Subscription[]>('GET', '/notifications/subscriptions')).body[0]!;
  await watched.eventually(async () => !(await subscription()).active);
  assert.match((await subscription()).reason!, /410/);
  for (let n = 2; n <= 30; n += 1) ids.push(await watched.makeEvent(String(n)));
  const listed = await call<Delivery[]>('GET', `${deliveries}?${whereQueued()}&hydrate=true`);
  assert.deepEqual(
    listed.body.map(({ notificationId, status }) => [notificationId, status]),
    ids.map((id) => [id, 'queued']),
  );
  assert.equal(listed.body[0]!.subscription?.config.url, watched.callback.url);
  assert.equal(listed.body[0]!.notification?.id, ids[0]);
  watched.callback.answer({ status: 200 });
  const before = watched.callback.received.length;
  const released = await call<Delivery[]>('PUT', `${deliveries}?${whereQueued()}`);
  assert.equal(released.body.length, 30);
  await watched.callback.until(() => watched.callback.received.length === before + 30);
  const arrived = watched.callback.received.slice(before).map(({ message }) => message.eventId);
  assert.deepEqual(arrived, ids);
  assert.equal((await subscription()).active, true);
  await watched.eventually(
    async () => (await call<Delivery[]>('GET', `${deliveries}?${whereQueued()}`)).body.length === 0,
  );
});

test('a where that makes no sense is refused with its place or the fields there are', async () => {
  const status = async (where: string) =>
    (await call<{ message: string }>('GET', `${deliveries}?where=${encodeURIComponent(where)}`)).body.message;
  assert.match(await status("status = 'queued"), /position/);
  assert.match(await status("colour='red'"), /config\.url/);
});

test('what was delivered is a delivery too', async () => {
  const id = await watched.makeEvent('done');
  await watched.eventually(async () => {
    const { body } = await call<Delivery[]>('GET', `/notifications/${id}/subscriptions/deliveries`);
    return body.length === 1 && body[0]!.status === 'delivered';
  });
});

test('a delivered event is sent again on request with the same id', async () => {
  const id = await watched.makeEvent('again');
  const count = () => watched.callback.received.filter(({ message }) => message.eventId === id).length;
  await watched.eventually(async () => count() === 1);
  await watched.eventually(
    async () => (await call<{ status: string }>('GET', `/instances/events/${id}`)).body.status === 'NOTIFIED',
  );
  const path = `/instances/${watched.id}/events/${id}/redeliver`;
  assert.deepEqual((await call('POST', path)).body, { id, count: 1 });
  await watched.eventually(async () => count() === 2);
  assert.equal(
    (await call('POST', `/instances/${watched.id}/events/${crypto.randomUUID()}/redeliver`)).status,
    404,
  );
});

test('an event recorded without a callback is NOTIFIED once it was sent on request, and says what was sent', async () => {
  interface Entry {
    id: string;
    status: string;
    notifiedData?: unknown[];
  }
  const setCallback = async (url: string) =>
    call('PATCH', `/instances/${watched.id}`, { configuration: { 'event.notification.callback.url': url } });
  await setCallback('');
  const id = await watched.makeEvent('late');
  const entry = async () => (await call<Entry>('GET', `/instances/events/${id}`)).body;
  const { status, notifiedData } = await entry();
  assert.deepEqual([status, notifiedData], ['RECEIVED', undefined]);
  const path = `/instances/${watched.id}/events/${id}/redeliver`;
  assert.equal((await call('POST', path)).status, 409);
  // Another URL than before: what is sent goes to the present one.
  await setCallback(`${watched.callback.url}&second=1`);
  watched.callback.answer({ status: 500 });
  assert.equal((await call('POST', path)).status, 200);
  await watched.eventually(async () => (await entry()).status === 'DISPATCHED');
  watched.callback.answer({ status: 200 });
  assert.equal((await call('POST', path)).status, 200);
  await watched.eventually(async () => (await entry()).status === 'NOTIFIED');
  const sent = watched.callback.received.findLast(({ message }) => message.eventId === id);
  assert.deepEqual((await entry()).notifiedData, [JSON.parse(sent!.body.toString())]);
  const listed = async (query: string) =>
    (await call<Entry[]>('GET', `/instances/events?objectId=late&status=${query}`)).body.map((one) => one.id);
  assert.deepEqual([await listed('NOTIFIED'), await listed('RECEIVED')], [[id], []]);
  await setCallback(watched.callback.url);
});

test('deliveries are asked for by a notification or an event there is', async () => {
  const id = await watched.makeEvent('asked-for');
  const { body, status } = await call<{ id: string; topic: string }>('GET', `/notifications/${id}`);
  assert.deepEqual([status, body.id, body.topic], [200, id, `instance-${watched.id}-pipedrive-events`]);
  for (const unknown of [crypto.randomUUID(), '7', "'"]) {
    const path = `/notifications/${encodeURIComponent(unknown)}/subscriptions/deliveries`;
    const answer = await call<{ message: string }>('GET', path);
    assert.deepEqual([answer.status, answer.body.message], [404, `There is no notification ${unknown}.`]);
  }
});

test('a replay counts first, then sends a range again and shows how far it is', async () => {
  const from = new Date(watched.server.clock.now()).toISOString();
  const ids: string[] = [];
  for (let n = 0; n < 60; n += 1) ids.push(await watched.makeEvent(`r${n}`));
  const isDone = async () =>
    (
      await call<unknown[]>(
        'GET',
        `/instances/${watched.id}/events?status=NOTIFIED&from=${from}&pageSize=2000`,
      )
    ).body.length === 60;
  await watched.eventually(isDone);
  const path = `/instances/${watched.id}/events/replay`;
  const dry = await call<{ count: number; id?: number }>('POST', path, { from, dryRun: true });
  assert.deepEqual(dry.body, { count: 60, done: 0 });
  const before = watched.callback.received.length;
  const started = await call<{ count: number; id: number }>('POST', path, { from, status: 'NOTIFIED' });
  assert.equal(started.body.count, 60);
  await watched.eventually(async () => {
    watched.server.clock.advance(250);
    const { body } = await call<{ done: number; finishedDate?: string }[]>(
      'GET',
      `/instances/${watched.id}/events/replays`,
    );
    return body[0]!.done === 60 && body[0]!.finishedDate !== undefined;
  });
  await watched.callback.until(() => watched.callback.received.length === before + 60);
  const again = watched.callback.received.slice(before).map(({ message }) => message.eventId);
  assert.deepEqual(again.sort(), ids.sort());
  assert.equal((await call('POST', path, { from: 'yesterday' })).status, 400);
});

test('a notification reaches the subscriptions of its topic and is kept until deleted', async () => {
  const bodies: string[] = [];
  const other = createServer((request, response) => {
    request.setEncoding('utf8').on('data', (text: string) => bodies.push(text));
    request.on('end', () => response.end());
  });
  await new Promise<void>((resolve) => {
    other.listen(0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}/`;
  const subscribed = await call<Subscription>('POST', '/notifications/subscriptions', {
    channel: 'webhook',
    topics: ['news'],
    config: { url },
  });
  assert.equal(subscribed.status, 200);
  const told = await call<{ id: string }>('POST', '/notifications', {
    severity: 'high',
    topic: 'news',
    message: 'Hello',
    from: 'me',
  });
  await watched.eventually(() => Promise.resolve(bodies.length === 1));
  const { id } = told.body;
  assert.deepEqual(JSON.parse(bodies[0]!), {
    id,
    severity: 'high',
    topic: 'news',
    message: 'Hello',
    from: 'me',
  });
  assert.equal(
    (await call<{ acknowledged: boolean }>('PUT', `/notifications/${id}/acknowledge`)).body.acknowledged,
    true,
  );
  const listed = await call<{ id: string }[]>('GET', '/notifications?topics[]=news&topics[]=olds');
  assert.deepEqual(
    listed.body.map((one) => one.id),
    [id],
  );
  assert.equal((await call('DELETE', `/notifications/${id}`)).status, 200);
  assert.equal((await call('GET', `/notifications/${id}`)).status, 404);
  assert.equal((await call('DELETE', `/notifications/subscriptions/${subscribed.body.id}`)).status, 200);
  other.close();
  other.closeAllConnections();
});

test('a subscription to nowhere, or by another channel, is refused', async () => {
  const status = async (body: unknown) => (await call('POST', '/notifications/subscriptions', body)).status;
  assert.equal(await status({ channel: 'webhook', topics: ['a'], config: { url: 'ftp://x' } }), 400);
  assert.equal(await status({ channel: 'email', topics: ['a'], config: { url: 'http://x' } }), 400);
  assert.equal(await status({ channel: 'webhook', topics: [], config: { url: 'http://x' } }), 400);
});
