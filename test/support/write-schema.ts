/* Writes migrations/schema.sql anew: `node test/support/write-schema.ts`, after adding a migration. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SCHEMA_FILE } from '../../src/database/migration-files.ts';
import { createTestDatabase, MIGRATIONS_DIRECTORY } from './database.ts';
import { dumpSchema } from './schema-dump.ts';

const { db, drop } = await createTestDatabase();
await writeFile(join(MIGRATIONS_DIRECTORY, SCHEMA_FILE), await dumpSchema(db));
await drop();
