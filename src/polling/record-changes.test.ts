import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordChanges } from './record-changes.ts';

test('changed values are named by their dotted path, deep inside too', () => {
  const before = { id: 1, name: 'A', owner: { id: 7, name: 'O' }, gone: 'x' };
  const after = { id: 1, name: 'B', owner: { id: 8, name: 'O' }, fresh: true };
  assert.deepEqual(recordChanges(before, after), [
    { path: 'name', before: 'A', after: 'B' },
    { path: 'owner.id', before: 7, after: 8 },
    { path: 'fresh', before: null, after: true },
    { path: 'gone', before: 'x', after: null },
  ]);
});

test('an array is one value, and the order of keys is none', () => {
  assert.deepEqual(
    recordChanges({ tags: ['a', 'b'], at: { x: 1, y: 2 } }, { at: { y: 2, x: 1 }, tags: ['a'] }),
    [{ path: 'tags', before: ['a', 'b'], after: ['a'] }],
  );
});

test('an object that becomes a plain value is one change', () => {
  assert.deepEqual(recordChanges({ a: { b: 1 } }, { a: null }), [
    { path: 'a', before: { b: 1 }, after: null },
  ]);
  assert.deepEqual(recordChanges({ a: 1, ['__proto__x']: 2 }, { a: 1, ['__proto__x']: 2 }), []);
});
