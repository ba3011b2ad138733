import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PASSWORD_MAX_BYTES, hashPassword, verifyPassword } from './hash-password.ts';

test('a password matches its own hash and no other does', async () => {
  const stored = await hashPassword('correct horse');
  assert.match(stored, /^scrypt\$32768\$8\$3\$[\w-]{22}\$[\w-]{43}$/);
  assert.equal(await verifyPassword('correct horse', stored), true);
  assert.equal(await verifyPassword('correct horsf', stored), false);
  assert.notEqual(await hashPassword('correct horse'), stored);
});

test('a password matches in whichever Unicode form it is typed', async () => {
  const stored = await hashPassword('caf\u00e9');
  assert.equal(await verifyPassword('cafe\u0301', stored), true);
});

test('a hash made with other parameters still verifies', async () => {
  // RFC 7914, section 12, third vector, its first 32 bytes.
  const hash = Buffer.from('7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2', 'hex');
  const stored = `scrypt$16384$8$1$${Buffer.from('SodiumChloride').toString('base64url')}$${hash.toString('base64url')}`;
  assert.equal(await verifyPassword('pleaseletmein', stored), true);
  assert.equal(await verifyPassword('pleaseletmeout', stored), false);
});

test('an empty or overlong password is refused when set and false when tried', async () => {
  const stored = await hashPassword('x'.repeat(PASSWORD_MAX_BYTES));
  assert.equal(await verifyPassword('x'.repeat(PASSWORD_MAX_BYTES), stored), true);
  for (const password of ['', 'x'.repeat(PASSWORD_MAX_BYTES + 1), '\u20ac'.repeat(400)]) {
    await assert.rejects(hashPassword(password), { code: 'bad_request' });
    assert.equal(await verifyPassword(password, stored), false);
  }
});

test('a malformed or greedy stored hash is false', async () => {
  const stored = await hashPassword('secret');
  const salt = 'AAAAAAAAAAAAAAAAAAAAAA';
  const malformed = [
    '',
    'secret',
    stored.slice(0, -1) + '!',
    stored.replace('scrypt', 'bcrypt'),
    stored.replace('32768', '32767'),
    stored.replace('32768', '0'),
    `scrypt$4194304$8$1$${salt}$${salt}`,
    `scrypt$16384$8$999$${salt}$${salt}`,
    `scrypt$16384$0$1$${salt}$${salt}`,
    `${stored}$more`,
  ];
  for (const text of malformed) assert.equal(await verifyPassword('secret', text), false, text);
});

test('an unknown user is false after the same work as a known one', async () => {
  const stored = await hashPassword('secret');
  const known = await cpuTimeOf(() => verifyPassword('wrong', stored));
  const unknown = await cpuTimeOf(() => verifyPassword('wrong', undefined));
  // Processor time, not the clock: other work on the machine does not count. A shortcut would be near zero.
  assert.ok(unknown > known / 4, `${unknown} µs against ${known} µs`);
  assert.equal(await verifyPassword('', undefined), false);
});

async function cpuTimeOf(work: () => Promise<boolean>): Promise<number> {
  const before = process.cpuUsage();
  assert.equal(await work(), false);
  return process.cpuUsage(before).user;
}
