import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { canReach, findAccount } from './account.ts';

test('whether an account can reach a file is decided by every directory above it and by its own relation to each', async (t) => {
  const outer = await mkdtemp(join(tmpdir(), 'reach-'));
  t.after(() => rm(outer, { recursive: true }));
  const inner = join(outer, 'inner');
  const file = join(inner, 'file');
  await mkdir(inner);
  await writeFile(file, '');
  const { uid, gid } = await stat(file);
  const owner = { name: 'owner', uid, gid: gid + 1 };
  const member = { name: 'member', uid: uid + 1, gid };
  const other = { name: 'other', uid: uid + 1, gid: gid + 1 };

  const cases = [
    { modes: [0o711, 0o711, 0o644], reach: [owner, member, other] },
    { modes: [0o711, 0o711, 0o640], reach: [owner, member] },
    { modes: [0o711, 0o700, 0o644], reach: [owner] },
    { modes: [0o710, 0o711, 0o644], reach: [owner, member] },
    { modes: [0o701, 0o711, 0o604], reach: [owner, other] },
    { modes: [0o711, 0o711, 0o044], reach: [member, other] },
  ];
  for (const { modes, reach } of cases) {
    await chmod(outer, modes[0]!);
    await chmod(inner, modes[1]!);
    await chmod(file, modes[2]!);
    for (const account of [owner, member, other]) {
      const expected = reach.includes(account);
      assert.equal(
        await canReach(account, file, 'read'),
        expected,
        `${account.name} at ${modes.map((mode) => mode.toString(8)).join(' ')}`,
      );
    }
  }
  await chmod(outer, 0o700);
  await chmod(inner, 0o700);
});

test('the account that stands in for root is not root', async () => {
  const account = await findAccount();
  assert.notEqual(account.uid, 0);
  assert.ok(account.name !== '');
});
