import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { constantTimeEqual } from './equal.ts';
import { hashToken } from './hash-token.ts';
import { MASK, isMask } from './mask.ts';

test('a token hash is the SHA-256 of its UTF-8 bytes', () => {
  // FIPS 180-4 example: SHA-256("abc").
  assert.equal(
    hashToken('abc').toString('hex'),
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
});

test('constant-time equality agrees with equality for all lengths and mixed types', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      assert.equal(constantTimeEqual(a, b), a === b);
      assert.equal(constantTimeEqual(a, Buffer.from(a)), true);
    }),
  );
  assert.equal(constantTimeEqual('secret', 'secret '), false);
});

test('only the exact mask means "keep what is stored"', () => {
  assert.ok(isMask(MASK));
  for (const value of ['', '*******', '*********', null, 8, [MASK]]) assert.ok(!isMask(value));
});
