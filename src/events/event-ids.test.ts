import assert from 'node:assert/strict';
import { test } from 'node:test';
import { uuidv7Floor } from '../kernel/ids.ts';
import { createEventIds } from './event-ids.ts';

const START = Date.UTC(2026, 10, 21, 9);

test('ids of one millisecond, and of a clock that steps back, still grow and differ', () => {
  const next = createEventIds();
  const ids = [
    ...Array.from({ length: 50_000 }, () => next(START)),
    next(START - 60_000),
    next(START + 1),
    next(START),
  ];
  assert.deepEqual(ids.toSorted(), ids);
  assert.equal(new Set(ids).size, ids.length);
});

test('an id is a version 7 UUID that carries its millisecond', () => {
  const id = createEventIds()(START);
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.ok(id >= uuidv7Floor(START) && id < uuidv7Floor(START + 1));
});
