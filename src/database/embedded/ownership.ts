import type pg from 'pg';
import { Fault } from '../../kernel/errors.ts';
import { openClient, type Connection } from '../connection.ts';

/** The key of the session advisory lock that the owner of an embedded server holds ("tidings" in ASCII). */
const OWNER_LOCK = 0x74_69_64_69_6e_67_73n;
const APPLICATION_PREFIX = 'tidings owner ';

/** As long as the owner's connection lives, the server is this process's to supervise and to stop. */
export interface Ownership {
  client: pg.Client;
  /** Resolves when the connection has ended, by whomever. */
  ended: Promise<void>;
}

/**
 * Takes a live server over. The lock is free on a server just started and on one whose owner was killed; otherwise
 * throws `Fault('conflict')` naming the owner's process. What connecting throws passes through.
 */
export async function takeOwnership(connection: Connection, dataDir: string): Promise<Ownership> {
  const applicationName = `${APPLICATION_PREFIX}${process.pid}`;
  const client = await openClient(connection, { applicationName, statementTimeoutMs: 0 });
  const ended = new Promise<void>((resolve) => {
    client.once('end', () => resolve());
  });
  try {
    const taken = await client.query<{ ok: boolean }>('select pg_try_advisory_lock($1) as ok', [OWNER_LOCK]);
    if (taken.rows[0]?.ok === true) return { client, ended };
    throw new Fault(
      'conflict',
      `The data directory ${dataDir} is in use by ${await ownerOf(client)}. Stop it, or set another TIDINGS_DATA_DIR.`,
    );
  } catch (error) {
    await client.end();
    throw error;
  }
}

async function ownerOf(client: pg.Client): Promise<string> {
  const found = await client.query<{ name: string }>(
    `select a.application_name as name from pg_locks l join pg_stat_activity a on a.pid = l.pid
     where l.locktype = 'advisory' and l.granted and l.objsubid = 1
       and (l.classid::int8 << 32) + l.objid::int8 = $1`,
    [OWNER_LOCK],
  );
  const name = found.rows[0]?.name ?? '';
  return name.startsWith(APPLICATION_PREFIX)
    ? `pid ${name.slice(APPLICATION_PREFIX.length)}`
    : 'another process';
}

/** Makes the database that the program keeps its tables in, once. */
export async function ensureDatabase(owner: Ownership, name: string): Promise<void> {
  const found = await owner.client.query('select 1 from pg_database where datname = $1', [name]);
  if (found.rowCount === 0)
    await owner.client.query(`create database ${owner.client.escapeIdentifier(name)}`);
}
