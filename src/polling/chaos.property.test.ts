import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RetryAt } from '../connectors/failures.ts';
import { Fault } from '../kernel/errors.ts';
import type { JsonObject } from '../kernel/json.ts';
import { createHarness, START, type Harness } from './testing/harness.ts';
import { judge, type Told } from './testing/judge.ts';
import { refusals } from './testing/model-vendor.ts';

const SECOND = 1000;
const DAY = 86_400 * SECOND;
/** Records from before polling began. */
const OLD = ['1', '2', '10'];

type Step =
  | { do: 'write' | 'delete'; id: number; lateS: number; hints: number }
  | { do: 'wait'; s: number }
  | ({ do: 'poll' | 'sweep' } & Failure)
  | { do: 'change' };

interface Failure {
  failAt: number;
  how: (typeof FAILURES)[number];
}

/** What goes wrong at the n-th call (or page) of a poll or a sweep. */
const FAILURES = ['nothing', 'busy', 'refused', 'restart', 'dies_recording', 'overtaken'] as const;

const write = (kind: 'write' | 'delete') =>
  fc.record({
    do: fc.constant(kind),
    id: fc.integer({ min: 1, max: 9 }),
    lateS: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 50 })),
    hints: fc.constantFrom(0, 1, 1, 2),
  });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: write('write') },
  { weight: 1, arbitrary: write('delete') },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('wait' as const), s: fc.integer({ min: 0, max: 90 }) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom('poll' as const, 'poll' as const, 'sweep' as const),
      failAt: fc.integer({ min: 1, max: 5 }),
      how: fc.constantFrom(...FAILURES),
    }),
  },
  { weight: 1, arbitrary: fc.constant<Step>({ do: 'change' }) },
);
const history = fc.record({
  kind: fc.constantFrom('window' as const, 'scan' as const),
  deletions: fc.constantFrom('feed' as const, 'sweep' as const),
  isHinted: fc.boolean(),
  steps: fc.array(step, { minLength: 10, maxLength: 40 }),
});

/** `work`, with something that goes wrong in the middle of it. */
async function failing(h: Harness, { failAt, how }: Failure, work: () => Promise<unknown>): Promise<void> {
  const second = h.secondPoller();
  let pages = 0;
  h.onRecord(() => {
    pages += 1;
    if (how === 'dies_recording' && pages === failAt) throw new Fault('unavailable', 'the process dies here');
  });
  h.onCall(async (_request, count) => {
    if (count !== failAt) return;
    if (how === 'busy') throw new RetryAt(h.clock.now() + 3600 * SECOND, 'busy');
    if (how === 'refused') throw refusals.request();
    if (how === 'restart') throw refusals.position();
    if (how === 'overtaken') {
      h.onCall(null);
      h.clock.advance(70 * SECOND);
      await h.pollDue(second);
    }
  });
  await h.db.execute('update pollers set next_poll_at = to_timestamp(0) where off is null');
  await h.db.execute('update polled_resources set next_poll_at = to_timestamp(0)');
  await work();
  h.onCall(null);
  h.onRecord(null);
}

const poll = (h: Harness, failure: Failure) => failing(h, failure, () => h.pollDue());
const sweep = (h: Harness, failure: Failure) =>
  failing(h, failure, () =>
    h.poller.pollNow(h.instance(), { reconcile: true }).catch((error: unknown) => {
      if (!(error instanceof Fault)) throw error;
    }),
  );

const NOTHING: Failure = { failAt: 0, how: 'nothing' };

/** Polls, sweeps and releases until nothing is left to be found. */
async function settle(h: Harness, isSwept: boolean): Promise<void> {
  // While this one answers, a 404 says that another is gone.
  if (isSwept) h.model.write('99');
  for (let n = 0; n < 3; n += 1) {
    h.clock.advance(60 * SECOND);
    await poll(h, NOTHING);
    if (!isSwept) continue;
    await sweep(h, NOTHING);
    await h.db.execute('update held_deletions set is_released = true');
    await h.db.execute('update polled_resources set has_released = true');
  }
}

async function change(
  h: Harness,
  step: Extract<Step, { do: 'write' | 'delete' }>,
  isHinted: boolean,
): Promise<void> {
  const isDeletion = step.do === 'delete';
  const id = String(step.id);
  const last = h.model.versions.findLast((version) => version.id === id);
  if (isDeletion && (last === undefined || last.deleted)) return;
  const visibleAt = h.clock.now() + step.lateS * SECOND;
  h.model.write(id, { visibleAt, deleted: isDeletion });
  const hints = isHinted ? step.hints : 0;
  for (let n = 0; n < hints; n += 1) await h.hint(id, { isDeletion });
}

async function toldOf(h: Harness): Promise<Told[]> {
  return (await h.payloads()).flatMap((payload) => {
    const records = payload['items'] as JsonObject[];
    return (payload['events'] as JsonObject[]).map((event, index) => {
      const type = event['eventType'] as Told['type'];
      const version = type === 'DELETED' ? null : (records[index]!['version'] as number);
      return { id: event['objectId'] as string, type, version };
    });
  });
}

test(
  'whatever fails in the middle of whichever poll or sweep, the log holds every change once and in order',
  { timeout: 120_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(history, async ({ kind, deletions, isHinted, steps }) => {
        const isSwept = deletions === 'sweep';
        const configuration = { 'event.vendor.type': isHinted ? 'both' : 'polling' };
        const h = await createHarness({
          isScan: kind === 'scan',
          pageSize: 3,
          hasSweep: isSwept,
          configuration,
        });
        try {
          const stamp = START - 2 * DAY;
          for (const id of OLD) h.model.write(id, { stamp, visibleAt: stamp });
          await h.begin();
          for (const one of steps) {
            if (one.do === 'wait') h.clock.advance(one.s * SECOND);
            if (one.do === 'poll') await poll(h, one);
            if (one.do === 'sweep' && isSwept) await sweep(h, one);
            if (one.do === 'change') await h.change({ name: 'renamed' });
            if (one.do === 'write' || one.do === 'delete') await change(h, one, isHinted);
          }
          await settle(h, isSwept);
          const { failures } = await h.one<{ failures: number }>('select failures from polled_resources');
          assert.equal(failures, 0);
          const silent = new Set(kind === 'scan' ? OLD.map((id) => `${id}#1`) : []);
          judge(
            { kind, late: 'index', deletions },
            { versions: h.model.versions, silent, told: await toldOf(h), enabledAt: START },
          );
        } finally {
          await h.close();
        }
      }),
      { numRuns: Number(process.env['TIDINGS_CHAOS_RUNS'] ?? 30) },
    );
  },
);
