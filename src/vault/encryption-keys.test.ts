import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { generateEncryptionKey, parseEncryptionKeys } from './encryption-keys.ts';

test('a generated key is read back as 32 bytes and never comes twice', () => {
  const [one, two] = [generateEncryptionKey(), generateEncryptionKey()];
  assert.notEqual(one, two);
  assert.equal(parseEncryptionKeys(one)[0].length, 32);
});

test('a list of keys keeps its order, blanks, missing padding and base64url are tolerated', () => {
  const keys = [randomBytes(32), randomBytes(32), randomBytes(32)];
  const text = ` ${keys[0]!.toString('base64')},\n${keys[1]!.toString('base64').replace('=', '')} , ${keys[2]!.toString('base64url')}\n`;
  assert.deepEqual(parseEncryptionKeys(text), keys);
});

test('an unusable key is named by its place and not printed', () => {
  const good = generateEncryptionKey();
  const cases: [string, RegExp][] = [
    ['', /key 1 of 1 .* is empty/],
    [`${good},`, /key 2 of 2 .* is empty/],
    [`${good},c2VjcmV0,${good}`, /key 2 of 3 .* has 8 characters/],
    [`!${good.slice(1)}`, /key 1 of 1 .* not base64/],
    [randomBytes(33).toString('base64'), /key 1 of 1/],
    [randomBytes(32).toString('hex'), /key 1 of 1 .* has 64 characters/],
  ];
  for (const [text, message] of cases) {
    assert.throws(
      () => parseEncryptionKeys(text),
      (error: Error) => message.test(error.message) && !error.message.includes('c2VjcmV0'),
      text,
    );
  }
});
