import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { compileCeql } from '../../ceql/evaluate-ceql.ts';
import type { Ceql } from '../../ceql/tree.ts';
import { canonicalJson, type JsonObject } from '../../kernel/json.ts';
import { hubspot } from './connector.ts';
import { listAll, openAccount, parse, resourceOf, sorted } from './testing/account.ts';

/** What clients of the hub API do with HubSpot's records, against the simulator over HTTP. */

describe('the hub resources', async () => {
  const account = await openAccount(0);
  after(() => account.close());
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
