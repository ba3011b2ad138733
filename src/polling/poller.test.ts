import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Reauthorize, RetryAt } from '../connectors/failures.ts';
import type { EpochMs } from '../kernel/clock.ts';
import { createHarness, START, type Harness } from './testing/harness.ts';
import { refusals } from './testing/model-vendor.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const open: Harness[] = [];
async function harness(options: Parameters<typeof createHarness>[0] = {}): Promise<Harness> {
  const made = await createHarness(options);
  open.push(made);
  return made;
}
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

interface ResourceState {
  status: string;
  failures: number;
  last_error: string | null;
  warnings: string[];
  next_poll_at: EpochMs;
}
const resource = (h: Harness) => h.one<ResourceState>('select * from polled_resources order by id limit 1');
interface FeedState {
  cursor_at: EpochMs | null;
  pass_position: object | null;
  previous_started_at: EpochMs;
}
const feed = (h: Harness) =>
  h.one<FeedState>("select * from polled_feeds where name in ('changes', 'all') limit 1");

describe('the baseline', { timeout: 60_000 }, () => {
  test('a new instance is silent about what was there, and reports what comes after', async () => {
    const h = await harness();
    h.clock.advance(-10 * MINUTE);
    for (let id = 1; id <= 25; id += 1) h.model.write(String(id));
    h.clock.advance(10 * MINUTE);
    await h.begin();
    assert.deepEqual(await h.lines(), []);
    await h.next();
    assert.deepEqual(await h.lines(), []);
    h.model.write('3');
    h.model.write('99');
    h.model.write('4', { deleted: true });
    await h.next();
    assert.deepEqual(await h.lines(), ['UPDATED items 3', 'CREATED items 99', 'DELETED items 4']);
    await h.next();
    assert.deepEqual(await h.lines(), []);
  });

  test('a record older than the baseline window is updated, not created, by its first change', async () => {
    const h = await harness();
    h.clock.advance(-40 * DAY);
    h.model.write('1');
    h.clock.set(START);
    await h.begin();
    h.clock.advance(MINUTE);
    h.model.write('1');
    await h.next();
    assert.deepEqual(await h.lines(), ['UPDATED items 1']);
  });

  test('a change before enabling that the index shows later is no event', async () => {
    const h = await harness();
    h.model.write('1', { stamp: START - 20 * SECOND, visibleAt: START + 30 * SECOND });
    await h.begin();
    await h.next();
    assert.deepEqual(await h.lines(), []);
  });

  test('a change before enabling that is committed later is an event where stamps precede the commit', async () => {
    const h = await harness({ stamp: { late: 'commit' } });
    h.model.write('1', { stamp: START - 20 * SECOND, visibleAt: START + 30 * SECOND });
    await h.begin();
    await h.next();
    assert.deepEqual(await h.lines(), ['CREATED items 1']);
  });

  test('a baseline that takes too long is answered and goes on as the first pass', async () => {
    const h = await harness({ baselineWaitMs: 20 });
    for (let id = 1; id <= 15; id += 1) h.model.write(String(id), { stamp: START - id * MINUTE });
    const gate = Promise.withResolvers<void>();
    h.onCall(async (_request, count) => {
      if (count === 2) await gate.promise;
    });
    await h.begin();
    h.clock.advance(5 * SECOND);
    h.model.write('1');
    h.model.write('50');
    gate.resolve();
    for (let waited = 0; waited < 200 && (await feed(h)).cursor_at === null; waited += 1) await sleep(10);
    h.onCall(null);
    await h.next();
    assert.deepEqual((await h.lines()).toSorted(), ['CREATED items 50', 'UPDATED items 1']);
  });

  test('a vendor that is down at the start loses nothing of what comes after', async () => {
    const h = await harness();
    h.onCall(() => {
      throw refusals.request();
    });
    await h.begin();
    h.clock.advance(MINUTE);
    h.model.write('7');
    h.onCall(null);
    await h.next();
    assert.deepEqual(await h.lines(), ['CREATED items 7']);
  });

  test('the vendor clock decides what came after, however wrong ours is', async () => {
    for (const skewMs of [-3 * HOUR, 3 * HOUR - 2.5 * HOUR, 20 * SECOND]) {
      const h = await harness();
      h.model.date = () => h.clock.now() + skewMs;
      h.model.write('1', { stamp: START + skewMs - 10 * MINUTE });
      await h.begin();
      h.model.write('2', { stamp: START + skewMs + 10 * SECOND });
      await h.next();
      assert.deepEqual(await h.lines(), ['CREATED items 2'], `${skewMs}`);
    }
  });

  test('a full baseline knows every record, so an unknown one is new', async () => {
    const h = await harness({ configuration: { 'event.poller.baseline': 'full' } });
    h.model.write('1', { stamp: START - 300 * DAY });
    await h.begin();
    h.model.write('1');
    h.model.write('2');
    await h.next();
    assert.deepEqual(await h.lines(), ['UPDATED items 1', 'CREATED items 2']);
  });

  test('a scan without stamps reports what its content says', async () => {
    const h = await harness({ isScan: true, isStampless: true });
    for (let id = 1; id <= 12; id += 1) h.model.write(String(id), { stamp: START - DAY });
    await h.begin();
    await h.next();
    assert.deepEqual(await h.lines(), []);
    h.model.write('12');
    h.model.write('13');
    await h.next();
    assert.deepEqual(await h.lines(), ['UPDATED items 12', 'CREATED items 13']);
  });
});

describe('passes', { timeout: 60_000 }, () => {
  test('a thousand changes over many pages are each reported once, in notifications of ten', async () => {
    const h = await harness({ pageSize: 37 });
    await h.begin();
    for (let id = 1; id <= 1000; id += 1)
      h.model.write(String(id), { stamp: START + 30 * SECOND + (id % 7) * SECOND });
    h.clock.advance(2 * MINUTE);
    await h.next();
    const lines = await h.lines();
    assert.equal(lines.length, 1000);
    assert.equal(new Set(lines).size, 1000);
    for (const payload of await h.payloads()) {
      const events = payload['events'] as { objectId: string }[];
      const records = payload['items'] as { id: number }[];
      assert.ok(events.length <= 10);
      assert.deepEqual(
        events.map((event) => event.objectId),
        records.map((record) => String(record.id)),
      );
    }
    await h.next();
    assert.deepEqual(await h.lines(), []);
  });

  test('a failure in the middle of a pass costs the page it met; the next poll goes on there', async () => {
    const h = await harness();
    await h.begin();
    for (let id = 1; id <= 45; id += 1) h.model.write(String(id), { stamp: START + id * SECOND });
    h.clock.advance(MINUTE);
    h.onCall((_request, count) => {
      if (count >= 3) throw new RetryAt(h.clock.now() + HOUR, 'busy');
    });
    await h.next();
    assert.equal((await h.lines()).length, 20);
    assert.deepEqual((await resource(h)).status, 'failing');
    const { cursor_at: cursorAt, pass_position: position } = await feed(h);
    assert.ok(cursorAt !== null && cursorAt <= START);
    assert.notEqual(position, null);
    h.onCall(null);
    h.model.requests.length = 0;
    await h.next();
    assert.equal((await h.lines()).length, 25);
    assert.match(JSON.stringify(h.model.requests[0]?.query), /after/);
    await h.next();
    assert.deepEqual(await h.lines(), []);
  });

  test('a refused position begins the pass again and reports nothing twice', async () => {
    const h = await harness();
    await h.begin();
    for (let id = 1; id <= 45; id += 1) h.model.write(String(id));
    h.clock.advance(MINUTE);
    h.onCall((_request, count) => {
      if (count === 3) throw refusals.position();
    });
    await h.next();
    const lines = await h.lines();
    assert.deepEqual([lines.length, new Set(lines).size], [45, 45]);
  });

  test('a vendor that refuses every position of its own fails the poll', async () => {
    const h = await harness();
    await h.begin();
    h.onCall(() => {
      throw refusals.position();
    });
    await h.next();
    assert.equal((await resource(h)).last_error, 'the vendor refuses its own page positions');
  });

  test('pages that shift while they are read lose and repeat nothing', async () => {
    const h = await harness();
    h.model.isShifting = true;
    await h.begin();
    for (let id = 1; id <= 45; id += 1) h.model.write(String(id), { stamp: START + id * SECOND });
    h.clock.advance(2 * MINUTE);
    h.onCall((_request, count) => {
      if (count === 2) h.model.write('1');
      if (count === 3) h.model.write('60');
    });
    await h.next();
    h.onCall(null);
    await h.next();
    const lines = await h.lines();
    assert.equal(new Set(lines).size, lines.length);
    assert.equal(lines.filter((line) => line.startsWith('CREATED')).length, 46);
    assert.deepEqual(
      lines.filter((line) => line.startsWith('UPDATED')),
      ['UPDATED items 1'],
    );
  });

  test('a stamp in 2099 does not blind the poller', async () => {
    const h = await harness();
    await h.begin();
    h.model.write('1', { stamp: Date.UTC(2099, 0, 1) });
    await h.next();
    h.model.write('2');
    await h.next();
    assert.deepEqual(await h.lines(), ['CREATED items 1', 'CREATED items 2']);
  });

  test('a feed that grows faster than it is read comes to an end', async () => {
    const h = await harness({ pageSize: 2 });
    await h.begin();
    h.model.write('1');
    h.onCall((request) => {
      h.clock.advance(SECOND);
      if (request.path === '/changes')
        for (let n = 0; n < 3; n += 1) h.model.write(String(h.model.versions.length + 1));
    });
    await h.next();
    assert.ok(h.model.requests.length < 20);
    h.onCall(null);
    await h.next();
    assert.equal((await h.lines()).length, h.model.versions.length);
  });

  test('an idle resource keeps its cursor within an hour of now', async () => {
    const h = await harness();
    await h.begin();
    for (let n = 0; n < 30; n += 1) await h.next();
    assert.equal((await feed(h)).cursor_at, h.clock.now() - HOUR);
  });

  test('two edits within one tick are two events, the same tick read again is none', async () => {
    const h = await harness();
    await h.begin();
    const stamp = START + 10 * SECOND;
    h.model.write('1', { stamp });
    await h.next();
    h.model.write('1', { stamp });
    await h.next();
    await h.next();
    assert.deepEqual(await h.lines(), ['CREATED items 1', 'UPDATED items 1']);
  });

  test('a deletion is reported once, a restore is a creation', async () => {
    const h = await harness();
    await h.begin();
    h.model.write('1');
    await h.next();
    h.model.write('1', { deleted: true });
    await h.next();
    await h.next();
    h.model.write('1');
    await h.next();
    await h.next();
    assert.deepEqual(await h.lines(), ['CREATED items 1', 'DELETED items 1', 'CREATED items 1']);
    const deletion = (await h.payloads()).find((payload) => JSON.stringify(payload).includes('DELETED'));
    assert.deepEqual(deletion?.['items'], [{ id: '1' }]);
  });

  test('without a Date header polling goes on with a warning and a larger overlap', async () => {
    const h = await harness();
    h.model.date = undefined;
    await h.begin();
    h.model.write('1');
    await h.next();
    assert.deepEqual(await h.lines(), ['CREATED items 1']);
    assert.match((await resource(h)).warnings.join(), /no usable Date header/);
  });

  test('lateness is learned, and once an hour a pass looks back an hour', async () => {
    const h = await harness();
    await h.begin();
    for (let n = 0; n < 13; n += 1) {
      h.model.write('1');
      await h.next();
    }
    await h.lines();
    for (let id = 100; id < 113; id += 1) {
      h.model.write('1');
      h.model.write(String(id), { stamp: h.clock.now() - 40 * MINUTE, visibleAt: h.clock.now() });
      await h.next();
    }
    assert.ok((await h.lines()).some((line) => line.startsWith('CREATED')));
    const { lateness } = await h.one<{ lateness: { maxMs: number }[] }>(
      "select lateness from polled_feeds where name = 'changes'",
    );
    assert.ok(lateness[0]!.maxMs >= 35 * MINUTE);
    await h.lines();
    // Twice what was learned is over the cap: the next record that comes as late is found at once.
    h.model.write('3', { stamp: h.clock.now() - 40 * MINUTE, visibleAt: h.clock.now() });
    await h.next();
    assert.deepEqual(await h.lines(), ['CREATED items 3']);
  });

  test('a gap beyond the look-back is a new baseline and a warning', async () => {
    const h = await harness({ stamp: { lookbackDays: 30 } });
    await h.begin();
    h.model.write('1');
    await h.next();
    await h.lines();
    h.clock.advance(45 * DAY);
    h.model.write('1', { stamp: h.clock.now() - 10 * DAY });
    await h.next();
    assert.deepEqual(await h.lines(), []);
    assert.match((await resource(h)).warnings.join(), /no longer shows what changed since/);
    h.model.write('2');
    await h.next();
    assert.deepEqual(await h.lines(), ['CREATED items 2']);
  });
});

describe('two pollers at once', { timeout: 60_000 }, () => {
  test('only one of them gets a due instance', async () => {
    const h = await harness();
    await h.begin();
    h.clock.advance(HOUR);
    const second = h.secondPoller();
    const counts = await Promise.all([h.pollDue(), h.pollDue(second), h.pollDue(), h.pollDue(second)]);
    assert.deepEqual(
      counts.toSorted((a, b) => a - b),
      [0, 0, 0, 1],
    );
  });

  test('the page of a stalled worker is thrown away when its lease was taken over', async () => {
    const h = await harness();
    await h.begin();
    for (let id = 1; id <= 45; id += 1) h.model.write(String(id));
    h.clock.advance(HOUR);
    const gate = Promise.withResolvers<void>();
    const stalled = Promise.withResolvers<void>();
    h.onCall(async (_request, count) => {
      if (count !== 3) return;
      stalled.resolve();
      await gate.promise;
    });
    const first = h.pollDue();
    await stalled.promise;
    h.clock.advance(2 * MINUTE);
    assert.equal(await h.pollDue(h.secondPoller()), 1);
    const after = await feed(h);
    gate.resolve();
    await first;
    assert.deepEqual(await feed(h), after);
    const lines = await h.lines();
    assert.deepEqual([lines.length, new Set(lines).size], [45, 45]);
  });

  test('a change of the configuration in the middle of a pass throws its page away and loses nothing', async () => {
    const h = await harness();
    await h.begin();
    for (let id = 1; id <= 45; id += 1) h.model.write(String(id));
    h.clock.advance(HOUR);
    let changed: Promise<void> | undefined;
    h.onCall(async (_request, count) => {
      if (count !== 3) return;
      changed = h.change({
        configuration: { ...h.instance().configuration, 'event.poller.refresh_interval': 1 },
      });
      await changed;
    });
    await h.pollDue();
    await changed;
    assert.equal((await h.lines()).length, 20);
    h.onCall(null);
    await h.next();
    assert.equal((await h.lines()).length, 25);
  });

  test('a poll by hand is refused while another runs', async () => {
    const h = await harness();
    await h.begin();
    h.clock.advance(HOUR);
    const gate = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    h.onCall(async () => {
      started.resolve();
      await gate.promise;
    });
    const running = h.pollDue();
    await started.promise;
    await assert.rejects(h.poller.pollNow(h.instance()), { code: 'conflict' });
    gate.resolve();
    await running;
    assert.deepEqual(await h.poller.pollNow(h.instance()), [{ objectType: 'items', records: 0, events: 0 }]);
  });

  test('stopping ends a poll at its page, and another process goes on from there', async () => {
    const h = await harness();
    await h.begin();
    for (let id = 1; id <= 45; id += 1) h.model.write(String(id));
    h.clock.advance(HOUR);
    const second = h.secondPoller();
    h.onCall((_request, count) => {
      if (count === 3) void h.poller.stop();
    });
    await h.pollDue();
    h.onCall(null);
    assert.equal(await h.pollDue(second), 1);
    const lines = await h.lines();
    assert.deepEqual([lines.length, new Set(lines).size], [45, 45]);
  });
});

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

describe('failures', { timeout: 60_000 }, () => {
  test('a hiccup is tried again within the poll', async () => {
    const h = await harness();
    await h.begin();
    h.model.write('1');
    h.onCall((_request, count) => {
      if (count < 3) throw new RetryAt(h.clock.now(), 'busy');
    });
    await h.next();
    assert.deepEqual(await h.lines(), ['CREATED items 1']);
    assert.deepEqual([(await resource(h)).status, (await resource(h)).failures], ['ok', 0]);
  });

  test('after a hundred failures polling is disabled with the reason, and one call enables it again', async () => {
    const h = await harness();
    await h.begin();
    h.onCall(() => {
      throw refusals.request();
    });
    const waits: number[] = [];
    for (let n = 0; n < 100; n += 1) {
      const before = h.clock.now();
      await h.next();
      waits.push(h.clock.now() - before);
    }
    assert.ok(waits.slice(10).every((ms) => ms >= HOUR && ms <= HOUR + 5 * MINUTE));
    const off = await h.one<{ off: string; off_reason: string; next_poll_at: EpochMs | null }>(
      'select * from pollers',
    );
    assert.deepEqual(off.off, 'polling_disabled');
    assert.equal(off.off_reason, 'items failed 100 times in a row: no');
    assert.equal(off.next_poll_at, null);
    const { attention } = await h.one<{ attention: { kind: string } }>('select attention from instances');
    assert.equal(attention.kind, 'polling_disabled');
    h.model.write('1');
    h.onCall(null);
    assert.deepEqual(await h.poller.pollNow(h.instance()), [{ objectType: 'items', records: 1, events: 1 }]);
    await h.next();
    assert.equal((await h.one<{ attention: null }>('select attention from instances')).attention, null);
  });

  test('a dead connection disables polling at once', async () => {
    const h = await harness();
    await h.begin();
    h.onCall(() => {
      throw new Reauthorize('invalid_grant');
    });
    await h.next();
    const { off_reason: reason } = await h.one<{ off_reason: string }>('select * from pollers');
    assert.equal(reason, 're-authenticate: invalid_grant');
    const { attention } = await h.one<{ attention: { kind: string } }>('select attention from instances');
    assert.equal(attention.kind, 'reauthorize');
  });

  test('a used-up quota pauses until it resets and is no failure', async () => {
    const h = await harness();
    await h.begin();
    h.onCall(() => {
      throw new RetryAt(h.clock.now() + 5 * HOUR, 'the daily tokens are used up', { quota: true });
    });
    await h.next();
    const state = await resource(h);
    assert.deepEqual([state.status, state.failures], ['paused', 0]);
    assert.equal(state.next_poll_at, h.clock.now() + 5 * HOUR);
  });
});
