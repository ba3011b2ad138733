import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalJson, type Json } from '../kernel/json.ts';
import { createContentText } from './content-text.ts';

test('the text of a record is its canonical JSON, whatever the record', () => {
  const contentText = createContentText();
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      assert.equal(contentText(value as Json), canonicalJson(value as Json));
    }),
    { numRuns: 2000 },
  );
});

test('objects of the same keys in another order have the same text', () => {
  const contentText = createContentText();
  assert.equal(contentText({ b: 1, a: { d: null, c: [] } }), contentText({ a: { c: [], d: null }, b: 1 }));
  assert.notEqual(contentText({ 'a\u0000b': 1 }), contentText({ a: 1, b: 1 }));
  // Keys that hold the separator are no other keys.
  assert.equal(contentText({ 'a\u0000b': 1 }), '{"a\\u0000b":1}');
  assert.equal(contentText({ 'a\u0000b': 1, c: 2 }), '{"a\\u0000b":1,"c":2}');
  assert.equal(contentText({ a: 1, 'b\u0000c': 2 }), '{"a":1,"b\\u0000c":2}');
});
