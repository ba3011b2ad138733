import { join, resolve } from 'node:path';
import { checkEncryptionKeys, isEncryptionCheckStored } from '../accounts/encryption-check.ts';
import type { Config } from '../config/config.ts';
import type { Database } from '../database/pool.ts';
import { Fault } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { generateEncryptionKey, parseEncryptionKeys } from '../vault/encryption-keys.ts';
import { createVault } from '../vault/vault.ts';
import type { Vault } from '../vault/vault.ts';
import { readKeyFile, writeKeyFile } from './key-file.ts';

/**
 * The vault with the configured encryption keys, or with the one in the data directory, which is generated with a new
 * database. @throws Fault `conflict` when they are not the keys of this database.
 */
export async function openVault({
  config,
  db,
  log,
}: {
  config: Config;
  db: Database;
  log: Log;
}): Promise<Vault> {
  const path = join(resolve(config.dataDir), 'encryption-key');
  const vault = createVault(config.encryptionKeys ?? parseEncryptionKeys(await keyFromFile(db, path, log)));
  const result = await checkEncryptionKeys({ db, vault });
  switch (result) {
    case 'current':
      return vault;
    case 'old_key':
      log.info('the first encryption key is new: stored secrets are encrypted with it in the background');
      return vault;
    case 'wrong_key':
    case 'damaged': {
      const where = config.encryptionKeys === null ? path : 'TIDINGS_ENCRYPTION_KEY';
      throw new Fault(
        'conflict',
        `The encryption key in ${where} is not the one this database was begun with: restore that key. ` +
          'To replace it, list the new key first and the old one after a comma.',
      );
    }
  }
}

async function keyFromFile(db: Database, path: string, log: Log): Promise<string> {
  const present = await readKeyFile(path);
  if (present !== null) return present;
  if (await isEncryptionCheckStored({ db })) {
    // A first start at the same time writes the file before it stores the check.
    const written = await readKeyFile(path);
    if (written !== null) return written;
    throw new Fault(
      'conflict',
      `The encryption key of this database is missing: restore ${path} from a backup or set TIDINGS_ENCRYPTION_KEY.`,
    );
  }
  log.info({ path }, 'generated an encryption key: keep a copy, stored secrets cannot be read without it');
  return writeKeyFile(path, generateEncryptionKey());
}
