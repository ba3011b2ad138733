import assert from 'node:assert/strict';
import { test } from 'node:test';
import { civilFromLocalMs } from './civil.ts';
import { findZone, instantOf, offsetAt, readZone, zoneName, type Zone } from './zone.ts';

const at = (iso: string) => Date.parse(iso);

function zone(id: string): Zone {
  const found = findZone(id);
  assert.ok(found, `no zone ${id}`);
  return found;
}

function wall(id: string, local: string): string {
  const instant = instantOf(civilFromLocalMs(at(`${local}Z`)), zone(id));
  assert.ok(instant !== null);
  return new Date(instant).toISOString();
}

test('short ids of Java are regions with their summer time', () => {
  const summer = at('2026-07-01T00:00:00Z');
  for (const [id, hours] of [
    ['PST', -7],
    ['CST', -5],
    ['EST', -5],
    ['MST', -7],
    ['HST', -10],
    ['ECT', 2],
    ['IST', 5.5],
    ['JST', 9],
    ['GMT', 0],
    ['UTC', 0],
    ['Z', 0],
    ['America/New_York', -4],
    ['america/new_york', -4],
    ['Europe/London', 1],
    ['GMT+5', 5],
    ['GMT-08:00', -8],
    ['UTC+0530', 5.5],
    ['+05:30', 5.5],
    ['-08', -8],
    ['PDT', -7],
  ] as const) {
    assert.equal(offsetAt(zone(id), summer), hours * 3_600_000, id);
  }
});

test('every short id of Java is a zone', () => {
  const ids =
    'EST HST MST ACT AET AGT ART AST BET BST CAT CNT CST CTT EAT ECT IET IST JST MIT NET NST PLT PNT PRT PST SST VST';
  for (const id of ids.split(' ')) zone(id);
});

test('what is no zone is null', () => {
  for (const id of [
    '',
    ' ',
    'Mars/Olympus',
    '+25:00',
    'GMT+5:99',
    '5',
    'constructor',
    '__proto__',
    'x'.repeat(5000),
  ]) {
    assert.equal(findZone(id), null, id.slice(0, 20));
    assert.equal(readZone(id), null, id.slice(0, 20));
  }
});

test('a zone in a text says itself whether it is summer', () => {
  const summer = at('2026-07-01T00:00:00Z');
  for (const [text, hours] of [
    ['PST', -8],
    ['PDT', -7],
    ['EDT', -4],
    ['CEST', 2],
    ['BST', 1],
    ['Z', 0],
    ['+0530', 5.5],
    ['Europe/Paris', 2],
  ] as const) {
    const read = readZone(text);
    assert.ok(read, text);
    assert.equal(offsetAt(read, summer), hours * 3_600_000, text);
  }
});

test('a time that spring skips is taken an hour on', () => {
  assert.equal(wall('America/New_York', '2026-03-08T02:30:00'), '2026-03-08T07:30:00.000Z');
  assert.equal(wall('Europe/Paris', '2026-03-29T02:00:00'), '2026-03-29T01:00:00.000Z');
});

test('of a time that comes twice in autumn the standard one is meant', () => {
  assert.equal(wall('America/New_York', '2026-11-01T01:30:00'), '2026-11-01T06:30:00.000Z');
  assert.equal(wall('Europe/Paris', '2026-10-25T02:30:00'), '2026-10-25T01:30:00.000Z');
});

test('names of zones follow the season', () => {
  assert.equal(zoneName(zone('PST'), at('2026-07-01T00:00:00Z')), 'PDT');
  assert.equal(zoneName(zone('PST'), at('2026-01-01T00:00:00Z')), 'PST');
  assert.equal(zoneName(zone('GMT'), 0), 'GMT');
  assert.equal(zoneName(zone('UTC'), 0), 'UTC');
  assert.equal(zoneName(zone('+05:30'), 0), 'GMT+05:30');
});

test('an instant beyond what a Date can hold is null', () => {
  const civil = { month: 1, day: 1, hour: 0, minute: 0, second: 0, ms: 0 };
  assert.equal(instantOf({ ...civil, year: 999_999 }, zone('UTC')), null);
  assert.equal(instantOf({ ...civil, year: 999_999 }, zone('America/New_York')), null);
});
