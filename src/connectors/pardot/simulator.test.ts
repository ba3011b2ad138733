import assert from 'node:assert/strict';
import { after, beforeEach, describe, test } from 'node:test';
import fc from 'fast-check';
import type { JsonObject } from '../../kernel/json.ts';
import { pardot } from './connector.ts';
import {
  ACCOUNTS,
  idsOf,
  listAll,
  openAccount,
  readFeed,
  resourceOf,
  sorted,
  statesOf,
  where,
  type AccountOptions,
  type TestAccount,
} from './testing/account.ts';

/** The connector's functions against the simulator over HTTP, in both dialects and in a zone with summer time. */

const opened: TestAccount[] = [];
after(() => Promise.all(opened.map(({ simulator }) => simulator.close())));
const open = async (options: AccountOptions): Promise<TestAccount> => {
  const account = await openAccount(options);
  opened.push(account);
  return account;
};

for (const [words, options] of ACCOUNTS) {
  describe(`Pardot by ${words}`, async () => {
    const account = await open(options);
    const { simulator } = account;
    const { store, clock } = simulator;
    const isV5 = options.dialect === 'v5';
    const changes = isV5 ? 'changes' : 'updated';
    beforeEach(() => clock.advance(3_600_000));

    test('who signed in is told by the account, and what is left of the day by a header', async () => {
      const answer = await account.call(pardot.identify.request(account.configuration));
      const tenant = pardot.identify.read(answer);
      assert.deepEqual([tenant.id, tenant.facts['company']], ['1019232', 'Acme Trading']);
      const left = pardot.budgets[0]!.read!(answer.headers, clock.now());
      assert.equal(left?.limit, 25_000);
      assert.ok(left.remaining < 25_000);
    });

    test('every way to read a record gives the same one, by the names of v3 and v4', async () => {
      const { id } = store.prospects.create({ email: 'same@x.example', first_name: 'Same', Region: 'North' });
      const contacts = resourceOf('contacts');
      const context = await account.contextOf(contacts);
      const [changed] = await readFeed(account, await account.feed('contacts', changes), {
        from: clock.now(),
      });
      const swept = await readFeed(account, await account.feed('contacts', 'sweep'));
      const many = contacts.polling!.readMany(context);
      const ids = [String(id)];
      assert.ok(changed);
      assert.equal(changed.changedAt, clock.now());
      assert.deepEqual(
        swept.find((row) => row.id === String(id)),
        changed,
      );
      for (let step = many; ; step = step.otherwise) {
        const state = step.read(await account.call(step.request(ids)), ids).get(String(id));
        if (state?.state !== 'absent') assert.deepEqual(state, { state: 'present', row: changed });
        if (step.otherwise === undefined) break;
      }
      const one = contacts.get.read(await account.call(contacts.get.request(String(id), [], context)));
      assert.deepEqual(one, { record: changed.record });
      assert.deepEqual(await listAll(account, 'contacts', { where: `id = ${id}` }), [changed.record]);
      const record = changed.record as JsonObject;
      assert.equal(record['first_name'], 'Same');
      assert.equal(record[isV5 ? 'Region__c' : 'Region'], 'North');
      const shownAt = Date.parse(`${record['updated_at'] as string}Z`);
      assert.equal(shownAt - clock.now(), words.includes('Paris') ? 3_600_000 : 0, 'in the zone of the user');
    });

    test('changes include those of the second they are asked from, and none before', async () => {
      const at = clock.now() - 60_000;
      store.prospects.create({ email: 'before@x.example' }, { createdAt: at - 1000, updatedAt: at - 1000 });
      const within = store.prospects.create({ email: 'at@x.example' }, { createdAt: at, updatedAt: at });
      const feed = await account.feed('contacts', changes);
      assert.deepEqual(idsOf(await readFeed(account, feed, { from: at + 500 })), [String(within.id)]);
    });

    for (const pageSize of [1, 2, 7, 200]) {
      test(`many changes of one second are all shown with pages of ${pageSize}`, async () => {
        const from = clock.now();
        const first = store.prospects.create({ email: 'first@x.example' });
        clock.advance(1000);
        simulator.seedMany(pageSize === 200 ? 450 : 15, 1000);
        clock.advance(1000);
        const last = store.prospects.create({ email: 'last@x.example' });
        const expected = store.prospects.sorted('updatedAt').filter((one) => one.updatedAt >= from);
        const rows = await readFeed(account, await account.feed('contacts', changes), { from, pageSize });
        assert.deepEqual(sorted(idsOf(rows)), sorted(expected.map(({ id }) => id)));
        assert.ok(idsOf(rows).includes(String(first.id)) && idsOf(rows).includes(String(last.id)));
        assert.ok(rows.length <= expected.length * 2 + pageSize, `${rows.length} rows`);
      });
    }

    test('a deleted prospect and the loser of a merge are shown as deleted', async () => {
      const [kept, deleted, loser] = ['kept', 'deleted', 'loser'].map(
        (name) => store.prospects.create({ email: `${name}@x.example` }).id,
      );
      clock.advance(60_000);
      const from = clock.now();
      store.prospects.remove(deleted!);
      store.prospects.merge(kept!, loser!);
      const rows = await readFeed(account, await account.feed('contacts', isV5 ? 'changes' : 'bin'), {
        from,
      });
      const gone = rows.filter((row) => row.deleted === true);
      assert.deepEqual(sorted(idsOf(gone)), sorted([deleted!, loser!]));
      assert.ok(gone.every((row) => row.changedAt === from && row.record !== null));
      if (!isV5) {
        const live = await readFeed(account, await account.feed('contacts', 'updated'), { from });
        assert.deepEqual(idsOf(live), [String(kept)]);
      }
    });

    test('a filter holds for what a feed shows', async () => {
      const from = clock.now();
      store.prospects.create({ email: 'low@x.example', score: 3 });
      const high = store.prospects.create({ email: 'high@x.example', score: 300 });
      const feed = await account.feed('contacts', changes);
      const rows = await readFeed(account, feed, { from, filter: where('score > 100') });
      assert.deepEqual(idsOf(rows), [String(high.id)]);
    });

    test('opportunities and campaigns that change are shown, however the API lists them', async () => {
      const campaign = store.campaigns.create({ name: 'Fair', cost: 3 });
      const prospect = store.prospects.create({ email: 'deal@x.example' });
      const deal = store.opportunities.create({ name: 'Deal', prospect_ids: [prospect.id] });
      clock.advance(60_000);
      store.opportunities.update(deal.id, { value: 7 });
      for (const [name, id] of [
        ['leads', deal.id],
        ['campaigns', campaign.id],
      ] as const) {
        const feed = await account.feed(name, isV5 ? 'changes' : 'listing');
        const rows = await readFeed(account, feed, isV5 ? { from: clock.now() - 120_000 } : {});
        const row = rows.find((one) => one.id === String(id));
        assert.ok(row, name);
        assert.equal(row.changedAt === undefined, !isV5 && name === 'campaigns');
        if (name === 'leads')
          assert.deepEqual([row.changedAt, (row.record as JsonObject)['value']], [clock.now(), 7]);
      }
    });

    test('lists and activities are windows, and a sweep shows what is live once', async () => {
      const from = clock.now();
      const made = store.lists.create({ name: 'Press' });
      const activity = store.visitorActivities.create({ visitor_id: 1, type_name: 'Form', details: 'x' });
      const read = async (name: string, feed: string): Promise<string[]> =>
        idsOf(await readFeed(account, await account.feed(name, feed), { from, pageSize: 2 }));
      assert.deepEqual(await read('lists', changes), [String(made.id)]);
      assert.deepEqual(await read('events', changes), [String(activity.id)]);
      const gone = store.prospects.create({ email: 'swept@x.example' });
      store.prospects.remove(gone.id);
      const live = store.prospects.sorted().filter((one) => one.deletedAt === null);
      const swept = idsOf(await readFeed(account, await account.feed('contacts', 'sweep'), { pageSize: 3 }));
      assert.deepEqual(
        swept,
        live.map(({ id }) => String(id)),
      );
    });

    test('a bulk read finds the live, the deleted, the erased, the unknown and the misshapen', async () => {
      const [live, deleted, erased] = ['a', 'b', 'c'].map((name) =>
        String(store.prospects.create({ email: `${name}.bulk@x.example` }).id),
      );
      store.prospects.remove(Number(deleted));
      store.prospects.erase(Number(erased));
      const ids = [live!, deleted!, erased!, '331', '999999', '../..'];
      assert.deepEqual(await statesOf(account, 'contacts', ids), {
        [live!]: 'present',
        [deleted!]: 'gone',
        [erased!]: 'absent',
        '331': 'present',
        '999999': 'absent',
        '../..': 'absent',
      });
    });

    test('neighbours are read in bulk by one request', async () => {
      const ids = Array.from({ length: 90 }, (_, nth) =>
        String(store.prospects.create({ email: `${nth}.near@x.example` }).id),
      );
      const before = account.asked.length;
      const states = await statesOf(account, 'contacts', ids);
      assert.ok(Object.values(states).every((state) => state === 'present'));
      assert.ok(account.asked.length - before <= 2, 'one, and what must be discovered');
    });
    test('nothing is lost whatever is created, edited or deleted between the pages', async () => {
      const step = fc.record({
        kind: fc.constantFrom('create', 'edit', 'delete', 'bulk'),
        pick: fc.nat(1000),
        waitMs: fc.constantFrom(0, 300, 1000, 2000),
      });
      const history = fc.record({
        stamps: fc.array(fc.nat(6), { minLength: 1, maxLength: 30 }),
        pageSize: fc.integer({ min: 1, max: 5 }),
        steps: fc.array(fc.array(step, { maxLength: 3 }), { maxLength: 10 }),
      });
      const feed = await account.feed('contacts', changes);
      await fc.assert(
        fc.asyncProperty(history, async ({ stamps, pageSize, steps }) => {
          clock.advance(3_600_000);
          const from = clock.now() - 10_000;
          const { prospects } = store;
          const ids = stamps.map((second, nth) => {
            const at = from + second * 1000;
            return prospects.create({ email: `${nth}@x.example` }, { createdAt: at, updatedAt: at }).id;
          });
          const run = (one: { kind: string; pick: number; waitMs: number }): void => {
            clock.advance(one.waitMs);
            const live = ids.filter((id) => prospects.truth(id)?.deletedAt === null);
            const id = live[one.pick % Math.max(1, live.length)];
            if (one.kind === 'create') ids.push(prospects.create({ email: 'new@x.example' }).id);
            else if (one.kind === 'bulk') live.forEach((each) => prospects.update(each, { score: one.pick }));
            else if (id !== undefined && one.kind === 'edit') prospects.update(id, { score: one.pick });
            else if (id !== undefined) prospects.remove(id);
          };
          const startedAt = clock.now();
          const seen = new Map<string, number>();
          const rows = await readFeed(account, feed, { from, pageSize }, (pages) =>
            steps[pages]?.forEach(run),
          );
          for (const row of rows) seen.set(row.id, Math.max(seen.get(row.id) ?? 0, row.changedAt ?? 0));
          for (const id of ids) {
            const truth = prospects.truth(id)!;
            if (truth.deletedAt !== null || truth.updatedAt >= startedAt - 1000) continue;
            assert.equal(seen.get(String(id)), truth.updatedAt, `${id} as it was left`);
          }
        }),
        { numRuns: 25 },
      );
    });
  });
}

describe('an hour that comes twice', async () => {
  test('changes of the night in which the clocks go back are all shown, by small pages too', async () => {
    const account = await open({
      dialect: 'legacy',
      account: { userTimezone: 'Europe/Paris' },
      configuration: { timezone: 'Europe/Paris' },
    });
    const { store, clock } = account.simulator;
    const midnight = Date.UTC(2026, 9, 24, 22);
    clock.set(Date.UTC(2026, 9, 25, 6));
    const stamps = Array.from({ length: 60 }, (_, nth) => midnight + nth * 5 * 60_000);
    const ids = stamps.map((at, nth) => {
      const stamp = { createdAt: at, updatedAt: at };
      return store.prospects.create({ email: `${nth}@x.example` }, stamp).id;
    });
    const feed = await account.feed('contacts', 'updated');
    for (const pageSize of [1, 3, 7, 200]) {
      const all = await readFeed(account, feed, { from: midnight, pageSize });
      assert.deepEqual(sorted(idsOf(all)), sorted(ids), `pages of ${pageSize}`);
    }
    // Polled within either of the two hours, what is newer than the bound is there.
    for (const index of [22, 30, 34, 40]) {
      const rows = await readFeed(account, feed, { from: stamps[index]!, pageSize: 2 });
      assert.ok(
        ids.slice(index).every((id) => idsOf(rows).includes(String(id))),
        `from ${index}`,
      );
    }
  });
});
