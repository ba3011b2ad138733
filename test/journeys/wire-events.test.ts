import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createPipedriveSimulator, type PipedriveSimulator } from '../../simulators/pipedrive/simulator.ts';
import type { InstanceView } from '../../src/instances/schema.ts';
import { createRunningClock, type RunningClock } from '../support/running-clock.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

/** Sections 4 and 5 of the wire contract: what a callback receives, and what the log tells of it. */

interface NormalisedEvent {
  objectId: string;
  objectType: string;
  eventType: string;
  date: string;
  elementKey: string;
  hubKey: string;
  pollDate?: string;
}

interface LoggedEvent {
  id: string;
  eventDate: string;
  status: string;
  providerData: string;
  notifiedData?: { message: Message }[];
  instanceId: number;
  elementKey: string;
  events: NormalisedEvent[];
}

interface Message {
  eventId: string;
  events: NormalisedEvent[];
  raw: Record<string, unknown>;
  [key: string]: unknown;
}

interface Request {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
  message: Message;
}

const SIGNATURE_KEY = 'MySecretEventSignatureKey';
const ISO_SECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

const received: Request[] = [];
let status = 200;
let simulator: PipedriveSimulator;
let server: TestServer<RunningClock>;
let callbackUrl: string;
const callback = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    const { method = '', url = '', headers } = request;
    const { message } = JSON.parse(body.toString('utf8')) as { message: Message };
    received.push({ method, url, headers, body, message });
    response.writeHead(status, status === 302 ? { location: `${callbackUrl}/elsewhere` } : {}).end();
  });
});

before(async () => {
  simulator = await createPipedriveSimulator({ limits: { enforced: false } });
  server = await startTestServer({ clock: createRunningClock(), env: { TIDINGS_ROLES: 'api,delivery' } });
  await new Promise<void>((resolve) => {
    callback.listen(0, '127.0.0.1', resolve);
  });
  callbackUrl = `http://127.0.0.1:${(callback.address() as AddressInfo).port}`;
});
after(async () => {
  await server.close();
  callback.closeAllConnections();
  callback.close();
  await simulator.close();
});

async function connect(configuration: Record<string, unknown>, name = 'Acme'): Promise<InstanceView> {
  const { status: code, body } = await server.call<InstanceView>('POST', '/instances', {
    body: {
      element: { key: 'pipedrive' },
      name,
      tags: ['one', 'two'],
      configuration: {
        'pipedrive.api.token': simulator.credentials.apiToken,
        'base.url': simulator.url,
        'event.notification.enabled': 'true',
        'event.objects': 'contacts',
        ...configuration,
      },
    },
  });
  assert.equal(code, 200, JSON.stringify(body));
  // What changes in the very second of the baseline belongs to it.
  await sleep(1100);
  return body;
}

async function poll({ id }: InstanceView): Promise<void> {
  const answer = await server.call<{ polled: { error?: string }[] }>('POST', `/instances/${id}/poll`);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  assert.deepEqual(
    answer.body.polled.flatMap(({ error }) => error ?? []),
    [],
  );
}

async function notified(instance: InstanceView, least = 1): Promise<Request[]> {
  const of = (): Request[] => received.filter(({ message }) => message['instanceId'] === instance.id);
  for (let waited = 0; of().length < least && waited < 10_000; waited += 20) await sleep(20);
  return of();
}

async function log(path: string, token?: string): Promise<LoggedEvent[]> {
  const answer = await server.call<LoggedEvent[]>('GET', path, token === undefined ? {} : { token });
  assert.equal(answer.status, 200, `${path}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

async function logged(path: string, isDone: (events: LoggedEvent[]) => boolean): Promise<LoggedEvent[]> {
  let events = await log(path);
  for (let waited = 0; !isDone(events) && waited < 10_000; waited += 50) {
    await sleep(50);
    events = await log(path);
  }
  return events;
}

test('the signature is that of the documented vector', () => {
  const body = '<INSERT_EVENT_NOTIFICATION_RESPONSE_BODY>';
  assert.equal(
    `sha256=${createHmac('sha256', SIGNATURE_KEY).update(body).digest('base64')}`,
    'sha256=jHdbRx5EZAsOfTwAPJOGkNUzQMVVdu5VJlxcsk+G6jQ=',
  );
});

test('a notification has the documented headers and form, and the log tells the same', async () => {
  const instance = await connect({
    'event.notification.callback.url': `${callbackUrl}/hook?tenant=7&x=a%20b`,
    'event.notification.signature.key': SIGNATURE_KEY,
    'event.notification.callback.headers': '{"X-Tenant":"seven"}',
    'event.notification.basic.username': 'ada',
    'event.notification.basic.password': 'pass:wörd',
  });
  const made = simulator.store.persons.create({ name: 'Grace Hopper' });
  await poll(instance);
  const [first] = await notified(instance);
  const { method, url, headers, body, message } = first!;
  assert.deepEqual([method, url], ['POST', '/hook?tenant=7&x=a%20b']);
  assert.match(String(headers['content-type']), /^application\/json/);
  assert.match(String(headers['user-agent']), /^Tidings\/\d+\.\d+\.\d+/);
  assert.equal(headers['elements-webhook-id'], message.eventId);
  assert.equal(
    headers['elements-webhook-signature'],
    `sha256=${createHmac('sha256', SIGNATURE_KEY).update(body).digest('base64')}`,
  );
  assert.equal(headers['x-tenant'], 'seven');
  assert.equal(headers.authorization, `Basic ${Buffer.from('ada:pass:wörd').toString('base64')}`);

  const { eventId, events, raw, ...rest } = message;
  assert.equal(typeof eventId, 'string');
  assert.deepEqual(Object.keys(JSON.parse(body.toString('utf8')) as object), ['message']);
  const me = await server.call<{ id: number }[]>('GET', '/accounts');
  assert.deepEqual(rest, {
    elementKey: 'pipedrive',
    instanceId: instance.id,
    instance_id: instance.id,
    instanceName: 'Acme',
    instanceTags: ['one', 'two'],
    accountId: me.body[0]!.id,
    userId: instance.user.id,
  });
  const [event] = events;
  assert.deepEqual(
    { ...event, date: '', pollDate: '' },
    {
      objectId: String(made.id),
      objectType: 'contacts',
      eventType: 'CREATED',
      date: '',
      elementKey: 'pipedrive',
      hubKey: 'crm',
      pollDate: '',
    },
  );
  assert.match(event!.date, ISO_SECONDS);
  assert.match(event!.pollDate!, ISO_SECONDS);
  assert.deepEqual(Object.keys(raw).sort(), ['contacts', 'events', 'instance_id', 'objectType']);
  assert.deepEqual([raw['instance_id'], raw['objectType']], [instance.id, 'contacts']);
  assert.equal((raw['contacts'] as { name: string }[])[0]?.name, 'Grace Hopper');

  const path = `/instances/${instance.id}/events`;
  const [told] = await logged(path, ([one]) => one?.status === 'NOTIFIED');
  assert.equal(told?.status, 'NOTIFIED');
  assert.match(told.eventDate, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/);
  assert.deepEqual([told.id, told.instanceId, told.elementKey], [eventId, instance.id, 'pipedrive']);
  assert.deepEqual(told.events, events);
  assert.equal(typeof told.providerData, 'string');
  assert.deepEqual(told.notifiedData, [{ message }]);
  for (const [where, token] of [
    [`${path}/${told.id}`, undefined],
    [`/instances/events/${told.id}`, undefined],
    [`/instances/events/${told.id}`, instance.token],
  ] as const) {
    const one = await server.call<LoggedEvent>('GET', where, token === undefined ? {} : { token });
    assert.equal(one.status, 200, where);
    assert.deepEqual([one.body.id, one.body.events], [told.id, told.events]);
  }
});

test('a notification is unsigned without a key and with an empty one', async () => {
  const instance = await connect({
    'event.notification.callback.url': callbackUrl,
    'event.notification.signature.key': '',
  });
  simulator.store.persons.create({ name: 'Unsigned' });
  await poll(instance);
  const [first] = await notified(instance);
  assert.equal(first?.headers['elements-webhook-signature'], undefined);
  assert.equal(first?.headers.authorization, undefined);
});

test('a polled change of 23 records comes in notifications of at most ten, each with its own id and records', async () => {
  const instance = await connect({ 'event.notification.callback.url': callbackUrl });
  const ids = Array.from({ length: 23 }, (_, n) => simulator.store.persons.create({ name: `P ${n}` }).id);
  await poll(instance);
  const all = await notified(instance, 3);
  assert.deepEqual(
    all.map(({ message }) => message.events.length).sort((a, b) => b - a),
    [10, 10, 3],
  );
  assert.equal(new Set(all.map(({ message }) => message.eventId)).size, 3);
  assert.deepEqual(
    all
      .flatMap(({ message }) => message.events.map(({ objectId }) => Number(objectId)))
      .sort((a, b) => a - b),
    ids,
  );
  for (const { message } of all) {
    const records = message.raw['contacts'] as { id: number }[];
    assert.deepEqual(
      records.map(({ id }) => String(id)).sort(),
      message.events.map(({ objectId }) => objectId).sort(),
    );
  }
  assert.equal((await log(`/instances/${instance.id}/events`)).length, 3);
});

test('a redirect and a failure are failed tries, and a later one has the same id', async () => {
  const instance = await connect({ 'event.notification.callback.url': callbackUrl });
  status = 302;
  simulator.store.persons.create({ name: 'Retried' });
  await poll(instance);
  await notified(instance, 1);
  status = 500;
  for (const count of [2, 3]) {
    await sleep(300);
    server.clock.advance(20_000);
    await notified(instance, count);
    if (count === 2) status = 200;
  }
  const tries = await notified(instance, 3);
  assert.ok(tries.length >= 3);
  assert.ok(
    tries.every(({ url }) => url === '/'),
    'redirects are not followed',
  );
  assert.equal(new Set(tries.map(({ headers }) => headers['elements-webhook-id'])).size, 1);
  assert.equal(new Set(tries.map(({ body }) => body.toString())).size, 1);
  const path = `/instances/${instance.id}/events`;
  const [told] = await logged(path, ([one]) => one?.status === 'NOTIFIED');
  assert.equal(told?.status, 'NOTIFIED');
});

test('an instance without a callback ends at RECEIVED, notified to nobody', async () => {
  const instance = await connect({});
  simulator.store.persons.create({ name: 'Nobody is told' });
  await poll(instance);
  const [told] = await log(`/instances/${instance.id}/events`);
  assert.equal(told?.status, 'RECEIVED');
  assert.equal(told.notifiedData, undefined);
  assert.equal(told.events[0]?.eventType, 'CREATED');
});

test('the log is filtered, paged, newest first, and an empty answer is 200', async () => {
  const instance = await connect({ 'event.objects': 'contacts,accounts' });
  const path = `/instances/${instance.id}/events`;
  assert.deepEqual(await log(path), []);
  const person = simulator.store.persons.create({ name: 'Filtered' });
  await poll(instance);
  server.clock.advance(60_000);
  const organization = simulator.store.organizations.create({ name: 'Filtered' });
  await poll(instance);
  const all = await log(path);
  assert.deepEqual(
    all.map(({ events }) => `${events[0]?.objectType} ${events[0]?.objectId}`),
    [`accounts ${organization.id}`, `contacts ${person.id}`],
  );
  const [newest, oldest] = all.map(({ id }) => [id]) as [string[], string[]];
  const between = new Date(Date.parse(all[1]!.eventDate) + 30_000).toISOString();
  for (const [query, ids] of [
    ['objectType=contacts', oldest],
    ['objectType=accounts', newest],
    [`objectId=${person.id}&objectType=contacts`, oldest],
    ['eventType=DELETED', []],
    ['eventType=CREATED&status=RECEIVED', [...newest, ...oldest]],
    ['status=NOTIFIED', []],
    [`from=${between}`, newest],
    [`to=${between}`, oldest],
    ['pageSize=1', newest],
    ['pageSize=1&page=2', oldest],
    ['pageSize=1&page=3', []],
    ['status=&from=', [...newest, ...oldest]],
  ] as const) {
    assert.deepEqual(
      (await log(`${path}?${query}`)).map(({ id }) => id),
      ids,
      query,
    );
  }
  const page = await server.call<LoggedEvent[]>('GET', `${path}?pageSize=1`);
  const token = page.headers.get('elements-next-page-token');
  assert.deepEqual(
    (await log(`${path}?pageSize=1&nextPage=${token}&page=1`)).map(({ id }) => id),
    oldest,
  );
  assert.equal((await log(`/instances/events?instanceId=${instance.id}`)).length, 2);
  assert.equal((await log('/instances/events', instance.token)).length, 2);
  for (const query of ['status=WEIRD', 'from=soon', 'to=x', 'pageSize=0', 'instanceId=x']) {
    assert.equal((await server.call('GET', `/instances/events?${query}`)).status, 400, query);
  }
  for (const id of ['nonsense', '01a20000-0000-7000-8000-000000000000']) {
    assert.equal((await server.call('GET', `${path}/${id}`)).status, 404, id);
    assert.equal((await server.call('GET', `/instances/events/${id}`)).status, 404, id);
  }
});
