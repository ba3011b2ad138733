import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../../test/support/database.ts';
import { checkEncryptionKeys } from '../accounts/encryption-check.ts';
import type { Database } from '../database/pool.ts';
import { createSilentLog } from '../kernel/log.ts';
import { findSealedOtherwise, replaceSealed, type SealedRow } from '../vault/queries.ts';
import type { SealedColumn } from '../vault/sealed-column.ts';
import { createVault, type Vault } from '../vault/vault.ts';
import { resealSecrets, SEALED_COLUMNS } from './reseal-secrets.ts';

/** Changing the encryption key: A, then "B,A", then B alone. */

const [a, b] = [randomBytes(32), randomBytes(32)];
const [onlyA, rotating, onlyB] = [createVault([a]), createVault([b, a]), createVault([b])];
const log = createSilentLog();

const opened: TestDatabase[] = [];
after(() => Promise.all(opened.map(({ drop }) => drop())));

/** More than two pages of some. */
const ROWS = 250;

/** A database begun with key A, with `ROWS` secrets in every column there is. */
async function fill(): Promise<Database> {
  const database = await createTestDatabase();
  opened.push(database);
  const { db } = database;
  assert.equal(await checkEncryptionKeys({ db, vault: onlyA }), 'current');
  const seals = (column: SealedColumn, keys: unknown[][]): Buffer[] =>
    keys.map((key) => onlyA.seal(`secret of ${key.length}`, placeOf(column, key)));
  const ids = Array.from({ length: ROWS }, (_, index) => index + 1);
  const byId = ids.map((id) => [id]);
  const names = ids.map((id) => `näme ${id}`);
  const hashes = ids.map((id) => Buffer.from(`hash ${id}`));
  const column = (table: string, name?: string): SealedColumn =>
    SEALED_COLUMNS.find((one) => one.table === table && (name === undefined || one.column === name))!;
  await db.transaction(async (tx) => {
    // Only the sealed columns matter here: no foreign keys.
    await tx.execute(`set local session_replication_role = replica`);
    const from = 'select *, to_timestamp(0) from unnest';
    await tx.execute(
      `insert into organizations (id, name, secret_hash, secret_sealed, created_at) overriding system value
       ${from}($1::int8[], $2::text[], $3::bytea[], $4::bytea[])`,
      [ids, names, hashes, seals(column('organizations'), byId)],
    );
    await tx.execute(
      `insert into users (id, email, secret_hash, secret_sealed, created_at, account_id) overriding system value
       select *, to_timestamp(0), 1 from unnest($1::int8[], $2::text[], $3::bytea[], $4::bytea[])`,
      [ids, names, hashes, seals(column('users'), byId)],
    );
    await tx.execute(
      `insert into instances (id, name, token_hash, token_sealed, credentials, created_at, account_id, user_id, element_key)
       overriding system value select *, to_timestamp(0), 1, 1, 'none'
       from unnest($1::int8[], $2::text[], $3::bytea[], $4::bytea[], $5::bytea[])`,
      [
        ids,
        names,
        hashes,
        seals(column('instances', 'token_sealed'), byId),
        seals(column('instances', 'credentials'), byId).map((sealed, index) => (index === 7 ? null : sealed)),
      ],
    );
    const entries = ids.map((id) => [id % 9, `key ${id}`]);
    await tx.execute(
      `insert into instance_configuration (instance_id, key, sealed) select * from unnest($1::int8[], $2::text[], $3::bytea[])`,
      [
        entries.map(([id]) => id),
        entries.map(([, key]) => key),
        seals(column('instance_configuration'), entries),
      ],
    );
    const consents = hashes.map((hash) => [hash, Buffer.from('state')]);
    await tx.execute(
      `insert into oauth_consents (page, state, verifier, account_id, issued_at)
       select *, 1, to_timestamp(0) from unnest($1::bytea[], $2::bytea[], $3::bytea[])`,
      [hashes, consents.map(([, state]) => state), seals(column('oauth_consents'), consents)],
    );
    await tx.execute(
      `insert into webhook_setups (instance_id, secret, state) select *, 'off' from unnest($1::int8[], $2::bytea[])`,
      [ids, seals(column('webhook_setups'), byId)],
    );
    const records = ids.map((id) => [id % 3, `récord ${id}`]);
    await tx.execute(
      `insert into snapshots (resource_id, record_id, sealed) select * from unnest($1::int4[], $2::text[], $3::bytea[])`,
      [records.map(([id]) => id), records.map(([, id]) => id), seals(column('snapshots'), records)],
    );
  });
  return db;
}

function placeOf({ placeOf: place }: SealedColumn, key: unknown[]): string {
  return (place as (...values: unknown[]) => string)(...key);
}

/** What is not sealed under the vault's first key. */
async function staleIn(db: Database, vault: Vault): Promise<[SealedColumn, SealedRow][]> {
  const search = { start: vault.currentStart, after: null, limit: 10_000 };
  const found = await Promise.all(
    SEALED_COLUMNS.map(async (column) =>
      (await findSealedOtherwise(db, column, search)).map((row): [SealedColumn, SealedRow] => [column, row]),
    ),
  );
  return found.flat();
}

test('after a rotation everything opens with the new key alone', async () => {
  const db = await fill();
  assert.equal(await checkEncryptionKeys({ db, vault: rotating }), 'old_key');
  assert.equal((await staleIn(db, rotating)).length, ROWS * SEALED_COLUMNS.length - 1);
  // Two nodes at once.
  await Promise.all([1, 2].map(() => resealSecrets({ db, vault: rotating, log }).done));
  assert.deepEqual(await staleIn(db, rotating), []);
  assert.equal(await checkEncryptionKeys({ db, vault: onlyB }), 'current');
  assert.equal(await checkEncryptionKeys({ db, vault: onlyA }), 'wrong_key');
  const all = await staleIn(db, onlyA);
  assert.equal(all.length, ROWS * SEALED_COLUMNS.length - 1);
  for (const [column, { key, sealed }] of all) {
    assert.equal(onlyB.openText(sealed, placeOf(column, key)), `secret of ${key.length}`);
  }
});

test('what was stopped in the middle is finished by the next start', async () => {
  const db = await fill();
  await resealSecrets({ db, vault: rotating, log }).stop();
  assert.equal(await checkEncryptionKeys({ db, vault: rotating }), 'old_key');
  const [first] = await staleIn(db, rotating);
  assert.ok(first !== undefined);
  await resealSecrets({ db, vault: rotating, log }).done;
  assert.deepEqual(await staleIn(db, rotating), []);
  // A node with the keys in their old order wrote one more.
  const [column, row] = first;
  const now = (await staleIn(db, onlyA)).find(
    ([one, { key }]) => one === column && String(key) === String(row.key),
  );
  await replaceSealed(db, column, now![1], onlyA.seal('late', placeOf(column, row.key)));
  await resealSecrets({ db, vault: rotating, log }).done;
  assert.deepEqual(await staleIn(db, rotating), []);
});

test('a change at the same time wins', async () => {
  const db = await fill();
  for (const [column, read] of (await staleIn(db, rotating)).filter(
    ([, { key }]) => String(key[0]) === '5',
  )) {
    const changed = rotating.seal('changed', placeOf(column, read.key));
    assert.equal(await replaceSealed(db, column, read, changed), true);
    assert.equal(await replaceSealed(db, column, read, Buffer.from('too late')), false);
  }
  await resealSecrets({ db, vault: rotating, log }).done;
  const kept = (await staleIn(db, onlyA)).filter(([, { key }]) => String(key[0]) === '5');
  for (const [column, { key, sealed }] of kept) {
    assert.equal(onlyB.openText(sealed, placeOf(column, key)), 'changed');
  }
});

test('while something cannot be opened the old key is still asked for', async () => {
  const db = await fill();
  const [[column, row] = assert.fail()] = await staleIn(db, rotating);
  const foreign = createVault([randomBytes(32)]).seal('x', placeOf(column, row.key));
  await replaceSealed(db, column, row, foreign);
  await resealSecrets({ db, vault: rotating, log }).done;
  assert.equal((await staleIn(db, rotating)).length, 1);
  assert.equal(await checkEncryptionKeys({ db, vault: rotating }), 'old_key');
});

test('every column of bytes is either sealed anew or known to hold no secret', async () => {
  const db = await fill();
  const open = new Set([
    'secret_hash',
    'token_hash',
    'payload',
    'page',
    'state',
    'wanted',
    'encryption_check.sealed',
  ]);
  const rows = await db.query<{ table: string; column: string }>(
    `select table_name as table, column_name as column from information_schema.columns
     where table_schema = 'public' and data_type = 'bytea'`,
  );
  const rest = rows
    .filter(({ table, column }) => !open.has(column) && !open.has(`${table}.${column}`))
    .map(({ table, column }) => `${table}.${column}`);
  assert.deepEqual(new Set(rest), new Set(SEALED_COLUMNS.map(({ table, column }) => `${table}.${column}`)));
});
