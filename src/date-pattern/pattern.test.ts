import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkPattern, parsePattern } from './pattern.ts';

test('the patterns of old configurations have no problems', () => {
  for (const pattern of [
    "yyyy-MM-dd'T'HH:mm:ss.SSSSZ",
    "yyyy-MM-dd-'T'HH:mm:ss.SSSSZ",
    "yyyy-MM-dd'T'HH:mm:ssXXX",
    "yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'",
    'yyyy-MM-dd HH:mm:ss',
    'EEE, dd MMM yyyy HH:mm:ss Z',
    'milliseconds',
    'seconds',
    "h 'o''clock' a",
    "''yy",
  ]) {
    assert.deepEqual(checkPattern(pattern), [], pattern);
  }
});

test('unknown letters and an unbalanced quote are named with their place', () => {
  assert.deepEqual(checkPattern('yyyy-QQ'), [
    'unknown letter "Q" at position 5',
    'unknown letter "Q" at position 6',
  ]);
  assert.deepEqual(checkPattern("yyyy'T"), ['the quote at position 4 is not closed']);
  assert.deepEqual(checkPattern("yyyy'T''"), ['the quote at position 4 is not closed']);
  assert.deepEqual(checkPattern(''), ['the pattern is empty']);
  assert.equal(checkPattern('y'.repeat(201)).length, 1);
  assert.equal(checkPattern('Milliseconds').length > 0, true);
});

test('quotes make literal text and two of them one quote', () => {
  assert.deepEqual(parsePattern("hh 'o''clock' ''a").tokens, [
    { type: 'field', letter: 'h', width: 2 },
    { type: 'literal', text: " o'clock '" },
    { type: 'field', letter: 'a', width: 1 },
  ]);
});
