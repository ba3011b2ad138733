import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { createClock } from '../../../simulators/core/clock.ts';
import { createRandom, type Random } from '../../../simulators/core/random.ts';
import { createKeapSimulator } from '../../../simulators/keap/simulator.ts';
import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts';
import type { AuthInput, Credentials } from '../auth/method.ts';
import type { ConnectorContext, Resource } from '../define-connector.ts';
import type { Feed, FeedPage, ReadMany, Row } from '../feed.ts';
import type { VendorRequest, VendorResponse } from '../vendor-http.ts';
import { keap } from './connector.ts';
import { idOf } from './records.ts';

/** The connector against the simulator over HTTP. */

const START = Date.UTC(2026, 10, 20, 9, 15);
const simulator = await createKeapSimulator({
  clock: createClock(START),
  seeded: false,
  limits: { enforced: false },
});
const { store, clock } = simulator;
after(() => simulator.close());

const [orders, products] = [keap.resources[0]!, keap.resources[1]!];

beforeEach(() => {
  simulator.v2.modified = true;
  simulator.v2.sinceIncludes = true;
  for (const kind of [store.orders, store.products] as const) {
    const ids = kind.sorted().map(({ id }) => id);
    for (const id of ids) kind.erase(id);
  }
  clock.advance(3_600_000);
});

async function send(request: VendorRequest, headers: Record<string, string>): Promise<VendorResponse> {
  const url = new URL(request.path, simulator.url);
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  const answer = await fetch(url.href.replaceAll('+', '%20'), {
    method: request.method,
    headers: { ...headers, ...request.headers },
    ...(request.form && { body: new URLSearchParams(request.form) }),
    ...(request.json !== undefined && { body: JSON.stringify(request.json) }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    headers: Object.fromEntries(answer.headers),
    text,
    body: text === '' ? null : (JSON.parse(text) as Json),
    date: Date.parse(answer.headers.get('date') ?? ''),
  };
}

async function call(request: VendorRequest): Promise<VendorResponse> {
  const response = await send(request, { authorization: `Bearer ${simulator.credentials.accessKey}` });
  const accepted = request.accept?.includes(response.status) === true;
  assert.equal(accepted ? undefined : keap.readFailure(response, clock.now()), undefined, response.text);
  return response;
}

/** What the resource's functions are given, its discovery made as the server makes it. */
async function contextOf(resource: Resource): Promise<ConnectorContext> {
  const context = { configuration: {}, facts: {}, discovered: null, now: clock.now() };
  const { discover } = resource;
  if (discover === undefined) return context;
  return { ...context, discovered: discover.read(await call(discover.request(context))) };
}

interface Pass {
  rows: Row[];
  startedAt: number;
  pages: number;
}

/** One pass by the rules of detection: where it ends, and that it begins again when told to. */
async function readPass(
  feed: Feed,
  given: { from?: number; pageSize?: number; between?: () => void },
): Promise<Pass> {
  const start = (): ReturnType<Feed['start']> =>
    feed.start({
      filter: null,
      fields: [],
      pageSize: given.pageSize ?? 3,
      ...(given.from !== undefined && { from: given.from }),
    });
  const rows: Row[] = [];
  let position = start();
  let startedAt: number | undefined;
  for (let pages = 1; pages < 2000; pages += 1) {
    const response = await call(feed.request(position));
    startedAt ??= response.date!;
    const page = feed.read(response, JSON.parse(JSON.stringify(position)) as typeof position);
    given.between?.();
    if (page === 'restart') {
      position = start();
      continue;
    }
    rows.push(...page.rows);
    if (isLast(feed, page, startedAt, given.from)) return { rows, startedAt, pages };
    position = page.next!;
  }
  return assert.fail('the feed does not end');
}

function isLast(feed: Feed, page: FeedPage, startedAt: number, from: number | undefined): boolean {
  if (page.next === null) return true;
  const stamps = page.rows.map((row) => row.changedAt!);
  if (feed.order === 'asc') return stamps.length > 0 && stamps.every((stamp) => stamp > startedAt);
  if (feed.order === 'none' || from === undefined) return false;
  return stamps.some((stamp) => stamp < Math.floor(from / 1000) * 1000);
}

const feedOf = async (resource: Resource): Promise<Feed> =>
  resource.polling!.feeds(await contextOf(resource))[0]!;
const idsOf = (rows: readonly Row[]): number[] =>
  [...new Set(rows.map(({ id }) => Number(id)))].sort((a, b) => a - b);

const VARIANTS = [
  { name: 'v2', modified: true, sinceIncludes: true },
  { name: 'v2 whose bound excludes its second', modified: true, sinceIncludes: false },
  { name: 'v1', modified: false, sinceIncludes: true },
];

for (const { name, ...v2 } of VARIANTS) {
  test(`${name}: changes since an instant, ties over several pages and all`, async () => {
    Object.assign(simulator.v2, v2);
    const at = clock.now();
    const make = (stamp: number): number =>
      store.orders.create({}, { createdAt: stamp, updatedAt: stamp }).id;
    make(at - 60_000);
    const tied = Array.from({ length: 8 }, () => make(at));
    const later = [make(at + 1000), ...Array.from({ length: 5 }, () => make(at + 2000)), make(at + 9000)];
    clock.advance(10_000);
    const { rows } = await readPass(await feedOf(orders), { from: at + 300 });
    const since = rows.filter(({ changedAt }) => changedAt! >= at);
    assert.deepEqual(idsOf(since), [...tied, ...later]);
  });

  test(`${name}: a back-dated order_date is no change, a payment is where it moves the stamp`, async () => {
    Object.assign(simulator.v2, v2);
    const { id } = store.orders.create({ order_date: START + 90 * 86_400_000 });
    const other = store.orders.create({}).id;
    clock.advance(60_000);
    const from = clock.now();
    store.orders.pay(id, 3500);
    store.orders.pay(other, 3500, { touches: false });
    const { rows } = await readPass(await feedOf(orders), { from });
    assert.deepEqual(idsOf(rows.filter(({ changedAt }) => changedAt! >= from)), [id]);
  });

  test(`${name}: every way to read an order gives the same one`, async () => {
    Object.assign(simulator.v2, v2);
    const id = String(
      store.orders.create({ title: 'Same', shipping_address: { line1: 'Harbour Street 1' } }).id,
    );
    const context = await contextOf(orders);
    const { rows } = await readPass(await feedOf(orders), { from: clock.now() });
    const many = orders.polling!.readMany(context);
    const state = many.read(await call(many.request([id])), [id]).get(id);
    assert.deepEqual(state, { state: 'present', row: rows[0] });
    const one = orders.get.read(await call(orders.get.request(id, [], context)));
    assert.deepEqual(one, { record: rows[0]!.record });
    const listing = orders.list;
    const start = listing.start({ pushed: null, fields: [], pageSize: 10, includeDeleted: false }, context);
    const listed = listing.read(await call(listing.request(start, context)), start, context);
    assert.deepEqual(listed.records, [rows[0]!.record]);
    assert.ok((rows[0]!.record as JsonObject)['modification_date']);
  });

  test(`${name}: a bulk read tells what is there from what is not`, async () => {
    Object.assign(simulator.v2, v2);
    const [kept, erased] = [store.orders.create({}).id, store.orders.create({}).id].map(String);
    store.orders.erase(Number(erased));
    const states: { [id: string]: string } = {};
    let open = [kept!, erased!, '999999'];
    const first = orders.polling!.readMany(await contextOf(orders));
    for (let many: ReadMany | undefined = first; many; many = many.otherwise) {
      for (let start = 0; start < open.length; start += many.batchSize) {
        const batch = open.slice(start, start + many.batchSize);
        for (const [id, { state }] of many.read(await call(many.request(batch)), batch)) states[id] = state;
      }
      open = open.filter((id) => states[id] === 'absent');
    }
    assert.deepEqual(states, { [kept!]: 'present', [erased!]: 'absent', '999999': 'absent' });
  });

  test(`${name}: whatever changes between pages, no final version is missed`, async () => {
    Object.assign(simulator.v2, v2);
    for (let seed = 1; seed <= 25; seed += 1)
      await runHistory(createRandom(seed * 97), `${name}, seed ${seed}`);
  });
}

/** Passes over orders that are made, changed and deleted between any two pages; then a quiet one. */
async function runHistory(random: Random, label: string): Promise<void> {
  const feed = await feedOf(orders);
  const pageSize = random.int(2, 5);
  clock.advance(3_600_000);
  let cursor = clock.now();
  const begun = cursor;
  const seen = new Map<string, unknown>();
  let version = 0;
  let budget = 0;
  const live = (): number[] => store.orders.sorted().map(({ id }) => id);
  const change = (): void => {
    if (budget === 0) return;
    budget -= 1;
    const ids = live();
    version += 1;
    const title = `version ${version}`;
    const dice = random.int(0, 9);
    if (dice < 3 || ids.length === 0) store.orders.create({ title });
    else if (dice < 8) store.orders.update(random.pick(ids), { title });
    else store.orders.erase(random.pick(ids));
    // Most changes share their second with others.
    if (random.int(0, 3) === 0) clock.advance(random.int(0, 2) * 1000);
  };
  for (let pass = 0; pass < 5; pass += 1) {
    budget = pass === 4 ? 0 : 12;
    for (let burst = random.int(0, 8); burst > 0; burst -= 1) change();
    const { rows, startedAt } = await readPass(feed, { from: cursor, pageSize, between: change });
    for (const { id, record } of rows) seen.set(id, isJsonObject(record) ? record['title'] : null);
    const newest = Math.max(-Infinity, ...rows.map(({ changedAt }) => changedAt!));
    cursor = Math.max(cursor, Math.min(newest, startedAt));
  }
  for (const { id, fields, updatedAt } of store.orders.sorted()) {
    if (updatedAt >= begun) assert.equal(seen.get(String(id)), fields.title, `${label}: order ${id}`);
  }
}

test('products are read whole, each once or more, though some are deleted between pages', async () => {
  for (let nth = 0; nth < 60; nth += 1) store.products.create({ product_name: `product ${nth}` });
  const doomed = store.products.sorted().map(({ id }) => id);
  let pages = 0;
  const { rows } = await readPass(await feedOf(products), {
    pageSize: 20,
    between: () => {
      pages += 1;
      // Among those already read: what comes after moves up.
      if (pages <= 2) for (let nth = 0; nth < 3; nth += 1) store.products.erase(doomed.shift()!);
    },
  });
  const met = new Set(idsOf(rows));
  for (const { id } of store.products.sorted()) assert.ok(met.has(id), `product ${id}`);
});

test('an application that gets the newer filters goes on with them', async () => {
  simulator.v2.modified = false;
  const from = clock.now();
  const made = Array.from({ length: 7 }, () => store.orders.create({}).id);
  const v1 = await feedOf(orders);
  const begun = v1.start({ from, filter: null, fields: [], pageSize: 3 });
  const first = v1.read(await call(v1.request(begun)), begun);
  assert.ok(first !== 'restart' && first.next !== null);
  simulator.v2.modified = true;
  const v2 = await feedOf(orders);
  assert.equal(v2.name, v1.name, 'the cursor is kept');
  assert.equal(v2.read(await call(v2.request(first.next)), first.next), 'restart');
  assert.deepEqual(idsOf((await readPass(v2, { from })).rows), made);
});

test('an order is created, changed and deleted through the hub operations', async () => {
  const context = await contextOf(orders);
  const contact = store.contacts.create({ email: 'ada@customers.example' });
  const product = store.products.create({ product_name: 'Mug', product_price: 1250 });
  const created = orders.create!.read(
    await call(
      orders.create!.request(
        {
          contact_id: contact.id,
          title: 'By API',
          order_date: '2026-11-20T09:00:00Z',
          order_type: 'ONLINE',
          order_items: [{ product_id: product.id, quantity: 2 }],
        },
        context,
      ),
    ),
  );
  assert.ok('id' in created);
  await call(
    orders.update!.request(created.id, { title: 'Renamed', order_date: '2026-11-21T00:00:00Z' }, context),
  );
  const read = orders.get.read(await call(orders.get.request(created.id, [], context)));
  assert.ok('record' in read && isJsonObject(read.record));
  const { title, order_date: date, total } = read.record;
  assert.deepEqual(
    [title, date, isJsonObject(total!) && total['amount']],
    ['Renamed', '2026-11-21T00:00:00Z', 2500],
  );
  await call(orders.remove!.request(created.id, context));
  const gone = await send(orders.get.request(created.id, [], context), {
    authorization: `Bearer ${simulator.credentials.accessKey}`,
  });
  assert.equal(keap.readFailure(gone, clock.now())?.kind, 'absent');
});

test('a product is created, changed and deleted, and a client can page through a filter', async () => {
  const context = await contextOf(products);
  const body = { product_name: 'Mug', product_price: 12.5, sku: 'MUG' };
  const created = products.create!.read(await call(products.create!.request(body, context)));
  assert.ok('record' in created && isJsonObject(created.record));
  const id = idOf(created.record);
  await call(products.update!.request(id, { active: false }, context));
  const where = {
    type: 'compare',
    field: 'active',
    operator: '=',
    value: { type: 'boolean', value: false },
  } as const;
  const compiled = products.compileWhere(where, context);
  assert.ok('pushed' in compiled);
  const { list } = products;
  const start = list.start(
    { pushed: compiled.pushed, fields: [], pageSize: 1, includeDeleted: false },
    context,
  );
  const page = list.read(await call(list.request(start, context)), start, context);
  assert.deepEqual([page.total, page.records.length], [1, 1]);
  const beyond = page.next && list.read(await call(list.request(page.next, context)), page.next, context);
  assert.deepEqual([beyond?.records, beyond?.next], [[], null]);
  await call(products.remove!.request(id, context));
});

test('a sign-in goes through the consent page, refreshes once with each token, and names the application', async () => {
  const [oauth] = keap.authentication;
  const callback = 'https://app.example/callback';
  const { clientId, clientSecret, tenant } = simulator.credentials;
  const configuration = {
    'oauth.api.key': clientId,
    'oauth.api.secret': clientSecret,
    'oauth.callback.url': callback,
    'oauth.authorization.url': `${simulator.url}/app/oauth/authorize`,
    'oauth.token.url': `${simulator.url}/token`,
  };
  const page = oauth.consentUrl!({
    configuration,
    apiKey: clientId,
    apiSecret: clientSecret,
    callbackUrl: callback,
  });
  const code = new URL(await simulator.consent(page)).searchParams.get('code') ?? '';
  const input: AuthInput = { configuration, code, now: clock.now() };
  const first = oauth.read!(await send(oauth.acquire!(input), {}), input);
  assert.ok(first.ok);
  assert.equal(first.credentials.expiresAt, clock.now() + 86_400_000);

  const ask = (credentials: Credentials): Promise<VendorResponse> =>
    send(keap.identify.request(configuration), oauth.sign(credentials, configuration));
  assert.equal(keap.identify.read(await ask(first.credentials)).id, tenant.split('.')[0]);
  clock.advance(86_400_000);
  const ended = await ask(first.credentials);
  assert.equal(keap.readFailure(ended, clock.now())?.kind, 'expired');

  const second = oauth.read!(
    await send(oauth.refresh!(input, first.credentials), {}),
    input,
    first.credentials,
  );
  assert.ok(second.ok);
  assert.notEqual(second.credentials.refreshToken, first.credentials.refreshToken);
  const reused = oauth.read!(
    await send(oauth.refresh!(input, first.credentials), {}),
    input,
    first.credentials,
  );
  assert.equal(!reused.ok && reused.permanent, true);
  assert.equal((await ask(second.credentials)).status, 200);
});

test('what the simulator says of its limits is what the budgets read', async () => {
  const response = await call(keap.identify.request({}));
  const read = keap.budgets.map((budget) => budget.read?.(response.headers, clock.now()));
  assert.deepEqual(
    read.map((said) => said?.limit),
    [undefined, 240, 30_000, 10_000, 250_000],
  );
  for (const name of ['quota-exceeded', 'spike-arrest', 'spike-arrest-503', 'tenant-throttled']) {
    simulator.faults.add({ times: 1, effect: { kind: 'vendor', name } });
    const refused = await send(keap.identify.request({}), {
      authorization: `Bearer ${simulator.credentials.accessKey}`,
    });
    assert.equal(keap.readFailure(refused, clock.now())?.kind, 'retry', name);
  }
});
