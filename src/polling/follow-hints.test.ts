import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RetryAt } from '../connectors/failures.ts';
import { adoptStrays } from './schedule-queries.ts';
import type { Harness } from './testing/harness.ts';
import { HOUR, MINUTE, SECOND, useHarness } from './testing/use-harness.ts';

const harness = useHarness();
const BOTH = { configuration: { 'event.vendor.type': 'both' } };

async function follow(h: Harness): Promise<string[]> {
  await h.poller.wakeHinted();
  await h.pollDue();
  return h.lines();
}

const open = async (h: Harness) => (await h.one<{ n: number }>('select count(*)::int as n from hints')).n;

describe('hints of webhooks', () => {
  test('make an event before the next poll, and the poll makes no second one', async () => {
    const h = await harness(BOTH);
    h.model.write('1');
    await h.begin();
    h.clock.advance(SECOND);
    h.model.write('1');
    h.model.write('2');
    for (const id of ['1', '2', '1']) await h.hint(id);
    assert.deepEqual(await follow(h), ['UPDATED items 1', 'CREATED items 2']);
    assert.equal(await open(h), 0);
    await h.next();
    await h.next();
    assert.deepEqual(await h.lines(), []);
  });

  test('of what a poll has read already make no event', async () => {
    const h = await harness(BOTH);
    await h.begin();
    h.clock.advance(MINUTE);
    h.model.write('1');
    await h.next();
    assert.deepEqual(await h.lines(), ['CREATED items 1']);
    await h.hint('1');
    assert.deepEqual(await follow(h), []);
    assert.equal(await open(h), 0);
  });

  test('of a deletion are believed when the vendor confirms them', async () => {
    const h = await harness(BOTH);
    h.model.isForgetful = true;
    h.model.write('1');
    h.model.write('2');
    h.model.write('3');
    await h.begin();
    h.clock.advance(SECOND);
    h.model.write('1', { deleted: true });
    h.model.write('3', { deleted: true });
    await h.hint('1', { isDeletion: true });
    await h.hint('2', { isDeletion: true });
    await h.hint('3');
    assert.deepEqual(await follow(h), ['DELETED items 1'], '2 lives, and a 404 alone says nothing of 3');
    assert.equal(await open(h), 0);
  });

  test("of the vendor's own word on a record that nobody knew make its deletion known", async () => {
    const h = await harness(BOTH);
    for (const id of ['1', '2', '3']) h.model.write(id, { stamp: h.clock.now() - 30 * 24 * HOUR });
    await h.begin();
    h.clock.advance(SECOND);
    for (const id of ['1', '2']) h.model.write(id, { deleted: true });
    await h.hint('1', { isDeletion: true });
    await h.hint('2');
    await h.hint('3', { isDeletion: true });
    assert.deepEqual(await follow(h), ['DELETED items 1'], 'of 2 no deletion was told, 3 lives');
    await h.next();
    await h.next();
    assert.deepEqual(await h.lines(), ['DELETED items 2'], 'each once');
  });

  test('wait while the vendor can not be read, and end when a poll has passed over them', async () => {
    const h = await harness(BOTH);
    await h.begin();
    h.clock.advance(SECOND);
    h.model.write('1');
    await h.hint('1');
    h.onCall((request) => {
      if (request.path === '/read') throw new RetryAt(h.clock.now() + HOUR, 'busy');
    });
    assert.deepEqual(await follow(h), []);
    assert.equal(await open(h), 1);
    await h.poller.wakeHinted();
    assert.equal(await h.pollDue(), 0, 'not again at once');
    await h.next();
    assert.deepEqual(await h.lines(), ['CREATED items 1']);
    h.clock.advance(2 * HOUR);
    await h.next();
    await h.next();
    assert.equal(await open(h), 0);
    assert.deepEqual(await h.lines(), []);
  });

  test('of deletions are not believed while the vendor finds no other record either', async () => {
    const h = await harness({ ...BOTH, hasSweep: true });
    for (const id of ['1', '2', '3']) h.model.write(id);
    await h.begin();
    h.clock.advance(SECOND);
    await h.hint('1', { isDeletion: true });
    h.model.isBlind = true;
    assert.deepEqual(await follow(h), [], 'lost rights look just like a deletion');
    assert.equal(await open(h), 1);
    h.clock.advance(2 * HOUR);
    await h.pollDue();
    assert.equal(await open(h), 1, 'no poll shows deletions, so none has passed over it');
    h.model.isBlind = false;
    h.model.isForgetful = true;
    h.model.write('1', { deleted: true });
    h.clock.advance(MINUTE);
    assert.deepEqual(await follow(h), ['DELETED items 1']);
    assert.equal(await open(h), 0);
  });

  test('of the deletion of the only record there is are believed', async () => {
    const h = await harness({ ...BOTH, hasSweep: true });
    h.model.isForgetful = true;
    h.model.write('1');
    await h.begin();
    h.clock.advance(SECOND);
    h.model.write('1', { deleted: true });
    await h.hint('1', { isDeletion: true });
    assert.deepEqual(await follow(h), ['DELETED items 1']);
  });

  test('end where nobody follows them any more', async () => {
    const h = await harness(BOTH);
    const configure = async (type: string): Promise<void> => {
      await h.db.execute(`delete from instance_configuration`);
      await h.db.execute(
        `insert into instance_configuration (instance_id, key, value) values ($1, 'event.vendor.type', to_json($2::text))`,
        [h.instance().id, type],
      );
    };
    await h.begin();
    await configure('Both');
    await h.hint('1');
    await adoptStrays(h.db, h.clock.now());
    assert.equal(await open(h), 1);
    await configure('polling');
    await adoptStrays(h.db, h.clock.now());
    assert.equal(await open(h), 0);
    await configure('both');
    await h.hint('1');
    await h.change({ eventsEnabled: false });
    await adoptStrays(h.db, h.clock.now());
    assert.equal(await open(h), 0, 'what happens while events are off is no news later');
  });

  test('of what is not polled end', async () => {
    const h = await harness(BOTH);
    await h.begin();
    await h.hint('1', { objectType: 'strangers' });
    assert.deepEqual(await follow(h), []);
    assert.equal(await open(h), 0);
  });
});
