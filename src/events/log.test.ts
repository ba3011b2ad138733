import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createWatchedInstance, type WatchedInstance } from './testing/watched-instance.ts';

interface Entry {
  id: string;
  status: string;
  providerData: string;
  events: { objectId: string }[];
  tries?: { status: number | null }[];
}

let watched: WatchedInstance;
before(async () => {
  watched = await createWatchedInstance();
});
after(() => watched.close());

const get = async <T>(path: string, options: { token?: string; authorization?: string } = {}) =>
  watched.server.call<T>('GET', path, options);
const settled = (id: string) =>
  watched.eventually(async () => (await get<Entry>(`/instances/events/${id}`)).body.status === 'NOTIFIED');

test('a test event goes the way of all events and stands in the log as NOTIFIED', async () => {
  const id = await watched.makeEvent('42');
  await watched.callback.until(() => watched.callback.received.length === 1);
  await settled(id);
  const { body } = await get<Entry>(`/instances/${watched.id}/events/${id}`);
  assert.equal(body.events[0]?.objectId, '42');
  assert.deepEqual(
    body.tries?.map(({ status }) => status),
    [200],
  );
});

test('a filtered list finds by object, and by status, and answers an empty list', async () => {
  await settled(await watched.makeEvent('needle'));
  const found = await get<Entry[]>('/instances/events?objectId=needle&eventType=UPDATED');
  assert.deepEqual(
    found.body.map((entry) => entry.events[0]?.objectId),
    ['needle'],
  );
  assert.deepEqual((await get('/instances/events?objectId=nowhere')).body, []);
  assert.deepEqual((await get('/instances/events?status=NEW')).body, []);
});

test('pages of the log join without a gap', async () => {
  for (let n = 0; n < 5; n += 1) await watched.makeEvent(`page-${n}`);
  const all = (await get<Entry[]>('/instances/events')).body.map(({ id }) => id);
  const ids: string[] = [];
  let token: string | null = '';
  do {
    const query: string = token === '' ? '' : `&nextPage=${token}`;
    const page = await get<Entry[]>(`/instances/events?pageSize=2${query}`);
    ids.push(...page.body.map(({ id }) => id));
    token = page.headers.get('elements-next-page-token');
  } while (token !== null);
  assert.deepEqual(ids, all);
});

test('one hour by minute has 61 buckets, and their sum is what was recorded', async () => {
  const to = new Date(Math.floor(watched.server.clock.now() / 60_000) * 60_000 + 60_000);
  const from = new Date(to.getTime() - 3_600_000);
  const range = `from=${from.toISOString()}&to=${to.toISOString()}&interval=minute`;
  const { body } = await get<{ timestamp: string; count: number }[]>(`/instances/events/analytics?${range}`);
  assert.equal(body.length, 61);
  assert.equal(body[0]?.timestamp, from.toISOString());
  const logged = (await get<Entry[]>('/instances/events?pageSize=2000')).body.length;
  assert.equal(
    body.reduce((sum, { count }) => sum + count, 0),
    logged,
  );
  const owners = await get<{ total: number; records: { instanceId: number; success: number }[] }[]>(
    `/instances/events/analytics/instances?${range}`,
  );
  assert.equal(owners.body.flatMap(({ records }) => records)[0]?.instanceId, watched.id);
});

test('analytics refuse a range that runs backwards, another interval and a foreign account', async () => {
  const status = async (query: string) => (await get(`/instances/events/analytics?${query}`)).status;
  assert.equal(await status('from=2026-01-02&to=2026-01-01'), 400);
  assert.equal(await status('interval=week'), 400);
  assert.equal(await status('from=2000-01-01&to=2026-01-01&interval=minute'), 400);
  assert.equal(await status('accountIds[]=999999'), 403);
  assert.equal(await status(''), 200);
});

test('a failed try is a disposition that says so', async () => {
  watched.callback.answer({ status: 500 });
  const id = await watched.makeEvent('failing');
  await watched.eventually(
    async () => (await get<Entry>(`/instances/events/${id}`)).body.tries?.length === 1,
  );
  watched.callback.answer({ status: 200 });
  const { body } = await get<{ eventId: string; notificationData: { message: string }[] }[]>(
    '/instances/events/dispositions',
  );
  const found = body.find(({ eventId }) => eventId === id);
  assert.match(found!.notificationData[0]!.message, /^Error delivering event .*status 500/);
  assert.equal((await get<Entry>(`/instances/events/${id}`)).body.status, 'DISPATCHED');
});

/** Reads a stream until what it showed is enough; the ids. */
async function readStream(
  path: string,
  isEnough: (ids: string[]) => boolean,
  headers: Record<string, string> = {},
): Promise<string[]> {
  const stop = new AbortController();
  const answer = await fetch(`${watched.server.url}/elements/api-v2${path}`, {
    headers: { authorization: watched.server.authorization, ...headers },
    signal: stop.signal,
  });
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get('content-type')!, /^text\/event-stream/);
  let text = '';
  const ids = (): string[] => [...text.matchAll(/^id: (.*)$/gm)].map((match) => match[1]!);
  for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (isEnough(ids())) break;
  }
  stop.abort();
  return ids();
}

test('a stream shows what is recorded, and goes on behind the last id, from some seconds before it', async () => {
  const reading = readStream(`/instances/${watched.id}/events/stream`, (ids) => ids.length === 2);
  await new Promise((resolve) => {
    setTimeout(resolve, 300);
  });
  const first = await watched.makeEvent('s1');
  const second = await watched.makeEvent('s2');
  assert.deepEqual(await reading, [first, second]);
  const third = await watched.makeEvent('s3');
  const resumed = await readStream('/instances/events/stream', (ids) => ids.includes(third), {
    'last-event-id': second,
  });
  assert.deepEqual(
    resumed.slice(-2),
    [first, third],
    'what came seconds before comes again, the last id does not',
  );
});

test('a stream refuses an unusable Last-Event-ID and another account’s instance', async () => {
  assert.equal((await get('/instances/events/stream?lastEventId=x')).status, 400);
  assert.equal((await get('/instances/999999/events/stream')).status, 404);
});
