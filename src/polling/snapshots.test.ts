import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject } from '../kernel/json.ts';
import type { Harness } from './testing/harness.ts';
import { MINUTE, useHarness } from './testing/use-harness.ts';

const harness = useHarness();
const KEEP = { 'event.objects.snapshot': true };

const changesOf = async (h: Harness): Promise<unknown[]> =>
  (await h.payloads()).flatMap((payload) =>
    (payload['events'] as JsonObject[]).map((event) => [event['eventType'], event['changes']]),
  );
const countOf = (h: Harness) => h.one<{ n: number }>('select count(*)::int as n from snapshots');

describe('before and after values', () => {
  test('an edit of what the baseline read tells what changed, a creation does not', async () => {
    const h = await harness({ configuration: KEEP });
    const first = h.model.write('1');
    await h.begin();
    h.clock.advance(MINUTE);
    const second = h.model.write('1');
    h.model.write('2');
    await h.next();
    assert.deepEqual(await changesOf(h), [
      [
        'UPDATED',
        [
          { path: 'version', before: 1, after: 2 },
          { path: 'updated', before: first.stamp, after: second.stamp },
        ],
      ],
      ['CREATED', undefined],
    ]);
  });

  test('each of several edits has its own, and a deletion ends what is kept', async () => {
    const h = await harness({ configuration: KEEP });
    await h.begin();
    for (let n = 0; n < 3; n += 1) {
      h.clock.advance(MINUTE);
      h.model.write('1');
      await h.next();
    }
    const versions = (await changesOf(h)).map(
      (entry) => (entry as [string, JsonObject[]?])[1]?.[0]?.['after'],
    );
    assert.deepEqual(versions, [undefined, 2, 3]);
    h.clock.advance(MINUTE);
    h.model.write('1', { deleted: true });
    await h.next();
    assert.deepEqual(await countOf(h), { n: 0 });
  });

  test('what is kept can not be read in the database, and goes when it is no longer asked for', async () => {
    const h = await harness({ configuration: KEEP });
    h.model.write('1');
    await h.begin();
    const { sealed } = await h.one<{ sealed: Buffer }>('select sealed from snapshots');
    assert.ok(!sealed.toString('latin1').includes('version'));
    await h.change({ configuration: { ...h.instance().configuration, 'event.objects.snapshot': false } });
    assert.deepEqual(await countOf(h), { n: 0 });
  });

  test('a page that is not recorded leaves what was kept as it was', async () => {
    const h = await harness({ configuration: KEEP });
    h.model.write('1');
    await h.begin();
    h.clock.advance(MINUTE);
    h.model.write('1');
    h.onRecord(() => {
      throw new Error('the process dies here');
    });
    await h.next();
    h.onRecord(null);
    await h.next();
    const [told] = (await changesOf(h)) as [string, JsonObject[]][];
    assert.equal(told![1][0]!['before'], 1);
  });
});
