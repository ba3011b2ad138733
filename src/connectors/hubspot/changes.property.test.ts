import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import fc from 'fast-check';
import { feedOf, idsOf, openAccount, readFeed } from './testing/account.ts';

/** Whatever happens in an account while its changes are read over HTTP, none is lost. */

describe('changes while they are read', async () => {
  const account = await openAccount(0);
  const large = await openAccount(200);
  after(() => Promise.all([account.close(), large.close()]));

  test('10,000 results are no end: 10,450 changes of a few stamps are all shown', async () => {
    const { simulator } = account;
    const from = simulator.clock.now() - 60_000;
    simulator.seedMany(10_450, 5_000);
    const rows = await readFeed(account, await feedOf(account, 'contacts', 'changes'), { from });
    assert.equal(new Set(idsOf(rows)).size, 10_450);
  });

  test('a wholly newer page ends a reading, so that a busy account is not read for ever', async () => {
    const busy = await openAccount(0);
    after(() => busy.close());
    const { store, clock } = busy.simulator;
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
