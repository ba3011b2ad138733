import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { START } from './testing/harness.ts';
import { refusals } from './testing/model-vendor.ts';
import { DAY, HOUR, MINUTE, SECOND, useHarness } from './testing/use-harness.ts';

const harness = useHarness();

describe('changes of the instance', { timeout: 60_000 }, () => {
  test('a poll by hand sees every change up to now, also behind a pass left half done', async () => {
    const h = await harness();
    h.model.isShifting = true;
    await h.begin();
    for (let id = 1; id <= 45; id += 1) h.model.write(String(id), { stamp: START + id * SECOND });
    h.clock.advance(2 * MINUTE);
    h.onCall((_request, count) => {
      if (count === 4) throw refusals.request();
    });
    await h.next();
    await h.lines();
    h.model.write('46', { stamp: START + SECOND });
    h.onCall(null);
    const [polled] = await h.poller.pollNow(h.instance());
    assert.equal(polled?.events, 16);
    assert.ok((await h.lines()).includes('CREATED items 46'));
  });

  test('events switched off and on again begin anew, an instance disabled and enabled resumes', async () => {
    const h = await harness();
    await h.begin();
    await h.change({ disabled: true });
    await assert.rejects(h.poller.pollNow(h.instance()), { code: 'forbidden' });
    h.model.write('1');
    h.clock.advance(HOUR);
    assert.equal(await h.pollDue(), 0);
    await h.change({ disabled: false });
    await h.next();
    assert.deepEqual(await h.lines(), ['CREATED items 1']);
    await h.change({ eventsEnabled: false });
    await assert.rejects(h.poller.pollNow(h.instance()), { code: 'forbidden' });
    h.model.write('2');
    h.clock.advance(5 * MINUTE);
    await h.change({ eventsEnabled: true });
    await h.next();
    assert.deepEqual(await h.lines(), []);
    h.model.write('2');
    await h.next();
    assert.deepEqual(await h.lines(), ['UPDATED items 2']);
  });

  test('a resource that comes gets a silent baseline, one that goes loses its record at once', async () => {
    const h = await harness();
    await h.begin();
    h.model.write('1');
    h.clock.advance(MINUTE);
    const configuration = { ...h.instance().configuration, 'event.objects': 'items,things' };
    await h.change({ configuration });
    await h.next();
    assert.deepEqual(await h.lines(), ['CREATED items 1']);
    h.model.write('2');
    await h.next();
    assert.deepEqual((await h.lines()).toSorted(), ['CREATED items 2', 'CREATED things 2']);
    await h.change({ configuration: { ...configuration, 'event.objects': 'Things' } });
    const names = await h.db.query<{ name: string }>('select name from polled_resources');
    assert.deepEqual(names, [{ name: 'Things' }]);
  });

  test('another vendor account forgets all and begins anew', async () => {
    const h = await harness();
    await h.begin();
    h.model.write('1');
    await h.next();
    await h.lines();
    h.clock.advance(MINUTE);
    h.model.write('1');
    await h.change({ tenantId: 'account-2' });
    await h.next();
    assert.deepEqual(await h.lines(), []);
  });

  test('a removed instance is polled no more and leaves nothing behind', async () => {
    const h = await harness();
    await h.begin();
    h.model.write('1');
    await h.next();
    await h.poller.lifecycle.removed(h.instance());
    assert.equal((await h.one<{ n: number }>('select count(*)::int as n from known_records')).n, 0);
    assert.equal(await h.pollDue(), 0);
  });
});

describe('the rest of the house', { timeout: 60_000 }, () => {
  test('a deactivated user stops the polling, which resumes when it is active again', async () => {
    const h = await harness();
    await h.begin();
    h.model.write('1');
    await h.db.execute('update users set active = false');
    await h.next();
    await h.next();
    assert.deepEqual(await h.lines(), []);
    await assert.rejects(h.poller.pollNow(h.instance()), { code: 'forbidden' });
    await h.db.execute('update users set active = true');
    await h.next();
    assert.deepEqual(await h.lines(), ['CREATED items 1']);
  });

  test('a process that dies between the creation and the baseline loses nothing', async () => {
    const h = await harness();
    h.model.write('1', { stamp: START - MINUTE });
    h.clock.advance(3 * MINUTE);
    h.model.write('2');
    h.clock.advance(MINUTE);
    await h.db.execute(
      "insert into pollers (instance_id, next_poll_at, off) select id, created_at, 'events_off' from instances",
    );
    await h.pollDue();
    assert.deepEqual(await h.lines(), ['CREATED items 2']);
  });

  test('a feed that a release adds begins where the others stand', async () => {
    const h = await harness();
    await h.begin();
    h.model.write('1', { deleted: true });
    h.clock.advance(40 * DAY);
    await h.pollDue();
    await h.lines();
    await h.db.execute("delete from polled_feeds where name = 'deletions'");
    h.model.requests.length = 0;
    await h.next();
    assert.deepEqual(await h.lines(), []);
    const asked = h.model.requests.find((request) => request.path === '/deletions');
    assert.ok(Number(asked?.query?.['from']) > h.clock.now() - 3 * HOUR);
  });

  test('polls use up no ids', async () => {
    const h = await harness();
    await h.begin();
    for (let n = 0; n < 20; n += 1) await h.next();
    assert.equal(
      (await h.one<{ last_value: number }>('select last_value from polled_feeds_id_seq')).last_value,
      2,
    );
  });

  test('events that cannot be recorded leave nothing of their page behind', async () => {
    const h = await harness();
    await h.begin();
    for (let id = 1; id <= 15; id += 1) h.model.write(String(id));
    let pages = 0;
    h.onRecord(() => {
      pages += 1;
      if (pages === 2) throw new Error('the log is broken');
    });
    await h.next();
    assert.equal((await h.one<{ n: number }>('select count(*)::int as n from known_records')).n, 10);
    assert.equal((await h.lines()).length, 10);
    h.onRecord(null);
    await h.next();
    assert.equal((await h.lines()).length, 5);
  });
});
