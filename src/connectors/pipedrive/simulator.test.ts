import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { createPipedriveSimulator } from '../../../simulators/pipedrive/simulator.ts';
import type { Json } from '../../kernel/json.ts';
import { findResource } from '../registry.ts';
import type { Resource } from '../define-connector.ts';
import type { Feed, ReadMany, Row } from '../feed.ts';
import type { VendorRequest, VendorResponse } from '../vendor-http.ts';
import { pipedrive } from './connector.ts';

/** The connector's feeds and bulk reads against the simulator over HTTP. */

const simulator = await createPipedriveSimulator({ seeded: false, limits: { enforced: false } });
const { store, clock } = simulator;
after(() => simulator.close());

let spent = 0;
beforeEach(() => {
  spent = 0;
});

async function call(request: VendorRequest): Promise<VendorResponse> {
  const url = new URL(request.path, simulator.url);
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  const answer = await fetch(url, { headers: { 'x-api-token': simulator.credentials.apiToken } });
  const text = await answer.text();
  spent += request.cost ?? 1;
  const response = {
    status: answer.status,
    headers: Object.fromEntries(answer.headers),
    text,
    body: JSON.parse(text) as Json,
  };
  const accepted = request.accept?.includes(answer.status) === true;
  assert.equal(accepted ? undefined : pipedrive.readFailure(response, clock.now()), undefined, text);
  return response;
}

async function readFeed(feed: Feed, from?: number, pageSize = 3): Promise<Row[]> {
  const rows: Row[] = [];
  let position = feed.start({ filter: null, fields: [], pageSize, ...(from !== undefined && { from }) });
  for (let pages = 0; pages < 100; pages += 1) {
    const page = feed.read(await call(feed.request(position)), position);
    assert.notEqual(page, 'restart');
    if (page === 'restart') break;
    rows.push(...page.rows);
    if (page.next === null) return rows;
    position = page.next;
  }
  return assert.fail('the feed does not end');
}

async function statesOf(resource: Resource, ids: string[]): Promise<{ [id: string]: string }> {
  const states: { [id: string]: string } = {};
  let open = ids;
  for (let many: ReadMany | undefined = resource.polling!.readMany(context()); many; many = many.otherwise) {
    for (let at = 0; at < open.length; at += many.batchSize) {
      const batch = open.slice(at, at + many.batchSize);
      for (const [id, { state }] of many.read(await call(many.request(batch)), batch)) states[id] = state;
    }
    open = ids.filter((id) => states[id] === 'absent');
  }
  return states;
}

const context = () => ({ configuration: {}, facts: {}, discovered: null, now: clock.now() });
const resourceOf = (name: string): Resource => findResource(pipedrive, name)!;
const feedOf = (name: string, feed: string): Feed =>
  resourceOf(name)
    .polling!.feeds(context())
    .find((one) => one.name === feed)!;
const ids = (rows: Row[]): string[] => rows.map(({ id }) => id).sort((a, b) => Number(a) - Number(b));

test('who signed in is told by the company', async () => {
  const tenant = pipedrive.identify.read(await call(pipedrive.identify.request({})));
  assert.equal(tenant.id, String(simulator.credentials.companyId));
  assert.equal(tenant.facts['companyName'], 'Acme Trading');
});

test('changes since an instant include those of its own second, ties across pages and all', async () => {
  const at = Math.floor(clock.now() / 1000) * 1000 - 60_000;
  store.persons.create({ name: 'before' }, { createdAt: at - 1000, updatedAt: at - 1000 });
  const tied = Array.from({ length: 8 }, (_, index) =>
    store.persons.create({ name: `tied ${index}` }, { createdAt: at, updatedAt: at }),
  );
  const rows = await readFeed(feedOf('contacts', 'changes'), at + 500);
  assert.deepEqual(
    ids(rows),
    tied.map(({ id }) => String(id)),
  );
  assert.ok(rows.every(({ changedAt }) => changedAt === at));
});

test('a deleted person shows in recents, a merged one too, and neither among the changes', async () => {
  const [kept, deleted, loser] = ['kept', 'deleted', 'loser'].map(
    (name) => store.persons.create({ name }).id,
  );
  const from = clock.now() - 1000;
  store.persons.remove(deleted!);
  store.persons.merge(kept!, loser!);
  const gone = await readFeed(feedOf('contacts', 'recents'), from);
  assert.deepEqual(ids(gone), [String(deleted), String(loser)]);
  assert.ok(gone.every((row) => row.deleted === true && row.record === null));
  const changed = await readFeed(feedOf('contacts', 'changes'), from);
  assert.ok(!changed.some(({ id, deleted: isDeleted }) => id === String(deleted) && isDeleted !== true));
});

test('deals that are archived or deleted are found by their own feeds', async () => {
  const [live, archived, deleted] = ['live', 'archived', 'deleted'].map(
    (title) => store.deals.create({ title }).id,
  );
  const from = clock.now() - 1000;
  store.deals.archive(archived!);
  store.deals.remove(deleted!);
  const found = async (feed: string): Promise<string[]> =>
    ids(await readFeed(feedOf('opportunities', feed), from));
  assert.deepEqual(await found('changes'), [String(live)]);
  assert.deepEqual(await found('archived'), [String(archived)]);
  assert.deepEqual(await found('deleted'), [String(deleted)]);
  const sweep = resourceOf('opportunities').polling!.sweep!(context());
  assert.deepEqual(ids(await readFeed(sweep)), [String(live), String(archived)]);
});

test('a bulk read finds the live, archived, deleted, hidden and unknown', async () => {
  const deals = resourceOf('opportunities');
  const [live, archived, deleted] = ['a', 'b', 'c'].map((title) => String(store.deals.create({ title }).id));
  store.deals.archive(Number(archived));
  store.deals.remove(Number(deleted));
  assert.deepEqual(await statesOf(deals, [live!, archived!, deleted!, '999999']), {
    [live!]: 'present',
    [archived!]: 'present',
    [deleted!]: 'gone',
    '999999': 'absent',
  });
});

test('every way to read a record gives the same one', async () => {
  const contacts = resourceOf('contacts');
  const from = clock.now() - 1000;
  const id = String(
    store.persons.create({ name: 'Same', emails: [{ value: 'a@x.example', primary: true, label: 'work' }] })
      .id,
  );
  const changed = (await readFeed(feedOf('contacts', 'changes'), from)).find((row) => row.id === id);
  const swept = (await readFeed(contacts.polling!.sweep!(context()))).find((row) => row.id === id);
  const many = contacts.polling!.readMany(context());
  const state = many.read(await call(many.request([id])), [id]).get(id);
  const alone = many.otherwise!.read(await call(many.otherwise!.request([id])), [id]).get(id);
  assert.ok(changed);
  assert.deepEqual(swept, changed);
  assert.deepEqual(state, { state: 'present', row: changed });
  assert.deepEqual(alone, state);
  assert.deepEqual(contacts.get.read(await call(contacts.get.request(id, [], context()))), {
    record: changed.record,
  });
});

test("the costs declared are those the vendor takes off the company's day", async () => {
  const { companyId } = simulator.credentials;
  const before = simulator.limits.dailyRemaining(companyId);
  spent = 0;
  for (const { polling } of pipedrive.resources) {
    for (const feed of polling!.feeds(context())) await readFeed(feed, clock.now());
    await readFeed(polling!.sweep!(context()));
  }
  await statesOf(resourceOf('contacts'), ['1', '999999']);
  await call(pipedrive.identify.request({}));
  assert.equal(before - simulator.limits.dailyRemaining(companyId), spent);
  assert.ok(spent > 0);
});
