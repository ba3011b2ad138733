import type { Duplex } from 'node:stream';
import pg from 'pg';
import type { Log } from '../kernel/log.ts';
import { answerLimit, clientConfig, prepareSession, type Connection } from './connection.ts';
import { callerError } from './errors.ts';
import { createPatience } from './patience.ts';
import { createSession, type Queryable, type Session } from './session.ts';
import { runTransaction, type TransactionOptions } from './transaction.ts';

export type { Queryable } from './session.ts';

export interface Database extends Queryable {
  /**
   * Runs `fn` in one READ COMMITTED transaction, committed when it resolves, rolled back when it throws.
   * A transaction that PostgreSQL gave up (an error swallowed by `fn`) throws instead of pretending to commit.
   * `Fault('unavailable')` from the commit itself leaves open whether it happened. A limit is for each statement.
   */
  transaction<T>(fn: (tx: Queryable) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /** Waits for the statements in flight, for two seconds at most, then closes every connection. */
  close(): Promise<void>;
}

const CLOSE_TIMEOUT_MS = 2_000;

export interface DatabaseOptions {
  connection: Connection;
  poolSize: number;
  log: Log;
  /** Shown in pg_stat_activity. */
  applicationName?: string;
  /**
   * The server cancels a statement after this; 30 s unless told. What is not answered some seconds later is
   * `unavailable`, and its connection is given up: it may have been done all the same.
   */
  statementTimeoutMs?: number;
}

/** A pool of connections, opened when first needed. A connection lost while idle is logged and replaced. */
export function createDatabase(options: DatabaseOptions): Database {
  const { connection, poolSize, log, applicationName = 'tidings', statementTimeoutMs = 30_000 } = options;
  const sockets = new Set<Duplex>();
  const patience = createPatience();
  const limitMs = answerLimit(statementTimeoutMs);
  const pool = new pg.Pool({
    ...clientConfig(connection, applicationName),
    max: poolSize,
    idleTimeoutMillis: 60_000,
    // oxlint-disable-next-line typescript/no-misused-promises -- pg-pool awaits it, whatever its typing says
    onConnect: (client) => {
      // Without a listener an error between two statements of a transaction would end the process.
      client.on('error', () => {});
      return prepareSession(client, statementTimeoutMs);
    },
  });
  pool.on('connect', (client) => {
    const stream = socketOf(client);
    sockets.add(stream.once('close', () => sockets.delete(stream)));
  });
  pool.on('error', (error) => log.warn({ err: error }, 'an idle database connection was lost'));

  const withSession = async <T>(use: (session: Session) => Promise<T>): Promise<T> => {
    const client = await pool.connect().catch((error: unknown) => {
      throw callerError(error);
    });
    const wait = (ms = limitMs): (() => void) =>
      ms === null ? () => {} : patience.wait(ms, () => void socketOf(client).destroy());
    const session = createSession(client, wait);
    try {
      return await use(session);
    } finally {
      client.release(session.isSpoilt());
    }
  };

  let closed: Promise<void> | undefined;
  return {
    query: (text, values, statement) => withSession((session) => session.query(text, values, statement)),
    execute: (text, values, statement) => withSession((session) => session.execute(text, values, statement)),
    transaction: (fn, options) => withSession((session) => runTransaction(session, fn, options)),
    close: () => (closed ??= closeInTime(pool, sockets).finally(() => patience.end())),
  };
}

/** Every client of a pool is one of its own making, with a socket. */
function socketOf(client: pg.PoolClient): Duplex {
  return (client as unknown as pg.Client).connection.stream;
}

/** A peer that vanished answers neither statements nor a goodbye. */
async function closeInTime(pool: pg.Pool, sockets: ReadonlySet<Duplex>): Promise<void> {
  const cutOff = setTimeout(() => {
    for (const socket of sockets) socket.destroy();
  }, CLOSE_TIMEOUT_MS);
  await pool.end();
  clearTimeout(cutOff);
}
