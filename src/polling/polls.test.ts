import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { GiveUp } from '../connectors/failures.ts';
import { listPollerRecords, type PollFigures } from './resource-queries.ts';
import type { Harness } from './testing/harness.ts';
import { HOUR, MINUTE, useHarness } from './testing/use-harness.ts';

const harness = useHarness();

async function pollsOf(h: Harness): Promise<PollFigures[]> {
  const [record] = await listPollerRecords(h.db, h.instance().id);
  return record!.polls;
}

describe('the figures of the last polls', { timeout: 60_000 }, () => {
  test('say what each poll read, gave and took, the latest last', async () => {
    const h = await harness();
    h.model.write('1');
    await h.begin();
    h.clock.advance(MINUTE);
    h.model.write('1');
    h.model.write('2');
    h.onCall(() => h.clock.advance(250));
    await h.next();
    const [baseline, poll, ...others] = await pollsOf(h);
    assert.deepEqual(others, []);
    assert.deepEqual([baseline!.records, baseline!.events], [1, 0], 'the baseline is silent');
    assert.deepEqual([poll!.records, poll!.events, poll!.durationMs], [2, 2, 500]);
    assert.equal(poll!.at + 500, h.clock.now());
    assert.ok(!('error' in poll!));
  });

  test('stop at 24 polls: the oldest falls out', async () => {
    const h = await harness();
    await h.begin();
    const [baseline] = await pollsOf(h);
    for (let n = 1; n <= 23; n += 1) await h.next();
    assert.deepEqual((await pollsOf(h))[0], baseline);
    await h.next();
    const polls = await pollsOf(h);
    assert.equal(polls.length, 24);
    assert.notDeepEqual(polls[0], baseline);
    assert.deepEqual(
      polls.map(({ at }) => at),
      polls.map(({ at }) => at).toSorted((a, b) => a - b),
    );
  });

  test('count the pages of a poll that failed half-way, and say why', async () => {
    const h = await harness();
    await h.begin();
    for (let id = 1; id <= 45; id += 1) h.model.write(String(id));
    h.onCall((_request, count) => {
      if (count >= 3) throw new GiveUp('x'.repeat(400), 422);
    });
    await h.next();
    const last = (await pollsOf(h)).at(-1)!;
    assert.deepEqual([last.records, last.events], [20, 20]);
    assert.equal(last.error, 'x'.repeat(200));
    const row = await h.one<{ status: string; last_error: string }>('select * from polled_resources');
    assert.deepEqual([row.status, row.last_error.length], ['failing', 400]);
  });

  test('count the pages of a poll that the stop of the process broke off', async () => {
    const h = await harness();
    await h.begin();
    for (let id = 1; id <= 45; id += 1) h.model.write(String(id));
    h.clock.advance(HOUR);
    h.onCall((_request, count) => {
      if (count === 3) void h.poller.stop();
    });
    await h.pollDue();
    const last = (await pollsOf(h)).at(-1)!;
    assert.match(last.error ?? '', /^broken off: the process stops/);
    assert.deepEqual([last.records, last.events], [(await h.lines()).length, last.records]);
    assert.ok(last.records >= 10 && last.records < 45, `${last.records} records`);
  });
});
