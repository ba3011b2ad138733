import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createClock } from './clock.ts';
import { createStore } from './store.ts';
import type { Change, EntityStore } from './store.ts';

const START = Date.parse('2026-11-20T09:15:00.400Z');

function fixture(resolutionMs = 1000): {
  clock: ReturnType<typeof createClock>;
  store: EntityStore<number, { name: string }>;
  changes: Array<Change<number, { name: string }>>;
} {
  const clock = createClock(START);
  const store = createStore<number, { name: string }>({ clock, resolutionMs, makeId: (nth) => nth });
  const changes: Array<Change<number, { name: string }>> = [];
  store.onChange((change) => changes.push(change));
  return { clock, store, changes };
}

describe('the entity store', () => {
  it('cuts stamps to the resolution and counts ids and revisions', () => {
    const { store, clock } = fixture();
    const made = store.create({ name: 'a' });
    assert.deepEqual(made, {
      id: 1,
      fields: { name: 'a' },
      createdAt: START - 400,
      updatedAt: START - 400,
      deletedAt: null,
      revision: 1,
    });
    clock.advance(2000);
    const changed = store.update(1, { name: 'b' });
    assert.deepEqual([changed.updatedAt, changed.revision, changed.fields.name], [START + 1600, 2, 'b']);
    assert.equal(made.fields.name, 'a', 'an old version never changes');
  });

  it('tells listeners each change with before, after and context', () => {
    const { store, changes } = fixture();
    store.create({ name: 'quiet' }, { silent: true });
    store.create({ name: 'a' }, { context: { source: 'api' } });
    store.update(2, { name: 'b' });
    store.remove(2);
    store.restore(2);
    store.erase(2);
    assert.deepEqual(
      changes.map(({ kind, before, after }) => [
        kind,
        before?.fields.name,
        after?.fields.name,
        after?.deletedAt,
      ]),
      [
        ['created', undefined, 'a', null],
        ['updated', 'a', 'b', null],
        ['deleted', 'b', 'b', START - 400],
        ['restored', 'b', 'b', null],
        ['erased', 'b', undefined, undefined],
      ],
    );
    assert.deepEqual(changes[0]?.context, { source: 'api' });
    assert.equal(store.get(2), undefined);
    assert.equal(store.size(), 1);
  });

  it('refuses what cannot be: unknown ids, double removal, restoring a live record, a taken id', () => {
    const { store } = fixture();
    store.create({ name: 'a' }, { id: 1 });
    assert.throws(() => store.update(9, {}), /there is no record 9/);
    assert.throws(() => store.restore(1), /record 1 is not deleted/);
    store.remove(1);
    assert.throws(() => store.remove(1), /record 1 is deleted/);
    assert.throws(() => store.create({ name: 'x' }, { id: 1 }), /record 1 exists already/);
    assert.equal(store.create({ name: 'b' }).id, 2, 'a taken id is passed over');
  });

  it('under a commit lag no read shows the change before its time, though its stamp is older', () => {
    const { store, clock, changes } = fixture();
    store.setLag({ kind: 'commit', ms: 5000 });
    store.create({ name: 'a' });
    clock.advance(4999);
    assert.deepEqual([store.get(1), store.sorted(), store.size(), changes.length], [undefined, [], 0, 0]);
    assert.equal(store.truth(1)?.fields.name, 'a');
    clock.advance(1);
    assert.equal(store.get(1)?.updatedAt, START - 400);
    assert.equal(store.sorted()[0]?.id, 1);
    assert.deepEqual([changes[0]?.kind, changes[0]?.at], ['created', START + 5000]);
  });

  it('under an index lag reads by id are fresh while lists are late', () => {
    const { store, clock, changes } = fixture();
    store.create({ name: 'a' });
    store.update(1, { name: 'b' }, { lag: { kind: 'index', ms: 3000 } });
    assert.deepEqual([store.get(1)?.fields.name, store.sorted()[0]?.fields.name], ['b', 'a']);
    assert.equal(changes.length, 2);
    clock.advance(3000);
    assert.equal(store.sorted()[0]?.fields.name, 'b');
  });

  it('a later change without lag does not overtake an earlier one with it', () => {
    const { store, clock } = fixture();
    store.create({ name: 'a' });
    store.update(1, { name: 'b' }, { lag: { kind: 'commit', ms: 3000 } });
    store.update(1, { name: 'c' });
    assert.equal(store.get(1)?.fields.name, 'a');
    clock.advance(3000);
    assert.equal(store.get(1)?.fields.name, 'c');
  });

  it('a change waiting for its commit is listed at its time whatever lag a later one has', () => {
    const { store, clock } = fixture();
    store.create({ name: 'a' }, { lag: { kind: 'commit', ms: 3000 } });
    store.update(1, { name: 'b' }, { lag: { kind: 'index', ms: 9000 } });
    clock.advance(3000);
    assert.deepEqual([store.get(1)?.fields.name, store.sorted()[0]?.fields.name], ['b', 'a']);
    clock.advance(9000);
    assert.equal(store.sorted()[0]?.fields.name, 'b');
  });

  it('on the running clock a late change shows when its time has come, whatever the timers do', async () => {
    const clock = createClock();
    const store = createStore<number, { name: string }>({ clock, resolutionMs: 1, makeId: (nth) => nth });
    store.create({ name: 'a' }, { lag: { kind: 'commit', ms: 20 } });
    assert.equal(store.get(1), undefined);
    const busyUntil = clock.now() + 25;
    while (clock.now() < busyUntil);
    assert.equal(store.get(1)?.fields.name, 'a');
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(store.size(), 1);
  });

  it('lists stay sorted through any run of changes', () => {
    const step = fc.record({
      what: fc.constantFrom('create', 'update', 'remove', 'restore', 'erase'),
      pick: fc.nat(9),
      lagMs: fc.nat(3000),
      waitMs: fc.nat(2000),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { store, clock } = fixture();
        for (const { what, pick, lagMs, waitMs } of steps) {
          const lag = { kind: 'index', ms: lagMs } as const;
          const latest = store.truth(pick);
          if (what === 'create') store.create({ name: 'n' }, { lag });
          else if (what === 'update' && latest) store.update(pick, {}, { lag });
          else if (what === 'erase' && latest) store.erase(pick, { lag });
          else if (what === 'remove' && latest?.deletedAt === null) store.remove(pick, { lag });
          else if (what === 'restore' && latest && latest.deletedAt !== null) store.restore(pick, { lag });
          clock.advance(waitMs);
          const stamps = store.sorted('updatedAt').map((one) => [one.updatedAt, one.id] as const);
          const expected = [...stamps].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
          assert.deepEqual(stamps, expected);
          assert.equal(stamps.length, store.size());
        }
        clock.advance(1_000_000);
        for (const one of store.sorted()) assert.equal(one, store.truth(one.id));
      }),
    );
  });
});
