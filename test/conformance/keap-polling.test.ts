import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, afterEach, test } from 'node:test';
import { createClock } from '../../simulators/core/clock.ts';
import { createKeapSimulator, type KeapSimulator } from '../../simulators/keap/simulator.ts';
import { keap } from '../../src/connectors/keap/connector.ts';
import type { VendorRequest, VendorResponse } from '../../src/connectors/vendor-http.ts';
import { parseHttpDate } from '../../src/egress/http-date.ts';
import { thrownFor } from '../../src/instances/vendor.ts';
import type { Json, JsonObject } from '../../src/kernel/json.ts';
import { createHarness, START, type Harness } from '../../src/polling/testing/harness.ts';

/** Polling Keap as old configurations ask for it: the example's own entry, against the simulator. */

const example = JSON.parse(
  readFileSync(new URL('../../examples/infusionsoftecommerce-polling.json', import.meta.url), 'utf8'),
) as { configuration: JsonObject };
const entries = example.configuration['event.poller.configuration']!;

const opened: { simulator: KeapSimulator; harness: Harness }[] = [];
const closeAll = async (): Promise<void> => {
  for (const { simulator, harness } of opened.splice(0)) {
    await harness.close();
    await simulator.close();
  }
};
afterEach(closeAll);
after(closeAll);

async function open(
  v2Filters: boolean,
  polled: Json = entries,
): Promise<{ simulator: KeapSimulator; harness: Harness; poll: (ms?: number) => Promise<string[]> }> {
  const simulator = await createKeapSimulator({
    clock: createClock(START),
    v2Filters,
    limits: { enforced: false },
  });
  const harness = await createHarness({
    connector: keap,
    configuration: { 'event.poller.configuration': polled },
    vendor: { call: (_instance, request) => ask(simulator, request) },
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

async function ask(simulator: KeapSimulator, request: VendorRequest): Promise<VendorResponse> {
  const url = new URL(request.path, simulator.url);
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  const answer = await fetch(url.href.replaceAll('+', '%20'), {
    headers: { authorization: `Bearer ${simulator.credentials.accessKey}` },
  });
  const text = await answer.text();
  const date = parseHttpDate(answer.headers.get('date') ?? '');
  const response: VendorResponse = {
    status: answer.status,
    headers: Object.fromEntries(answer.headers),
    text,
    body: JSON.parse(text) as Json,
    ...(date !== undefined && { date }),
  };
  const failure = keap.readFailure(response, simulator.clock.now());
  if (failure !== undefined && request.accept?.includes(answer.status) !== true) {
    throw thrownFor(failure, simulator.clock.now(), answer.status);
  }
  return response;
}

for (const v2Filters of [true, false]) {
  const api = v2Filters ? 'v2' : 'v1';
  test(`orders that are made and changed become one event each, by ${api}`, async () => {
    const { simulator, poll } = await open(v2Filters);
    const { orders } = simulator.store;
    assert.deepEqual(await poll(), [], 'what was there before is no news');
    const made = orders.create({ title: 'new' }).id;
    orders.update(3, { title: 'changed' });
    assert.deepEqual(await poll(), [`CREATED orders ${made}`, 'UPDATED orders 3']);
    assert.deepEqual(await poll(), []);
    simulator.clock.advance(1000);
    orders.update(made, { title: 'again' });
    orders.erase(5);
    assert.deepEqual(await poll(), [`UPDATED orders ${made}`], 'a deletion shows nowhere');
  });

  test(`many orders of one second arrive by ${api}, whatever the page size`, async () => {
    const polled = structuredClone(entries) as { orders: JsonObject };
    polled.orders['pageSize'] = 4;
    const { simulator, poll } = await open(v2Filters, polled);
    await poll();
    const made = Array.from({ length: 23 }, () => simulator.store.orders.create({}).id);
    assert.deepEqual(await poll(), made.map((id) => `CREATED orders ${id}`).sort());
    assert.deepEqual(await poll(), []);
  });

  test(`an order shown late by ${api} is found by the overlap`, async () => {
    const { simulator, poll } = await open(v2Filters);
    await poll();
    simulator.store.setLag({ kind: 'index', ms: 200_000 });
    simulator.clock.advance(250_000);
    const late = simulator.store.orders.create({}).id;
    simulator.store.setLag(null);
    const early = simulator.store.orders.create({}).id;
    assert.deepEqual(await poll(), [`CREATED orders ${early}`]);
    assert.deepEqual(await poll(), [`CREATED orders ${late}`]);
  });

  test(`the example's dates are read by ${api}`, async () => {
    const { simulator, poll, harness } = await open(v2Filters);
    await poll();
    const { id, updatedAt } = simulator.store.orders.update(4, { title: 'dated' });
    await poll();
    const [payload] = await harness.payloads();
    const [event] = payload!['events'] as JsonObject[];
    assert.deepEqual(
      [event?.['objectId'], event?.['date']],
      [String(id), new Date(updatedAt).toISOString().replace('.000', '')],
    );
  });
}

test('products that change, though they have no dates, become events', async () => {
  const { simulator, poll } = await open(true, {
    products: { url: '/hubs/ecommerce/products', idField: 'id' },
  });
  const { products } = simulator.store;
  assert.deepEqual(await poll(), []);
  const made = products.create({ product_name: 'Mug' }).id;
  products.update(2, { product_price: 1 });
  products.update(3, {});
  assert.deepEqual(await poll(), [`CREATED products ${made}`, 'UPDATED products 2']);
  assert.deepEqual(await poll(), []);
});

test('an application that gets the newer filters is polled by them without a storm of events', async () => {
  const { simulator, poll } = await open(false);
  await poll();
  simulator.store.orders.update(6, { title: 'seen by v1' });
  assert.deepEqual(await poll(), ['UPDATED orders 6']);
  simulator.v2.modified = true;
  const sevenHours = 7 * 3_600_000;
  assert.deepEqual(await poll(sevenHours), []);
  simulator.store.orders.update(6, { title: 'seen by v2' });
  assert.deepEqual(await poll(), ['UPDATED orders 6']);
  assert.ok(simulator.requests.list('/crm/rest/v2/orders').length > 0);
});
