import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createClock, type SimulatorClock } from '../../simulators/core/clock.ts';
import { createPipedriveSimulator, type PipedriveSimulator } from '../../simulators/pipedrive/simulator.ts';
import { startCallback, type Callback } from '../support/callback.ts';
import { recordSpans, type RecordedSpan } from '../support/recorded-spans.ts';
import { createRunningClock, type RunningClock } from '../support/running-clock.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { untilSettled } from '../support/settled.ts';

const { spans, end } = recordSpans();
let clock: SimulatorClock;
let vendor: PipedriveSimulator;
let server: TestServer<RunningClock>;
let callback: Callback;
let instanceId: number;

before(async () => {
  clock = createClock();
  vendor = await createPipedriveSimulator({ clock });
  callback = await startCallback();
  server = await startTestServer({ clock: createRunningClock(), env: { TIDINGS_ROLES: 'api,delivery' } });
  const made = await server.call<{ id: number }>('POST', '/instances', {
    body: {
      element: { key: 'pipedrive' },
      name: 'Acme',
      configuration: {
        'pipedrive.email': vendor.credentials.email,
        'pipedrive.password': vendor.credentials.password,
        'base.url': `${vendor.url}/v1`,
        'event.notification.enabled': true,
        'event.vendor.type': 'polling',
        'event.objects': 'Contact',
        'event.notification.callback.url': callback.url,
      },
    },
  });
  assert.equal(made.status, 200, JSON.stringify(made.body));
  instanceId = made.body.id;
});
after(async () => {
  await server.close();
  await callback.close();
  await vendor.close();
  end();
});

/** The spans of one name that tell of these events, when there are as many as expected. */
async function spansOf(name: string, isIt: (span: RecordedSpan) => boolean, count: number) {
  let found: RecordedSpan[] = [];
  await callback.until(() => {
    found = spans.filter((span) => span.name === name && span.isEnded && isIt(span));
    return found.length >= count;
  });
  assert.equal(found.length, count);
  return found;
}

async function pollChange(): Promise<string> {
  await untilSettled(server);
  clock.advance(60_000);
  server.clock.advance(60_000);
  vendor.store.persons.create({ name: 'Grace Hopper' });
  const before = callback.received.length;
  const polled = await server.call('POST', `/instances/${instanceId}/poll`);
  assert.equal(polled.status, 200, JSON.stringify(polled.body));
  await callback.until(() => callback.received.length > before);
  return callback.received.at(-1)!.message.eventId;
}

const names = (id: string) => (span: RecordedSpan) =>
  (span.attributes['tidings.event.ids'] as string[]).includes(id);

test('a change is traced from its poll over its record to its delivery', async () => {
  const id = await pollChange();
  const [record] = await spansOf('record', names(id), 1);
  const [poll] = await spansOf('poll', ({ spanId }) => spanId === record!.parentId, 1);
  assert.equal(record!.traceId, poll!.traceId);
  assert.deepEqual(poll!.attributes, {
    'tidings.instance.id': instanceId,
    'tidings.object_type': 'Contact',
    'tidings.record.count': 1,
    'tidings.event.count': 1,
  });
  const [deliver] = await spansOf('deliver', ({ attributes }) => attributes['tidings.event.id'] === id, 1);
  assert.equal(deliver!.attributes['tidings.attempt'], 1);
  assert.equal(deliver!.attributes['tidings.outcome'], 'delivered');
  assert.equal(deliver!.attributes['http.response.status_code'], 200);
  assert.equal(deliver!.status, undefined);
});

test('a failed try is a span of its own that says so', async () => {
  callback.answer({ status: 500, body: 'not today' });
  const id = await pollChange();
  const [deliver] = await spansOf('deliver', ({ attributes }) => attributes['tidings.event.id'] === id, 1);
  assert.equal(deliver!.attributes['tidings.outcome'], 'refused');
  assert.deepEqual(deliver!.status, { code: 2, message: 'not today' });
});

test('an event that comes by webhook is traced from its record on', async () => {
  callback.answer({ status: 200 });
  const made = await server.call<{ id: string }>('POST', `/instances/${instanceId}/events/test`, {
    body: {},
  });
  const [record] = await spansOf('record', names(made.body.id), 1);
  assert.equal(record!.parentId, undefined);
  await spansOf('deliver', ({ attributes }) => attributes['tidings.event.id'] === made.body.id, 1);
});

test('a poll that fails is a span that says so', async () => {
  const calls = spans.length;
  await vendor.close();
  await server.call('POST', `/instances/${instanceId}/poll`);
  const failed = spans.slice(calls).filter(({ name }) => name === 'poll');
  assert.deepEqual(
    failed.map(({ status, isEnded }) => [status?.code, isEnded]),
    [[2, true]],
  );
});
