import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createTestDatabase } from '../../test/support/database.ts';
import { readConfig } from '../config/config.ts';
import type { Config } from '../config/config.ts';
import { createSilentLog } from '../kernel/log.ts';
import { generateEncryptionKey } from '../vault/encryption-keys.ts';
import { openVault } from './open-vault.ts';

const { db, drop } = await createTestDatabase();
const dataDir = await mkdtemp(join(tmpdir(), 'tidings-vault-'));
after(async () => {
  await drop();
  await rm(dataDir, { recursive: true });
});
const log = createSilentLog();
const path = join(dataDir, 'nested', 'encryption-key');

function configWith(keys?: string): Config {
  const env = { TIDINGS_DATA_DIR: join(dataDir, 'nested'), TIDINGS_ENCRYPTION_KEY: keys };
  return readConfig(env, () => '');
}

test('the encryption key of a database is generated once, kept for its owner, and asked for when lost', async () => {
  // Several first starts at once end with one key.
  const vaults = await Promise.all([1, 2, 3].map(() => openVault({ config: configWith(), db, log })));
  const [first, second, third] = vaults;
  const sealed = first!.seal('text', 'place');
  assert.equal(second!.openText(sealed, 'place'), 'text');
  assert.equal(third!.openText(sealed, 'place'), 'text');
  assert.deepEqual(await readdir(join(dataDir, 'nested')), ['encryption-key']);
  if (process.platform !== 'win32') assert.equal((await stat(path)).mode & 0o777, 0o600);

  const key = (await readFile(path, 'utf8')).trim();
  await openVault({ config: configWith(key), db, log });
  const rotated = await openVault({ config: configWith(`${generateEncryptionKey()},${key}`), db, log });
  assert.equal(rotated.openText(sealed, 'place'), 'text');
  await assert.rejects(
    openVault({ config: configWith(generateEncryptionKey()), db, log }),
    /The encryption key in TIDINGS_ENCRYPTION_KEY is not the one this database was begun with/,
  );

  await unlink(path);
  await assert.rejects(
    openVault({ config: configWith(), db, log }),
    /encryption key of this database is missing: restore .*encryption-key from a backup/,
  );
});
