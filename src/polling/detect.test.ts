import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { EpochMs } from '../kernel/clock.ts';
import { detect, type DetectedEvent } from './detect.ts';
import type { KnownState } from './known-state.ts';
import type { Confirmation, DetectionSettings, PassFacts } from './pass-facts.ts';
import type { SeenRow } from './seen-row.ts';

/** Times of these tests are seconds around the moment polling was turned on. */
const ENABLED = Date.UTC(2026, 10, 21, 9, 0, 0);
const s = (seconds: number): EpochMs => ENABLED + seconds * 1000;

const PASS: PassFacts = {
  kind: 'window',
  mode: 'changes',
  startedAt: s(1000),
  previousStartedAt: s(700),
  from: s(-3600),
  enabledAt: s(0),
  baselineFrom: s(-3600),
  idListComplete: false,
  resolutionMs: 1000,
  late: 'index',
};
const SETTINGS: DetectionSettings = {
  shape: 1,
  createdCheckToleranceMs: 10_000,
  filterByUpdatedDate: true,
  filterByCurrentDate: false,
};

/** A row as `changed stamp, content, created stamp`; content null is a deletion. */
function row(changed: number | null, content: number | null, created: number | null = -90_000): SeenRow {
  return {
    id: '7',
    objectId: '7',
    ...(changed === null ? {} : { changedAt: s(changed) }),
    ...(created === null ? {} : { createdAt: s(created) }),
    deleted: content === null,
    fp: content === null ? null : BigInt(content),
    record: content === null ? null : { id: 7, content },
  };
}

function live(changed: number | null, content: number, previous?: number, shape = 1): KnownState {
  const fpPrev = previous === undefined ? null : BigInt(previous);
  return {
    fp: BigInt(content),
    fpPrev,
    changedAt: changed === null ? null : s(changed),
    shape,
    kind: 'live',
  };
}

function dead(at: number): KnownState {
  return { fp: null, fpPrev: null, changedAt: s(at), shape: 1, kind: 'deleted' };
}

const LISTED: KnownState = { fp: null, fpPrev: null, changedAt: null, shape: 1, kind: 'idOnly' };

interface Example {
  name: string;
  row: SeenRow;
  known?: KnownState;
  pass?: Partial<PassFacts>;
  settings?: Partial<DetectionSettings>;
  confirmed?: Confirmation;
  /** Absent: no event. */
  event?: DetectedEvent['type'];
  /** Absent: what is known stays. */
  state?: KnownState;
  confirm?: true;
}

const PRESENT = (row: SeenRow): Confirmation => ({ state: 'present', row });

// prettier-ignore
const EXAMPLES: Record<string, Example[]> = {
  'a known record': [
    { name: 'an older stamp is a stale read', row: row(400, 1), known: live(500, 2) },
    { name: 'an older stamp in a scan is asked for', row: row(400, 1), known: live(500, 2), pass: { kind: 'scan' }, confirm: true },
    { name: 'a back-dated edit that the bulk read confirms is an update', row: row(400, 1), known: live(500, 2), pass: { kind: 'scan' }, confirmed: PRESENT(row(400, 1)), event: 'UPDATED', state: live(400, 1, 2) },
    { name: 'a stale scan that the bulk read corrects to what is known is nothing', row: row(400, 1), known: live(500, 2), pass: { kind: 'scan' }, confirmed: PRESENT(row(500, 2)), state: live(500, 2) },
    { name: 'a stale scan of a record that is gone by now is left to the deletions', row: row(400, 1), known: live(500, 2), pass: { kind: 'scan' }, confirmed: { state: 'gone' } },
    { name: 'the content that a back-dated edit replaced is asked for when it is shown again', row: row(500, 2), known: live(400, 1, 2), confirm: true },
    { name: 'the content that a back-dated edit replaced is nothing when the vendor has moved on', row: row(500, 2), known: live(400, 1, 2), confirmed: PRESENT(row(400, 1)), state: live(400, 1, 2) },
    { name: 'the same content and stamp is nothing', row: row(500, 2), known: live(500, 2) },
    { name: 'the content before the last under the same stamp is nothing', row: row(500, 1), known: live(500, 2, 1) },
    { name: 'other content in the same tick is asked for where lists are late', row: row(500.4, 3), known: live(500, 2), confirm: true },
    { name: 'other content in the same tick is an update when it was read by id', row: row(500.4, 3), known: live(500, 2), confirmed: PRESENT(row(500.4, 3)), event: 'UPDATED', state: live(500.4, 3, 2) },
    { name: 'other content in the same tick is nothing when what is known was read by id', row: row(500.4, 3), known: live(500, 2, 1), confirmed: PRESENT(row(500, 2)), state: live(500, 2, 1) },
    { name: 'other content in the same tick of long ago is an update', row: row(-3000, 3), known: live(-3000, 2), event: 'UPDATED', state: live(-3000, 3, 2) },
    { name: 'other content in the same tick is an update where lists are not late', row: row(500.4, 3), known: live(500, 2), pass: { late: 'commit' }, event: 'UPDATED', state: live(500.4, 3, 2) },
    { name: 'a third content in the same tick is an update', row: row(500, 3), known: live(500, 2, 1), pass: { late: 'commit' }, event: 'UPDATED', state: live(500, 3, 2) },
    { name: 'a newer stamp is an update', row: row(501, 3), known: live(500, 2, 1), event: 'UPDATED', state: live(501, 3) },
    { name: 'a newer stamp with the same content is an update', row: row(501, 2), known: live(500, 2), event: 'UPDATED', state: live(501, 2) },
    { name: 'a newer stamp within the resolution is the same tick', row: row(500.9, 2), known: live(500, 2) },
    { name: 'a newer stamp before enabling is an update all the same', row: row(-10, 2), known: live(-20, 1), event: 'UPDATED', state: live(-10, 2) },
    { name: 'a stamp in the year 2099 is an update like any other', row: row(2e9, 2), known: live(500, 1), event: 'UPDATED', state: live(2e9, 2) },
    { name: 'without stamps other content is an update', row: row(null, 3), known: live(null, 2), event: 'UPDATED', state: live(null, 3) },
    { name: 'without stamps a return to former content is an update', row: row(null, 1), known: live(null, 2, 1), event: 'UPDATED', state: live(null, 1) },
    { name: 'without stamps the same content is nothing', row: row(null, 2), known: live(null, 2) },
    { name: 'another shape with the same stamp is rewritten silently', row: row(500, 9), known: live(500, 2, 1), settings: { shape: 2 }, state: live(500, 9, undefined, 2) },
    { name: 'another shape without stamps is rewritten silently', row: row(null, 9), known: live(null, 2), settings: { shape: 2 }, state: live(null, 9, undefined, 2) },
    { name: 'another shape with a newer stamp is an update', row: row(501, 9), known: live(500, 2), settings: { shape: 2 }, event: 'UPDATED', state: live(501, 9, undefined, 2) },
    { name: 'another shape with an older stamp is a stale read', row: row(400, 9), known: live(500, 2), settings: { shape: 2 } },
  ],
  'an unknown record': [
    { name: 'changed since, created before is an update', row: row(500, 1), event: 'UPDATED', state: live(500, 1) },
    { name: 'changed in the tick of enabling is an update', row: row(0.3, 1), pass: { enabledAt: s(0.8) }, event: 'UPDATED', state: live(0.3, 1) },
    { name: 'created since is a creation though it was changed later', row: row(500, 1, 100), event: 'CREATED', state: live(500, 1) },
    { name: 'created in the tick of enabling is a creation', row: row(500, 1, 0), event: 'CREATED', state: live(500, 1) },
    { name: 'created just before enabling and changed within the tolerance is a creation', row: row(4, 1, -5), event: 'CREATED', state: live(4, 1) },
    { name: 'created just before enabling and changed beyond the tolerance is an update', row: row(6, 1, -5), event: 'UPDATED', state: live(6, 1) },
    { name: 'a tolerance of zero still takes equal stamps', row: row(0, 1, -1), settings: { createdCheckToleranceMs: 0 }, event: 'UPDATED', state: live(0, 1) },
    { name: 'without a creation date is an update', row: row(500, 1, null), event: 'UPDATED', state: live(500, 1) },
    { name: 'while the id list is complete is a creation', row: row(500, 1), pass: { idListComplete: true }, event: 'CREATED', state: live(500, 1) },
    { name: 'changed before enabling is nothing where the index is late', row: row(-5, 1), state: live(-5, 1) },
    { name: 'changed before enabling is an event where stamps precede the commit', row: row(-50, 1), pass: { late: 'commit' }, event: 'UPDATED', state: live(-50, 1) },
    { name: 'born before enabling and committed after it is a creation', row: row(-50, 1, -50), pass: { late: 'commit' }, event: 'CREATED', state: live(-50, 1) },
    { name: 'changed before the baseline is nothing even where stamps precede the commit', row: row(-3700, 1), pass: { late: 'commit', from: s(-4000) }, state: live(-3700, 1) },
    { name: 'without stamps is nothing before the id list is complete', row: row(null, 1, null), state: live(null, 1) },
    { name: 'without stamps is a creation once the id list is complete', row: row(null, 1, null), pass: { kind: 'scan', idListComplete: true }, event: 'CREATED', state: live(null, 1) },
    { name: 'with nothing but a creation date goes by that', row: row(null, 1, 300), event: 'CREATED', state: live(null, 1) },
    { name: 'with nothing but an old creation date is nothing', row: row(null, 1, -300), pass: { idListComplete: true }, state: live(null, 1) },
  ],
  'a listed id': [
    { name: 'a listed id changed since is an update', row: row(500, 1), known: LISTED, event: 'UPDATED', state: live(500, 1) },
    { name: 'a listed id changed since is no creation for being complete', row: row(500, 1), known: LISTED, pass: { idListComplete: true }, event: 'UPDATED', state: live(500, 1) },
    { name: 'a listed id created since is a creation', row: row(500, 1, 400), known: LISTED, event: 'CREATED', state: live(500, 1) },
    { name: 'a listed id changed before enabling is filled in silently', row: row(-5, 1), known: LISTED, state: live(-5, 1) },
    { name: 'a listed id that the baseline could not see before its commit is an update', row: row(-5, 1), known: LISTED, pass: { late: 'commit' }, event: 'UPDATED', state: live(-5, 1) },
    { name: 'a listed id without stamps is filled in silently', row: row(null, 1, null), known: LISTED, pass: { idListComplete: true }, state: live(null, 1) },
    { name: 'a listed id deleted since is a deletion', row: row(500, null), known: LISTED, event: 'DELETED', state: dead(500) },
    { name: 'a listed id with an older deletion is asked for', row: row(-5, null), known: LISTED, confirm: true },
  ],
  'a deletion': [
    { name: 'of a live record is reported once', row: row(500, null), known: live(400, 1), event: 'DELETED', state: dead(500) },
    { name: 'of a record with a later change is asked for', row: row(500, null), known: live(600, 1), confirm: true },
    { name: 'of a record changed in the same tick is asked for', row: row(500, null), known: live(500, 1), confirm: true },
    { name: 'that the vendor calls gone is reported', row: row(500, null), known: live(600, 1), confirmed: { state: 'gone' }, event: 'DELETED', state: dead(600) },
    { name: 'that the vendor answers with 404 is reported, for a feed said so', row: row(500, null), known: live(500, 1), confirmed: { state: 'absent' }, event: 'DELETED', state: dead(500) },
    { name: 'of a record that was restored is not reported', row: row(500, null), known: live(600, 1), confirmed: PRESENT(row(600, 1)) },
    { name: 'that the vendor forbids to look at is not reported', row: row(500, null), known: live(500, 1), confirmed: { state: 'forbidden' } },
    { name: 'without a stamp is asked for', row: row(null, null), known: live(600, 1), confirm: true },
    { name: 'without a stamp, confirmed, happened when the pass began', row: row(null, null), known: live(600, 1), confirmed: { state: 'gone' }, event: 'DELETED', state: dead(1000) },
    { name: 'of a record stamped in the far future keeps that stamp, so that its last sight is no restore', row: row(500, null), known: live(2e9, 1), confirmed: { state: 'gone' }, event: 'DELETED', state: dead(2e9) },
    { name: 'shown again is nothing', row: row(500, null), known: dead(500) },
    { name: 'shown again with an older stamp is nothing', row: row(400, null), known: dead(500) },
    { name: 'after an unseen restore only moves the tombstone', row: row(600, null), known: dead(500), state: dead(600) },
    { name: 'of an unknown record is reported when it happened since enabling', row: row(500, null), event: 'DELETED', state: dead(500) },
    { name: 'of an unknown record before enabling is a silent tombstone', row: row(-5, null), state: dead(-5) },
    { name: 'of an unknown record without a stamp is silent while the window began before enabling', row: row(null, null), state: dead(1000) },
    { name: 'of an unknown record without a stamp is reported when the window began after enabling', row: row(null, null), pass: { from: s(300) }, event: 'DELETED', state: dead(1000) },
  ],
  'a deleted record that lives': [
    { name: 'is a stale read up to the deletion, so it is asked for', row: row(500, 1), known: dead(500), confirm: true },
    { name: 'is created again when the bulk read has it', row: row(500, 1), known: dead(500), confirmed: PRESENT(row(500, 1)), event: 'CREATED', state: live(500, 1) },
    { name: 'is nothing when the bulk read does not have it', row: row(500, 1), known: dead(500), confirmed: { state: 'absent' } },
    { name: 'is created again by a later change', row: row(501, 1), known: dead(500), event: 'CREATED', state: live(501, 1) },
    { name: 'is asked for when it has no stamp', row: row(null, 1), known: dead(500), confirm: true },
  ],
  'the silent baseline': [
    { name: 'makes an unknown record known', row: row(900, 1, 900), pass: { mode: 'silent' }, state: live(900, 1) },
    { name: 'makes a newer version known', row: row(900, 2), known: live(500, 1), pass: { mode: 'silent' }, state: live(900, 2) },
    { name: 'buries a deleted record', row: row(900, null), known: live(500, 1), pass: { mode: 'silent' }, state: dead(900) },
    { name: 'brings a restored record back to life', row: row(900, 1), known: dead(500), pass: { mode: 'silent' }, state: live(900, 1) },
    { name: 'asks nothing about an older stamp', row: row(400, 1), known: live(500, 2), pass: { mode: 'silent', kind: 'scan' } },
    { name: 'asks nothing about a doubtful deletion', row: row(500, null), known: live(500, 2), pass: { mode: 'silent' } },
    { name: 'asks nothing about a doubtful restore', row: row(500, 2), known: dead(500), pass: { mode: 'silent' } },
    { name: 'fills in a listed id', row: row(900, 1), known: LISTED, pass: { mode: 'silent' }, state: live(900, 1) },
  ],
  'a baseline that goes on': [
    { name: 'keeps silent about what was changed up to enabling', row: row(0, 1), pass: { mode: 'continuing' }, state: live(0, 1) },
    { name: 'keeps silent about older stamps even where they precede the commit', row: row(-5, 1), pass: { mode: 'continuing', late: 'commit' }, state: live(-5, 1) },
    { name: 'keeps silent about records without stamps', row: row(null, 1, null), pass: { mode: 'continuing', idListComplete: true }, state: live(null, 1) },
    { name: 'reports what was changed after enabling', row: row(1, 1), pass: { mode: 'continuing' }, event: 'UPDATED', state: live(1, 1) },
    { name: 'reports a second version of what it had read', row: row(900, 2), known: live(500, 1), pass: { mode: 'continuing' }, event: 'UPDATED', state: live(900, 2) },
    { name: 'reports a deletion after enabling', row: row(1, null), pass: { mode: 'continuing' }, event: 'DELETED', state: dead(1) },
    { name: 'keeps silent about a deletion at enabling', row: row(0, null), pass: { mode: 'continuing' }, state: dead(0) },
  ],
  filters: [
    { name: 'a record older than what was asked for is dropped', row: row(99, 1), pass: { from: s(100) } },
    { name: 'a record in the tick that was asked for stays', row: row(100, 1), pass: { from: s(100.7) }, event: 'UPDATED', state: live(100, 1) },
    { name: 'an older record stays when the filter is off', row: row(99, 1), pass: { from: s(100) }, settings: { filterByUpdatedDate: false }, event: 'UPDATED', state: live(99, 1) },
    { name: 'a record newer than the poll is left to the next one when asked for', row: row(1001, 1), settings: { filterByCurrentDate: true } },
    { name: 'a record newer than the poll is reported by default', row: row(1001, 1), event: 'UPDATED', state: live(1001, 1) },
  ],
};

for (const [about, examples] of Object.entries(EXAMPLES)) {
  describe(about, () => {
    for (const example of examples) {
      test(example.name, () => {
        const detection = detect({
          rows: [example.row],
          known: new Map(example.known === undefined ? [] : [['7', example.known]]),
          pass: { ...PASS, ...example.pass },
          settings: { ...SETTINGS, ...example.settings },
          confirmed: new Map(example.confirmed === undefined ? [] : [['7', example.confirmed]]),
        });
        assert.deepEqual(
          detection.events.map((event) => event.type),
          example.event === undefined ? [] : [example.event],
        );
        assert.deepEqual(detection.states.get('7'), example.state);
        assert.deepEqual(detection.confirm, example.confirm === true ? ['7'] : []);
      });
    }
  });
}

function detectAll(rows: SeenRow[], pass: Partial<PassFacts> = {}, known = new Map<string, KnownState>()) {
  return detect({ rows, known, pass: { ...PASS, ...pass }, settings: SETTINGS, confirmed: new Map() });
}

test('two versions of a record in one page are two events in change order, whatever the order of the page', () => {
  const detection = detectAll([row(600, 2, 500), row(500, 1, 500)]);
  assert.deepEqual(
    detection.events.map((event) => [event.type, event.row.fp]),
    [
      ['CREATED', 1n],
      ['UPDATED', 2n],
    ],
  );
  assert.deepEqual(detection.states.get('7'), live(600, 2));
});

test('a record created and deleted within one page is a creation and a deletion', () => {
  const detection = detectAll([row(600, null), row(500, 1, 500)]);
  assert.deepEqual(
    detection.events.map((event) => event.type),
    ['CREATED', 'DELETED'],
  );
});

test('a row that a shifted page shows twice is one event', () => {
  assert.equal(detectAll([row(500, 1), row(500, 1)]).events.length, 1);
});

test('rows detected once give nothing when detected again with the states they left', () => {
  const rows = [row(500, 1), row(500, 2), row(600, null), row(601, 3)];
  const first = detectAll(rows.slice(0, 2), { late: 'commit' });
  assert.equal(first.events.length, 2);
  const second = detectAll(rows.slice(0, 2), { late: 'commit' }, first.states);
  assert.deepEqual([second.events, second.states.size], [[], 0]);
});

test('an event carries the configured date of its kind', () => {
  const dates = (seen: SeenRow, known?: KnownState) =>
    detectAll([seen], {}, new Map(known === undefined ? [] : [['7', known]])).events.map(
      (event) => event.date,
    );
  assert.deepEqual(dates({ ...row(500, 1, 300), updatedDate: s(499) }), [s(300)]);
  assert.deepEqual(dates({ ...row(500, 1), updatedDate: s(499) }), [s(499)]);
  assert.deepEqual(dates(row(500, 1)), [s(500)]);
  assert.deepEqual(dates(row(550, null), live(500, 1)), [s(550)]);
  assert.deepEqual(dates(row(null, 2), live(null, 1)), [s(1000)]);
});

test('a new version stamped before the previous pass is late by the difference', () => {
  assert.deepEqual(detectAll([row(640, 1)]).lateMs, [60_000]);
  assert.deepEqual(detectAll([row(700, 1)]).lateMs, []);
  assert.deepEqual(detectAll([row(640, 1)], { mode: 'continuing' }).lateMs, []);
  assert.deepEqual(detectAll([row(640, 1)], {}, new Map([['7', live(640, 1)]])).lateMs, []);
});
