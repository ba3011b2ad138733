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

type Step =
  | { do: 'write' | 'delete'; id: number; lateS: number }
  | { do: 'wait'; s: number }
  | { do: 'poll'; failAt: number; how: (typeof FAILURES)[number] }
  | { do: 'change' };

/** What goes wrong at the n-th call (or page) of a poll. */
const FAILURES = ['nothing', 'busy', 'refused', 'restart', 'dies_recording', 'overtaken'] as const;

const write = (kind: 'write' | 'delete') =>
  fc.record({
    do: fc.constant(kind),
    id: fc.integer({ min: 1, max: 9 }),
    lateS: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 50 })),
  });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: write('write') },
  { weight: 1, arbitrary: write('delete') },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('wait' as const), s: fc.integer({ min: 0, max: 90 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('poll' as const),
      failAt: fc.integer({ min: 1, max: 5 }),
      how: fc.constantFrom(...FAILURES),
    }),
  },
  { weight: 1, arbitrary: fc.constant<Step>({ do: 'change' }) },
);
const history = fc.record({
  kind: fc.constantFrom('window' as const, 'scan' as const),
  steps: fc.array(step, { minLength: 10, maxLength: 40 }),
});

async function poll(h: Harness, { failAt, how }: { failAt: number; how: string }): Promise<void> {
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
  await h.pollDue();
  h.onCall(null);
  h.onRecord(null);
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
  'whatever fails in the middle of whichever poll, the log holds every change once and in order',
  { timeout: 120_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(history, async ({ kind, steps }) => {
        const h = await createHarness({ isScan: kind === 'scan', pageSize: 3 });
        try {
          await h.begin();
          const live = new Set<number>();
          for (const one of steps) {
            if (one.do === 'wait') h.clock.advance(one.s * SECOND);
            if (one.do === 'poll') await poll(h, one);
            if (one.do === 'change') await h.change({ name: 'renamed' });
            if (one.do !== 'write' && one.do !== 'delete') continue;
            if (one.do === 'delete' && !live.delete(one.id)) continue;
            if (one.do === 'write') live.add(one.id);
            const visibleAt = h.clock.now() + one.lateS * SECOND;
            h.model.write(String(one.id), { visibleAt, deleted: one.do === 'delete' });
          }
          for (let n = 0; n < 3; n += 1) {
            h.clock.advance(60 * SECOND);
            await poll(h, { failAt: 0, how: 'nothing' });
          }
          const { failures } = await h.one<{ failures: number }>('select failures from polled_resources');
          assert.equal(failures, 0);
          judge(
            { kind, late: 'index' },
            { versions: h.model.versions, silent: new Set(), told: await toldOf(h), enabledAt: START },
          );
        } finally {
          await h.close();
        }
      }),
      { numRuns: Number(process.env['TIDINGS_CHAOS_RUNS'] ?? 20) },
    );
  },
);
