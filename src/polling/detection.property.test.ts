import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { playHistory } from './testing/play-history.ts';
import { randomHistory } from './testing/random-history.ts';

const MISTAKES = [
  'strict_watermark',
  'cursor_first',
  'last_ids',
  'no_fence',
  'unconfirmed_sweep',
  'hint_as_event',
] as const;

const RUNS = Number(process.env['TIDINGS_PROPERTY_RUNS'] ?? 2000);

test('whatever happens, every final state has its event and no event is without its version', () => {
  fc.assert(
    fc.property(randomHistory, (history) => playHistory(history, null)),
    { numRuns: RUNS },
  );
});

for (const mistake of MISTAKES) {
  test(`the oracle finds out the mistake ${mistake}`, () => {
    const result = fc.check(
      fc.property(randomHistory, (history) => playHistory(history, mistake)),
      // Some mistakes show in one history of thousands; the search ends with the first.
      { numRuns: Math.max(RUNS, 100_000), endOnFailure: true },
    );
    assert.ok(result.failed);
  });
}
