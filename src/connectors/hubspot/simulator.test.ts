import assert from 'node:assert/strict';
import { after, beforeEach, describe, test } from 'node:test';
import type { JsonObject } from '../../kernel/json.ts';
import { hubspot } from './connector.ts';
import {
  feedOf,
  idsOf,
  listAll,
  openAccount,
  parse,
  readFeed,
  resourceOf,
  sorted,
  statesOf,
} from './testing/account.ts';

/** The connector's functions against the simulator over HTTP, in accounts with few properties and with very many. */

for (const [words, properties] of [
  ['few properties', 0],
  ['more properties than a search can name', 200],
  ['more properties than an address can name', 400],
] as const) {
  describe(`an account with ${words}`, async () => {
    const account = await openAccount(properties);
    after(() => account.close());
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
