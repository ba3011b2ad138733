import assert from 'node:assert/strict';
import { after, beforeEach, describe, test } from 'node:test';
import type { JsonObject } from '../../kernel/json.ts';
import { idOf } from './records.ts';
import {
  ACCOUNTS,
  listAll,
  openAccount,
  resourceOf,
  type AccountOptions,
  type TestAccount,
} from './testing/account.ts';

/** What clients of the hub API do, against the simulator over HTTP. */

const opened: TestAccount[] = [];
after(() => Promise.all(opened.map(({ simulator }) => simulator.close())));
const open = async (options: AccountOptions): Promise<TestAccount> => {
  const account = await openAccount(options);
  opened.push(account);
  return account;
};

for (const [words, options] of ACCOUNTS) {
  describe(`records of Pardot by ${words}`, async () => {
    const account = await open(options);
    const { store, clock } = account.simulator;
    const isV5 = options.dialect === 'v5';
    beforeEach(() => clock.advance(3_600_000));

    test('a client writes, and a record that was read can be sent back', async () => {
      const contacts = resourceOf('contacts');
      const context = await account.contextOf(contacts);
      const body = { email: 'client@x.example', first_name: 'Ada', phone: null };
      const written = contacts.create!.read(await account.call(contacts.create!.request(body, context)));
      assert.ok('record' in written);
      const record = written.record as JsonObject;
      const id = idOf(record);
      assert.equal(record['first_name'], 'Ada');
      const read = contacts.get.read(await account.call(contacts.get.request(id, [], context)));
      assert.deepEqual(read, { record });
      const changed = { ...record, first_name: 'Bea', lastName: 'Berg' };
      const answer = await account.call(contacts.update!.request(id, changed, context));
      const updated = contacts.update!.read(answer);
      assert.ok('record' in updated);
      assert.deepEqual(
        [store.prospects.get(Number(id))?.fields['first_name'], (updated.record as JsonObject)['last_name']],
        ['Bea', 'Berg'],
      );
      await account.call(contacts.remove!.request(id, context));
      assert.notEqual(store.prospects.get(Number(id))?.deletedAt, null);
      const gone = contacts.get.request(id, [], context);
      if (isV5) await assert.rejects(account.call(gone), /gone|Record|109/);
      else assert.deepEqual(contacts.get.read(await account.call(gone)), { absent: true });
    });

    test('what v5 does not write is written by the older API, with the same sign-in', async () => {
      const campaigns = resourceOf('campaigns');
      const leads = resourceOf('leads');
      const context = await account.contextOf(campaigns);
      const made = campaigns.create!.read(
        await account.call(campaigns.create!.request({ name: 'Made', cost: 5 }, context)),
      );
      assert.ok('record' in made);
      const prospect = store.prospects.create({ email: 'owner@x.example' });
      const deal = { name: 'Deal', value: 5, probability: 50, prospect_id: prospect.id };
      const created = leads.create!.read(await account.call(leads.create!.request(deal, context)));
      assert.ok('record' in created);
      const id = idOf(created.record as JsonObject);
      await account.call(leads.update!.request(id, { value: 9 }, context));
      assert.equal(store.opportunities.get(Number(id))?.fields['value'], 9);
      await account.call(leads.remove!.request(id, context));
      assert.notEqual(store.opportunities.get(Number(id))?.deletedAt, null);
      assert.throws(
        () => leads.create!.request({ name: 'Nobody' }, context),
        /prospect_email or prospect_id/,
      );
    });

    test('a listing is filtered and ordered as asked, whatever the vendor does of it', async () => {
      const from = clock.now();
      const made = [7, 30, 150, 220].map((score, nth) => {
        clock.advance(nth * 1000);
        const fields = { email: `list${nth}@x.example`, score, is_starred: nth % 2 === 0 };
        return { id: store.prospects.create(fields).id, at: clock.now() };
      });
      const ids = made.map(({ id }) => id);
      const since = `created_at >= '${new Date(from).toISOString()}'`;
      const listed = async (text: string, more: object = {}): Promise<unknown[]> =>
        (await listAll(account, 'contacts', { where: text, pageSize: 2, ...more })).map(({ id }) => id);
      assert.deepEqual(await listed(since), ids);
      assert.deepEqual(await listed(`${since} AND score > 30`), ids.slice(2));
      assert.deepEqual(await listed(`${since} AND score >= 30 AND is_starred = true`), [ids[2]]);
      assert.deepEqual(await listed(`${since} AND (score = 7 OR score = 220)`), [ids[0], ids[3]]);
      assert.deepEqual(await listed(`email = 'list1@x.example' AND ${since}`), [ids[1]]);
      assert.deepEqual(
        await listed(`email = 'LIST1@x.example' AND ${since}`),
        [],
        'texts are compared exactly',
      );
      assert.deepEqual(await listed(`id IN (${ids[0]}, ${ids[2]})`), [ids[0], ids[2]]);
      assert.deepEqual(await listed(`createdAt > '${new Date(made[2]!.at).toISOString()}'`), [ids[3]]);
      const descending = { orderBy: { field: 'id', direction: 'desc' } };
      assert.deepEqual(await listed(since, descending), ids.toReversed());
      const byChange = { orderBy: { field: 'updated_at', direction: 'desc' }, pageSize: 3 };
      assert.deepEqual(await listed(since, byChange), ids.toReversed());
      store.prospects.remove(ids[0]!);
      assert.deepEqual(await listed(since, { includeDeleted: true }), ids);
    });
  });
}

describe('lists of v5 in another order than that of ids', async () => {
  const account = await open({ dialect: 'v5', mostPagedRecords: 6 });
  account.simulator.seedMany(7);
  const orderBy = { field: 'updated_at', direction: 'asc' as const };

  test('the next page is asked for as Pardot names it', async () => {
    const records = await listAll(account, 'contacts', { orderBy, pageSize: 5, where: 'id < 337' });
    assert.equal(records.length, 6);
    const { path, query } = account.asked.at(-1)!;
    assert.match(path, /^http:\/\/127\.0\.0\.1:\d+\/api\/v5\/objects\/prospects\?fields=.*nextPageToken=/);
    assert.equal(query, undefined);
  });

  test('a list too long for one sequence says so, in the order of ids it has no end', async () => {
    await assert.rejects(listAll(account, 'contacts', { orderBy, pageSize: 3 }), /order by id/);
    assert.equal((await listAll(account, 'contacts', { pageSize: 3 })).length, 7);
  });

  test('a page token that has expired asks to begin again', async () => {
    const resource = resourceOf('contacts');
    const context = await account.contextOf(resource);
    const query = { pushed: null, fields: [], pageSize: 2, includeDeleted: false, orderBy };
    const start = resource.list.start(query, context);
    const { next } = resource.list.read(
      await account.call(resource.list.request(start, context)),
      start,
      context,
    );
    account.simulator.clock.advance(4 * 3_600_000);
    await assert.rejects(account.call(resource.list.request(next!, context)), /code 210/);
  });
});
