import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, afterEach, test } from 'node:test';
import { createClock } from '../../simulators/core/clock.ts';
import { createPardotSimulator, type PardotSimulator } from '../../simulators/pardot/simulator.ts';
import { GiveUp, RetryAt } from '../../src/connectors/failures.ts';
import { pardot } from '../../src/connectors/pardot/connector.ts';
import type { VendorRequest, VendorResponse } from '../../src/connectors/vendor-http.ts';
import { parseHttpDate } from '../../src/egress/http-date.ts';
import type { Json, JsonObject } from '../../src/kernel/json.ts';
import { createHarness, START, type Harness } from '../../src/polling/testing/harness.ts';

/** Polling Pardot as old configurations ask for it (`contacts|leads`), by the old API and by today's. */

const example = JSON.parse(
  readFileSync(new URL('../../examples/pardot-polling.json', import.meta.url), 'utf8'),
) as { configuration: JsonObject };

const opened: { simulator: PardotSimulator; harness: Harness }[] = [];
const closeAll = async (): Promise<void> => {
  for (const { simulator, harness } of opened.splice(0)) {
    await harness.close();
    await simulator.close();
  }
};
afterEach(closeAll);
after(closeAll);

interface Polled {
  simulator: PardotSimulator;
  harness: Harness;
  poll: (ms?: number) => Promise<string[]>;
}

async function open(dialect: 'legacy' | 'v5', more: JsonObject = {}): Promise<Polled> {
  const simulator = await createPardotSimulator({ clock: createClock(START) });
  const vendor = {
    call: (_instance: unknown, request: VendorRequest) => ask(simulator, dialect, request),
    shareOf: () => 0,
  };
  const harness = await createHarness({
    connector: pardot,
    configuration: {
      'event.poller.urls': example.configuration['event.poller.urls']!,
      'provider.version': example.configuration['provider.version']!,
      'authentication.type': dialect === 'v5' ? 'oauth2' : 'apiKey',
      ...more,
    },
    vendor,
  });
  opened.push({ simulator, harness });
  await harness.begin();
  return {
    simulator,
    harness,
    poll: async (ms = 300_000) => {
      harness.clock.advance(ms);
      simulator.clock.set(harness.clock.now());
      await harness.next();
      return (await harness.lines()).sort();
    },
  };
}

async function ask(
  simulator: PardotSimulator,
  dialect: 'legacy' | 'v5',
  request: VendorRequest,
): Promise<VendorResponse> {
  const { access, credentials } = simulator;
  const { email, password, userKey, businessUnitId } = credentials;
  const url = new URL(request.path, simulator.url);
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  const headers =
    dialect === 'v5'
      ? { authorization: `Bearer ${access.grant(['pardot_api'])}`, 'pardot-business-unit-id': businessUnitId }
      : {
          authorization: `Pardot api_key=${access.login({ email, password, userKey })}, user_key=${userKey}`,
        };
  const answer = await fetch(url, { headers });
  const text = await answer.text();
  const date = parseHttpDate(answer.headers.get('date') ?? '');
  const response: VendorResponse = {
    status: answer.status,
    headers: Object.fromEntries(answer.headers),
    text,
    body: JSON.parse(text) as Json,
    ...(date !== undefined && { date }),
  };
  const failure = pardot.readFailure(response, simulator.clock.now());
  if (failure === undefined || request.accept?.includes(answer.status) === true) return response;
  if (failure.kind === 'pause') throw new RetryAt(failure.until, failure.why, { quota: true });
  throw new GiveUp(failure.why, 400);
}

for (const dialect of ['legacy', 'v5'] as const) {
  test(`prospects and opportunities that change become one event each, by ${dialect}`, async () => {
    const { simulator, poll } = await open(dialect);
    const { prospects, opportunities } = simulator.store;
    assert.deepEqual(await poll(), [], 'what was there before is no news');
    const made = prospects.create({ email: 'new@x.example' }).id;
    prospects.update(335, { score: 1 });
    const deal = opportunities.create({ name: 'New' }).id;
    opportunities.update(2, { value: 1 });
    const expected = [
      `CREATED contacts ${made}`,
      `CREATED leads ${deal}`,
      'UPDATED contacts 335',
      'UPDATED leads 2',
    ];
    assert.deepEqual(await poll(), expected);
    assert.deepEqual(await poll(), []);
  });

  test(`a prospect that is deleted, restored and deleted again tells each, by ${dialect}`, async () => {
    const { simulator, poll } = await open(dialect);
    const { prospects } = simulator.store;
    await poll();
    prospects.remove(340);
    assert.deepEqual(await poll(), ['DELETED contacts 340']);
    prospects.restore(340);
    assert.deepEqual(await poll(), ['CREATED contacts 340']);
    prospects.remove(340);
    assert.deepEqual(await poll(), ['DELETED contacts 340']);
    assert.deepEqual(await poll(), []);
  });

  test(`many changes of one second arrive by ${dialect}, whatever the page size`, async () => {
    const contacts = { url: '/hubs/marketing/contacts', idField: 'id', pageSize: 4 };
    const more = { 'event.poller.urls': '', 'event.poller.configuration': { contacts } };
    const { simulator, poll } = await open(dialect, more);
    await poll();
    const made = Array.from({ length: 23 }, (_, nth) =>
      simulator.store.prospects.create({ email: `${nth}@x.example` }),
    );
    assert.deepEqual(await poll(), made.map(({ id }) => `CREATED contacts ${id}`).sort());
    assert.deepEqual(await poll(), []);
  });

  test(`a change that caches show a minute late is found by the overlap, by ${dialect}`, async () => {
    const { simulator, poll } = await open(dialect);
    await poll();
    simulator.store.setLag({ kind: 'index', ms: 60_000 });
    simulator.clock.advance(280_000);
    simulator.store.prospects.update(336, { score: 5 });
    simulator.store.setLag(null);
    const early = simulator.store.prospects.create({ email: 'early@x.example' }).id;
    assert.deepEqual(await poll(), [`CREATED contacts ${early}`]);
    assert.deepEqual(await poll(), ['UPDATED contacts 336']);
    assert.deepEqual(await poll(), []);
  });
}

test('campaigns of v4, though they have no stamps, become events by what they say', async () => {
  const { simulator, poll } = await open('legacy', { 'event.poller.urls': 'campaigns' });
  const { campaigns } = simulator.store;
  assert.deepEqual(await poll(), []);
  const made = campaigns.create({ name: 'Autumn' }).id;
  campaigns.update(890, { cost: 77 });
  assert.deepEqual(await poll(), [`CREATED campaigns ${made}`, 'UPDATED campaigns 890']);
  campaigns.update(890, { cost: 77 });
  assert.deepEqual(await poll(), [], 'the same again is no change');
});

test('a spent day pauses polling and loses nothing', async () => {
  const { simulator, poll } = await open('v5', { 'event.poller.urls': 'contacts' });
  await poll();
  simulator.limits.setRemaining(0);
  simulator.store.prospects.update(337, { score: 9 });
  assert.deepEqual(await poll(), []);
  simulator.limits.setRemaining(1000);
  assert.deepEqual(await poll(3_600_000), ['UPDATED contacts 337']);
});
