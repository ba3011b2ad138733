import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../kernel/errors.ts';

/** One step of the schema, a file `NNNN-name.sql`. */
export interface Migration {
  number: number;
  file: string;
  sql: string;
  checksum: string;
}

/** The dump of the schema that lies beside the migrations and is not one. */
export const SCHEMA_FILE = 'schema.sql';

/** Reads the migrations of a directory in their order. Throws a Fault naming a file that has no, or another's, number. */
export async function readMigrations(directory: string): Promise<Migration[]> {
  const files = (await readdir(directory))
    .filter((file) => file.endsWith('.sql') && file !== SCHEMA_FILE)
    .sort();
  const migrations: Migration[] = [];
  for (const file of files) {
    const number = Number(/^(\d{4})-[a-z0-9-]+\.sql$/.exec(file)?.[1] ?? Number.NaN);
    if (Number.isNaN(number)) {
      throw new Fault('internal', `The migration ${file} is not named NNNN-name.sql.`);
    }
    const previous = migrations.at(-1);
    if (previous?.number === number) {
      throw new Fault('internal', `The migrations ${previous.file} and ${file} have the same number.`);
    }
    // A checkout on Windows may end lines otherwise; that is no edit.
    const sql = (await readFile(join(directory, file), 'utf8')).replaceAll('\r\n', '\n');
    migrations.push({ number, file, sql, checksum: createHash('sha256').update(sql).digest('hex') });
  }
  return migrations;
}
