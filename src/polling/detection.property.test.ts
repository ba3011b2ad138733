import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { EpochMs } from '../kernel/clock.ts';
import { judge } from './testing/judge.ts';
import { createModelPoller, versionOf, type Mistake } from './testing/model-poller.ts';
import { createModelVendor, modelConnector } from './testing/model-vendor.ts';

const START: EpochMs = Date.UTC(2026, 10, 21, 9);
const SECOND = 1000;
const FAR_FUTURE: EpochMs = Date.UTC(2099, 0, 1);

/** What happens, in the order in which it happens. */
type Step =
  | { do: 'write'; id: number; lateS: number; stamp: 'now' | 'future' | 'past' }
  | { do: 'delete'; id: number; lateS: number }
  | { do: 'wait'; ms: number }
  | { do: 'page' }
  | { do: 'stall' }
  | { do: 'wake' }
  | { do: 'crash' };

interface World {
  kind: 'window' | 'scan';
  late: 'index' | 'commit';
  pageSize: number;
  /** Every so many answers one comes from a replica that lags. */
  staleEvery: number;
  before: Step[];
  after: Step[];
}

const id = fc.integer({ min: 1, max: 6 });
const lateS = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 60 }));
const stamp = fc.oneof(
  { weight: 12, arbitrary: fc.constant('now' as const) },
  fc.constantFrom('future' as const, 'past' as const),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('write' as const), id, lateS, stamp }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), id, lateS }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.oneof(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 0, max: 200_000 })),
    }),
  },
  { weight: 5, arbitrary: fc.constant({ do: 'page' as const }) },
  {
    weight: 4,
    arbitrary: fc.constantFrom<Step>({ do: 'stall' }, { do: 'wake' }, { do: 'wake' }, { do: 'crash' }),
  },
);
const world: fc.Arbitrary<World> = fc.record({
  kind: fc.constantFrom('window', 'window', 'scan'),
  late: fc.constantFrom('index', 'commit'),
  pageSize: fc.integer({ min: 1, max: 4 }),
  staleEvery: fc.constantFrom(0, 0, 3, 5),
  before: fc.array(step, { maxLength: 8 }),
  after: fc.array(step, { maxLength: 60 }),
});

/** Plays a history, lets everything become visible, and polls to the end; then judges. */
function play(history: World, mistake: Mistake | null): void {
  let now = START - 600 * SECOND;
  let replicaLagMs = 0;
  let answers = 0;
  const vendor = createModelVendor(() => now - replicaLagMs);
  const connector = modelConnector({
    isScan: history.kind === 'scan',
    pageSize: history.pageSize,
    stamp: { late: history.late },
  });
  const change = (one: Step): void => {
    if (one.do === 'wait') now += one.ms;
    if (one.do !== 'write' && one.do !== 'delete') return;
    const name = String(one.id);
    const last = vendor.versions.findLast((version) => version.id === name);
    const tick = (at: EpochMs) => Math.floor(at / SECOND);
    const inTick = vendor.versions.filter(
      (version) => version.id === name && tick(version.stamp) === tick(now),
    );
    // Where replicas lag, stamps must tell versions apart: two in one second or one in the future do not.
    if (history.staleEvery > 0 && inTick.length > 0) return;
    if (history.staleEvery > 0 && one.do === 'write' && one.stamp === 'future') return;
    if (one.do === 'delete' && (last === undefined || last.deleted)) return;
    const at =
      one.do === 'delete' || one.stamp === 'now'
        ? now
        : one.stamp === 'future'
          ? FAR_FUTURE
          : now - 86_400_000;
    vendor.write(name, { stamp: at, visibleAt: now + one.lateS * SECOND, deleted: one.do === 'delete' });
  };
  for (const one of history.before) change(one);
  now = Math.max(now, START);
  const poller = createModelPoller({
    now: () => now,
    connector,
    vendor,
    mistake,
    answer: (feed, position) => {
      answers += 1;
      replicaLagMs = history.staleEvery > 0 && answers % history.staleEvery === 0 ? 20 * SECOND : 0;
      const response = vendor.answer(feed.request(position));
      replicaLagMs = 0;
      return response;
    },
  });
  const silent = poller.baseline();
  let held: ReturnType<typeof poller.read> | null = null;
  for (const one of history.after) {
    change(one);
    if (one.do === 'page') poller.write(poller.read());
    if (one.do === 'stall') held = poller.read();
    if (one.do === 'wake' && held !== null) poller.write(held);
    if (one.do === 'wake' || one.do === 'crash') held = null;
  }
  for (let n = 0; n < 3; n += 1) {
    now += 100 * SECOND;
    poller.pass();
  }
  const told = poller.events.map(({ type, row }) => ({ type, id: row.id, version: versionOf(row) }));
  judge(history, { versions: vendor.versions, silent, told, enabledAt: poller.enabledAt });
}

const RUNS = Number(process.env['TIDINGS_PROPERTY_RUNS'] ?? 2000);

test('whatever happens, every final state has its event and no event is without its version', () => {
  fc.assert(
    fc.property(world, (history) => play(history, null)),
    { numRuns: RUNS },
  );
});

for (const mistake of ['strict_watermark', 'cursor_first', 'last_ids', 'no_fence'] as const) {
  test(`the oracle finds out the mistake ${mistake}`, () => {
    const result = fc.check(
      fc.property(world, (history) => play(history, mistake)),
      // Some mistakes show in one history of thousands; the search ends with the first.
      { numRuns: Math.max(RUNS, 100_000), endOnFailure: true },
    );
    assert.ok(result.failed);
  });
}
