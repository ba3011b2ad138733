import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { sealKeyCheck, verifyKeyCheck } from './key-check.ts';
import { VaultError, createVault } from './vault.ts';

const oldKey = randomBytes(32);
const newKey = randomBytes(32);
const vault = createVault([oldKey]);
const place = 'instances:42:secrets';

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof VaultError, String(error));
    return error.code;
  }
  return 'opened';
}

test('any text comes back from where it was sealed', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (plain, boundTo) => {
      assert.equal(vault.openText(vault.seal(plain, boundTo), boundTo), plain);
    }),
  );
});

test('bytes that are no text come back unchanged, the empty value and a megabyte too', () => {
  for (const size of [0, 1, 16, 1_000_000]) {
    const plain = randomBytes(size);
    const sealed = vault.seal(plain, place);
    assert.equal(sealed.length, size + 37);
    assert.ok(vault.open(sealed, place).equals(plain));
  }
});

test('the same secret sealed twice gives different bytes that do not hold it', () => {
  const [one, two] = [vault.seal('pipedrive-token', place), vault.seal('pipedrive-token', place)];
  assert.ok(!one.equals(two));
  assert.ok(!one.includes('pipedrive-token'));
});

test('a value copied to another row is refused as bound elsewhere', () => {
  const sealed = vault.seal('secret', 'instances:42:secrets');
  assert.equal(
    codeOf(() => vault.open(sealed, 'instances:43:secrets')),
    'bound_elsewhere',
  );
});

test('the place is protected by the cipher itself, not only by the readable binding', () => {
  const here = vault.seal('secret', 'instances:1:secrets');
  const there = vault.seal('other', 'instances:2:secrets');
  const forged = Buffer.concat([here.subarray(0, 5), there.subarray(5, 9), here.subarray(9)]);
  assert.equal(
    codeOf(() => vault.open(forged, 'instances:2:secrets')),
    'damaged',
  );
});

test('a value under a key that is not configured is refused by that name', () => {
  const sealed = createVault([newKey]).seal('secret', place);
  assert.equal(
    codeOf(() => vault.open(sealed, place)),
    'unknown_key',
  );
});

test('no single altered byte and no cut ever opens', () => {
  const sealed = vault.seal('secret', place);
  for (let at = 0; at < sealed.length; at++) {
    const altered = Buffer.from(sealed);
    altered[at] = altered[at]! ^ 1;
    assert.notEqual(
      codeOf(() => vault.open(altered, place)),
      'opened',
      `byte ${at}`,
    );
    assert.equal(
      codeOf(() => vault.open(sealed.subarray(0, at), place)),
      'damaged',
      `cut at ${at}`,
    );
  }
});

test('an error about a sealed value names the place and not the value', () => {
  const sealed = vault.seal('hunter2', place);
  sealed[40] = sealed[40]! ^ 1;
  assert.throws(
    () => vault.open(sealed, place),
    (error: Error) => error.message.includes(place) && !error.message.includes('hunter2'),
  );
});

test('after a rotation old values still open, and are known as not current', () => {
  const sealed = vault.seal('secret', place);
  const rotated = createVault([newKey, oldKey]);
  assert.equal(rotated.openText(sealed, place), 'secret');
  assert.ok(vault.isCurrent(sealed));
  assert.ok(!rotated.isCurrent(sealed));
  assert.ok(rotated.isCurrent(rotated.seal('secret', place)));
  assert.ok(!rotated.isCurrent(Buffer.alloc(0)));
});

test('a vault without keys or with a short one is refused', () => {
  assert.throws(() => createVault([]), /at least one encryption key/);
  assert.throws(() => createVault([randomBytes(31)]), /32 bytes, not 31/);
});

test('the key check tells the right key from an old, a wrong and a damaged one', () => {
  const stored = sealKeyCheck(vault);
  assert.equal(verifyKeyCheck(vault, stored), 'current');
  assert.equal(verifyKeyCheck(createVault([newKey, oldKey]), stored), 'old_key');
  assert.equal(verifyKeyCheck(createVault([newKey]), stored), 'wrong_key');
  assert.equal(verifyKeyCheck(vault, stored.subarray(0, 20)), 'damaged');
  assert.equal(verifyKeyCheck(vault, vault.seal('something else', 'key-check')), 'damaged');
});
