import assert from 'node:assert/strict';
import { after, beforeEach, describe, test } from 'node:test';
import fc from 'fast-check';
import { createClock } from '../../../simulators/core/clock.ts';
import { defineProperty } from '../../../simulators/hubspot/property-definitions.ts';
import { createHubSpotSimulator, type HubSpotSimulator } from '../../../simulators/hubspot/simulator.ts';
import { parseCeql } from '../../ceql/parse-ceql.ts';
import type { Ceql } from '../../ceql/tree.ts';
import { compileCeql } from '../../ceql/evaluate-ceql.ts';
import { canonicalJson, type Json, type JsonObject } from '../../kernel/json.ts';
import type { ConnectorContext, Resource } from '../define-connector.ts';
import type { Feed, Position, ReadMany, Row } from '../feed.ts';
import { findResource } from '../registry.ts';
import type { VendorRequest, VendorResponse } from '../vendor-http.ts';
import { hubspot } from './connector.ts';

/** The connector's functions against the simulator over HTTP, in accounts with few properties and with very many. */

const START = Date.UTC(2026, 10, 20, 9, 15);
const opened: HubSpotSimulator[] = [];
after(() => Promise.all(opened.map((simulator) => simulator.close())));

interface Account {
  simulator: HubSpotSimulator;
  call(request: VendorRequest): Promise<VendorResponse>;
  contextOf(resource: Resource): Promise<ConnectorContext>;
}

/** `properties`: how many of its own the account has beside HubSpot's. */
async function open(properties: number, configuration: JsonObject = {}): Promise<Account> {
  const simulator = await createHubSpotSimulator({
    clock: createClock(START),
    seeded: false,
    limits: { enforced: false },
  });
  opened.push(simulator);
  for (let nth = 0; nth < properties; nth += 1) {
    const name = `custom_property_number_${nth}_of_many`;
    simulator.store.contacts.addProperty(defineProperty(name, 'string', { hubspotDefined: false }));
  }
  const call = (request: VendorRequest): Promise<VendorResponse> => send(simulator, request);
  const contextOf = async (resource: Resource): Promise<ConnectorContext> => {
    const bare = { configuration, facts: {}, discovered: null, now: simulator.clock.now() };
    const { discover } = resource;
    return discover === undefined
      ? bare
      : { ...bare, discovered: discover.read(await call(discover.request(bare))) };
  };
  return { simulator, call, contextOf };
}

async function send(simulator: HubSpotSimulator, request: VendorRequest): Promise<VendorResponse> {
  const url = new URL(request.path, simulator.url);
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  const answer = await fetch(url, {
    method: request.method,
    headers: {
      authorization: `Bearer ${simulator.credentials.accessToken}`,
      'content-type': 'application/json',
    },
    ...(request.json === undefined ? {} : { body: JSON.stringify(request.json) }),
  });
  const text = await answer.text();
  const response = {
    status: answer.status,
    headers: Object.fromEntries(answer.headers),
    text,
    body: text === '' ? null : (JSON.parse(text) as Json),
    date: Date.parse(answer.headers.get('date') ?? ''),
  };
  const accepted = request.accept?.includes(answer.status) === true;
  const failure = accepted ? undefined : hubspot.readFailure(response, simulator.clock.now());
  assert.equal(
    failure,
    undefined,
    `${request.method} ${request.path} ${JSON.stringify(request.json)} ${text}`,
  );
  return response;
}

const resourceOf = (name: string): Resource => findResource(hubspot, name)!;

async function feedOf(account: Account, name: string, feed: string): Promise<Feed> {
  const resource = resourceOf(name);
  const context = await account.contextOf(resource);
  const polling = resource.polling!;
  return [...polling.feeds(context), polling.sweep!(context)].find((one) => one.name === feed)!;
}

/** Walks a feed to its end. `between` runs after each page but the last. */
async function readFeed(
  account: Account,
  feed: Feed,
  query: { from?: number; pageSize?: number; filter?: Ceql } = {},
  between: (pages: number) => void = () => {},
): Promise<Row[]> {
  const rows: Row[] = [];
  const { filter = null, ...more } = query;
  let position: Position = feed.start({ fields: [], filter, ...more });
  for (let pages = 0; pages < 2000; pages += 1) {
    const page = feed.read(await account.call(feed.request(position)), position);
    assert.notEqual(page, 'restart');
    if (page === 'restart') break;
    rows.push(...page.rows);
    if (page.next === null) return rows;
    assert.notDeepEqual(page.next, position, 'a feed goes on');
    position = JSON.parse(JSON.stringify(page.next)) as Position;
    between(pages);
  }
  return assert.fail('the feed does not end');
}

async function statesOf(
  account: Account,
  resource: Resource,
  ids: string[],
): Promise<Record<string, string>> {
  const states: Record<string, string> = {};
  let open = ids;
  const first = resource.polling!.readMany(await account.contextOf(resource));
  for (let many: ReadMany | undefined = first; many; many = many.otherwise) {
    for (let at = 0; at < open.length; at += many.batchSize) {
      const batch = open.slice(at, at + many.batchSize);
      const answer = await account.call(many.request(batch));
      for (const [id, { state }] of many.read(answer, batch)) states[id] = state;
    }
    open = ids.filter((id) => states[id] === 'absent');
  }
  return states;
}

async function listAll(
  account: Account,
  name: string,
  query: { where?: string; orderBy?: { field: string; direction: 'asc' | 'desc' }; pageSize?: number } = {},
): Promise<{ ids: string[]; total: number | undefined; records: JsonObject[] }> {
  const resource = resourceOf(name);
  const context = await account.contextOf(resource);
  const where = query.where === undefined ? null : parse(query.where);
  const compiled = where === null ? { pushed: null, rest: null } : resource.compileWhere(where, context);
  assert.ok('pushed' in compiled);
  const { pageSize = 100, orderBy } = query;
  let position = resource.list.start(
    { pushed: compiled.pushed, fields: [], pageSize, includeDeleted: false, ...(orderBy && { orderBy }) },
    context,
  );
  const records: JsonObject[] = [];
  let total: number | undefined;
  for (;;) {
    const answer = await account.call(resource.list.request(position, context));
    const page = resource.list.read(answer, position, context);
    total ??= page.total;
    records.push(...(page.records as JsonObject[]));
    if (page.next === null) break;
    position = page.next;
  }
  const kept = compiled.rest === null ? records : records.filter(compileCeql(compiled.rest));
  return { ids: kept.map(({ id }) => id as string), total, records: kept };
}

const parse = (text: string): Ceql => {
  const parsed = parseCeql(text);
  assert.ok(parsed.ok, text);
  return parsed.tree;
};
const sorted = (ids: Iterable<string | number>): string[] => [...ids].map(String).sort();
const idsOf = (rows: Row[]): string[] => rows.map(({ id }) => id);

for (const [words, properties] of [
  ['few properties', 0],
  ['more properties than a search can name', 200],
  ['more properties than an address can name', 400],
] as const) {
  describe(`an account with ${words}`, async () => {
    const account = await open(properties);
    const { store, clock } = account.simulator;
    beforeEach(() => clock.advance(3_600_000));

    test('who signed in is told by the portal', async () => {
      const tenant = hubspot.identify.read(await account.call(hubspot.identify.request({})));
      assert.equal(tenant.id, String(account.simulator.credentials.portalId));
      assert.equal(tenant.facts['timeZone'], 'America/New_York');
    });

    test('every way to read a record gives the same one, whole', async () => {
      const last = `custom_property_number_${Math.max(0, properties - 1)}_of_many`;
      const made = store.contacts.create({
        firstname: 'Same',
        email: 'same@x.example',
        ...(properties > 0 && { [last]: 'the last' }),
      });
      const id = String(made.id);
      const contacts = resourceOf('contacts');
      const context = await account.contextOf(contacts);
      const [changed] = await readFeed(account, await feedOf(account, 'contacts', 'changes'), {
        from: clock.now(),
      });
      const swept = (await readFeed(account, await feedOf(account, 'contacts', 'sweep'))).find(
        (row) => row.id === id,
      );
      const many = contacts.polling!.readMany(context);
      const state = many.read(await account.call(many.request([id])), [id]).get(id);
      assert.ok(changed);
      assert.deepEqual(swept, changed);
      assert.deepEqual(state, { state: 'present', row: changed });
      const one = contacts.get.read(await account.call(contacts.get.request(id, [], context)));
      assert.deepEqual(one, { record: changed.record });
      const listed = await listAll(account, 'contacts', { where: "email = 'same@x.example'" });
      assert.deepEqual(listed.records, [changed.record]);
      const shown = changed.record as { properties: JsonObject };
      assert.equal(shown.properties['firstname'], 'Same');
      assert.equal(shown.properties[last], properties > 0 ? 'the last' : undefined);
      assert.ok(!('phone' in shown.properties), 'what has no value is left out');
    });

    test('changes of one millisecond are read on by id, however many pages they fill', async () => {
      const from = clock.now();
      const before = store.contacts.create({ firstname: 'first' });
      clock.advance(1);
      account.simulator.seedMany(730, 730);
      clock.advance(1);
      const behind = store.contacts.create({ firstname: 'last' });
      const feed = await feedOf(account, 'contacts', 'changes');
      const rows = await readFeed(account, feed, { from, pageSize: 100 });
      const expected = store.contacts.sorted('updatedAt').filter((one) => one.updatedAt >= from);
      assert.deepEqual(sorted(new Set(idsOf(rows))), sorted(expected.map(({ id }) => id)));
      assert.ok(idsOf(rows).includes(String(before.id)) && idsOf(rows).includes(String(behind.id)));
      // The two pages that showed nothing but the one stamp are read again, in the order of ids.
      assert.ok(rows.length <= expected.length + 200, `${rows.length} rows for ${expected.length} records`);
    });

    test('a record that is archived while its page is read is left to the deletions', async () => {
      const from = clock.now();
      const [first, second] = [
        store.contacts.create({ firstname: 'a' }),
        store.contacts.create({ firstname: 'b' }),
      ];
      const feed = await feedOf(account, 'contacts', 'changes');
      const rows = await readFeed(account, feed, { from }, () => store.contacts.remove(first.id));
      assert.ok(idsOf(rows).includes(String(second.id)));
      if (properties > 0) assert.ok(!idsOf(rows).includes(String(first.id)));
    });

    test('the bin shows what was archived since, with its record, and a filter holds there too', async () => {
      const [kept, gone, other, earlier] = ['kept', 'gone', 'other', 'earlier'].map((firstname) =>
        store.contacts.create({ firstname }),
      );
      store.contacts.remove(earlier!.id);
      clock.advance(60_000);
      const from = clock.now();
      store.contacts.remove(gone!.id);
      store.contacts.remove(other!.id);
      const feed = await feedOf(account, 'contacts', 'archived');
      const rows = await readFeed(account, feed, { from, pageSize: 2 });
      assert.deepEqual(sorted(idsOf(rows)), sorted([gone!.id, other!.id]));
      assert.ok(rows.every((row) => row.deleted === true && row.changedAt === from));
      const filtered = await readFeed(account, feed, { from, filter: parse("firstname = 'gone'") });
      assert.deepEqual(idsOf(filtered), [String(gone!.id)]);
      assert.ok(!idsOf(rows).includes(String(kept!.id)));
    });

    test('a bulk read finds the live, the archived, the merged, the erased and the unknown', async () => {
      const [live, archived, loser, erased] = ['a', 'b', 'c', 'd'].map((firstname) =>
        String(store.contacts.create({ firstname }).id),
      );
      store.contacts.remove(Number(archived));
      store.contacts.merge(Number(live), Number(loser));
      store.contacts.gdprDelete(Number(erased));
      const ids = [live!, archived!, loser!, erased!, '999', 'no-id'];
      assert.deepEqual(await statesOf(account, resourceOf('contacts'), ids), {
        [live!]: 'present',
        [archived!]: 'gone',
        [loser!]: 'absent',
        [erased!]: 'absent',
        '999': 'absent',
        'no-id': 'absent',
      });
      assert.deepEqual(await statesOf(account, resourceOf('contacts'), ['../..']), { '../..': 'absent' });
    });

    test('a sweep shows every live record once', async () => {
      const rows = await readFeed(account, await feedOf(account, 'contacts', 'sweep'));
      const live = store.contacts.sorted().filter((one) => one.deletedAt === null);
      assert.deepEqual(
        idsOf(rows),
        live.map(({ id }) => String(id)),
      );
    });
  });
}

describe('changes while they are read', async () => {
  const account = await open(0);
  const large = await open(200);

  test('10,000 results are no end: 10,450 changes of a few stamps are all shown', async () => {
    const { simulator } = account;
    const from = simulator.clock.now() - 60_000;
    simulator.seedMany(10_450, 5_000);
    const rows = await readFeed(account, await feedOf(account, 'contacts', 'changes'), { from });
    assert.equal(new Set(idsOf(rows)).size, 10_450);
  });

  test('a wholly newer page ends a reading, so that a busy account is not read for ever', async () => {
    const { simulator } = await open(0);
    const { store, clock } = simulator;
    const busy = { ...account, simulator, call: (request: VendorRequest) => send(simulator, request) };
    const from = clock.now();
    const made = Array.from({ length: 6 }, (_, nth) => store.contacts.create({ firstname: `${nth}` }));
    const feed = await feedOf(busy, 'contacts', 'changes');
    const rows = await readFeed(busy, feed, { from, pageSize: 2 }, () => {
      clock.advance(10_000);
      for (const { id } of made.slice(3)) store.contacts.update(id, { lastname: String(clock.now()) });
    });
    // What changed after the first page is for the next pass; what had changed before is all there.
    const shown = new Set(idsOf(rows));
    assert.ok(made.slice(0, 3).every(({ id }) => shown.has(String(id))));
    assert.ok(rows.length < 20, `${rows.length} rows`);
  });

  test('nothing is lost whatever is created, edited or archived between the pages', async () => {
    const step = fc.record({
      kind: fc.constantFrom('create', 'edit', 'archive', 'bulk'),
      pick: fc.nat(1000),
      waitMs: fc.nat(2),
    });
    const history = fc.record({
      stamps: fc.array(fc.nat(6), { minLength: 1, maxLength: 40 }),
      pageSize: fc.integer({ min: 1, max: 5 }),
      isLarge: fc.boolean(),
      steps: fc.array(fc.array(step, { maxLength: 3 }), { maxLength: 12 }),
    });
    await fc.assert(
      fc.asyncProperty(history, async ({ stamps, pageSize, isLarge, steps }) => {
        const { simulator } = isLarge ? large : account;
        const { contacts } = simulator.store;
        simulator.clock.advance(3_600_000);
        const from = simulator.clock.now() - 10;
        const ids = stamps.map((ms) => {
          const updatedAt = from + ms;
          return contacts.create({ firstname: 'x' }, { createdAt: updatedAt, updatedAt }).id;
        });
        const run = (one: { kind: string; pick: number; waitMs: number }): void => {
          simulator.clock.advance(1 + one.waitMs);
          const live = ids.filter((id) => contacts.truth(id)?.deletedAt === null);
          const id = live[one.pick % Math.max(1, live.length)];
          if (one.kind === 'create') ids.push(contacts.create({ firstname: 'new' }).id);
          else if (one.kind === 'bulk') live.forEach((each) => contacts.update(each, { lastname: 'bulk' }));
          else if (id !== undefined && one.kind === 'edit')
            contacts.update(id, { lastname: String(one.pick) });
          else if (id !== undefined) contacts.remove(id);
        };
        const startedAt = simulator.clock.now();
        const feed = await feedOf(isLarge ? large : account, 'contacts', 'changes');
        const seen = new Map<string, number>();
        const rows = await readFeed(isLarge ? large : account, feed, { from, pageSize }, (pages) => {
          steps[pages]?.forEach(run);
        });
        for (const row of rows) seen.set(row.id, Math.max(seen.get(row.id) ?? 0, row.changedAt ?? 0));
        for (const id of ids) {
          const truth = contacts.truth(id)!;
          if (truth.deletedAt !== null || truth.updatedAt > startedAt) continue;
          assert.equal(seen.get(String(id)), truth.updatedAt, `${id} as it was left`);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('the hub resources', async () => {
  const account = await open(0);
  const { store, clock } = account.simulator;
  const contacts = resourceOf('contacts');

  test('a client writes in any of the forms of its time, and reads the record back by its id', async () => {
    const context = await account.contextOf(contacts);
    const bodies: JsonObject[] = [
      { properties: { email: 'a@x.example', firstname: 'Ada' } },
      { properties: [{ property: 'email', value: 'b@x.example' }] },
      { email: 'c@x.example', lifecyclestage: 'lead' },
    ];
    for (const body of bodies) {
      const written = contacts.create!.read(await account.call(contacts.create!.request(body, context)));
      assert.ok('id' in written);
      const read = contacts.get.read(await account.call(contacts.get.request(written.id, [], context)));
      assert.ok('record' in read);
      clock.advance(1000);
      // A record that was read can be sent back as it is.
      const again = await account.call(
        contacts.update!.request(written.id, read.record as JsonObject, context),
      );
      assert.deepEqual(contacts.update!.read(again), { id: written.id });
      await account.call(contacts.remove!.request(written.id, context));
      assert.notEqual(store.contacts.get(Number(written.id))?.deletedAt, null);
    }
  });

  test('a deal is made with its links, as clients of the first generation name them', async () => {
    const deals = resourceOf('opportunities');
    const context = await account.contextOf(deals);
    const contact = store.contacts.create({ firstname: 'Linked' });
    const company = store.companies.create({ name: 'Linked' });
    const body = {
      properties: [{ name: 'dealname', value: 'Big' }],
      associations: { associatedVids: [contact.id], associatedCompanyIds: [company.id] },
    };
    const written = deals.create!.read(await account.call(deals.create!.request(body, context)));
    assert.ok('id' in written);
    const { associations } = store.deals.get(Number(written.id))!.fields;
    assert.deepEqual([associations.contacts, associations.companies], [[contact.id], [company.id]]);
  });

  test('a since-condition lists the newest first, in whatever spelling of the change stamp', async () => {
    clock.advance(60_000);
    const since = new Date(clock.now()).toISOString();
    const made = ['a', 'b', 'c'].map((name) => {
      clock.advance(1000);
      return store.companies.create({ name }).id;
    });
    for (const where of [
      `hs_lastmodifieddate='${since}'`,
      `lastmodifieddate='${Date.parse(since)}'`,
      `properties.hs_lastmodifieddate >= '${since}'`,
    ]) {
      const { ids, total } = await listAll(account, 'accounts', { where, pageSize: 2 });
      assert.deepEqual(ids, made.toReversed().map(String), where);
      assert.equal(total, 3);
    }
  });

  test('whatever of a where HubSpot filters, the records are those the whole where holds of', async () => {
    clock.advance(60_000);
    const names = ['ada', 'Ada', 'ADA', 'bea'];
    for (let nth = 0; nth < 40; nth += 1) {
      const amount = nth % 5 === 0 ? {} : { amount: String(nth % 7) };
      store.deals.create({ dealname: names[nth % 4]!, ...amount, dealstage: 'contractsent' });
      clock.advance(nth % 3);
    }
    const all = (await listAll(account, 'opportunities')).records;
    assert.equal(all.length, store.deals.size());
    for (const where of [
      "dealname = 'Ada'",
      "dealname != 'Ada'",
      "dealname LIKE '%da'",
      'amount > 3',
      "amount > '3' AND amount <= 5",
      'amount = 2',
      'amount IS NULL',
      "amount IS NOT NULL AND dealstage = 'contractsent'",
      "dealname = 'bea' OR amount = 1",
      `id IN ('${store.deals.sorted()[1]!.id}','${store.deals.sorted()[4]!.id}')`,
      `id = '${store.deals.sorted()[7]!.id}'`,
      `createdate > '${new Date(clock.now() - 20).toISOString()}'`,
      'archived = false',
      'unknown_property IS NULL',
      "dealname = ''",
    ]) {
      const tree = parse(where);
      const resource = resourceOf('opportunities');
      const context = await account.contextOf(resource);
      const compiled = resource.compileWhere(tree, context);
      assert.ok('pushed' in compiled, where);
      const { ids } = await listAll(account, 'opportunities', { where, pageSize: 7 });
      const expected = all.filter(compileCeql(withPlaces(tree))).map(({ id }) => id as string);
      assert.deepEqual(sorted(ids), sorted(expected), where);
    }
  });

  test('records can be ordered by any property', async () => {
    const listed = await listAll(account, 'opportunities', {
      orderBy: { field: 'amount', direction: 'desc' },
      pageSize: 9,
    });
    const amounts = listed.records
      .map((one) => Number((one['properties'] as JsonObject)['amount'] ?? Number.NaN))
      .filter((amount) => !Number.isNaN(amount));
    assert.deepEqual(
      amounts,
      amounts.toSorted((a, b) => b - a),
    );
    assert.equal(listed.ids.length, store.deals.size());
  });

  test('a dated generation of the API gives the same records', async () => {
    const context = await account.contextOf(contacts);
    const dated = { ...context, configuration: { 'hubspot.api.version': '2026-03' } };
    const id = String(store.contacts.create({ firstname: 'Dated' }).id);
    const [old, recent] = await Promise.all(
      [context, dated].map(async (one) =>
        contacts.get.read(await account.call(contacts.get.request(id, [], one))),
      ),
    );
    assert.ok(old && 'record' in old);
    assert.deepEqual(recent, old);
    assert.match(contacts.get.request(id, [], dated).path, /^\/crm\/objects\/2026-03\/contacts\//);
    const identified = hubspot.identify.read(
      await account.call(hubspot.identify.request(dated.configuration)),
    );
    assert.equal(identified.id, '62515');
    assert.ok(
      canonicalJson(contacts.discover!.read(await account.call(contacts.discover!.request(dated)))).length >
        0,
    );
  });
});

/** A tree whose bare fields are those of `properties`. */
function withPlaces(tree: Ceql): Ceql {
  if ('terms' in tree) return { ...tree, terms: tree.terms.map(withPlaces) };
  return ['id', 'archived'].includes(tree.field) ? tree : { ...tree, field: `properties.${tree.field}` };
}
