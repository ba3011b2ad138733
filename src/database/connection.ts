import pg from 'pg';
import { COLUMN_TYPES } from './column-types.ts';

/** Where the database is: a PostgreSQL URL, or the parts the embedded server gives. */
export type Connection =
  | { url: string }
  | { host: string; port: number; user: string; database: string; password?: string };

const CONNECT_TIMEOUT_MS = 10_000;
/** The server, which cancels a statement at its time limit, has this much longer to say so. */
const ANSWER_SLACK_MS = 5_000;

/**
 * How long to wait for the answer to a statement, null for ever: to a peer that vanished it would be a quarter of an hour
 * (Linux, tcp_retries2).
 */
export function answerLimit(statementTimeoutMs: number): number | null {
  return statementTimeoutMs > 0 ? statementTimeoutMs + ANSWER_SLACK_MS : null;
}

/** The settings of one pg client. TCP keep-alive finds a peer that vanished while nothing was under way. */
export function clientConfig(connection: Connection, applicationName: string): pg.ClientConfig {
  const where =
    'url' in connection
      ? { connectionString: connection.url }
      : // pg would take what is not given, TLS included, from the PG… variables of the environment.
        { ...connection, password: connection.password ?? 'unused', ssl: false };
  return {
    ...where,
    application_name: applicationName,
    types: COLUMN_TYPES,
    keepAlive: true,
    // A statement is sent though the answer to the one before it is not there yet; they are answered in turn.
    pipeline: true,
    keepAliveInitialDelayMillis: 10_000,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  };
}

/**
 * Settings every session relies on. They are sent as a statement, not as startup parameters, because poolers
 * refuse those they do not know. `statementTimeoutMs` 0 means none. A transaction whose client vanished keeps its row
 * locks, and others waiting for them, no longer than 10 s: no transaction here waits for anything but the database.
 */
export async function prepareSession(client: pg.ClientBase, statementTimeoutMs: number): Promise<void> {
  const settings: pg.QueryConfig & { query_timeout: number } = {
    text: `set timezone = 'UTC'; set datestyle = 'ISO'; set client_encoding = 'UTF8'; set jit = off;
     set statement_timeout = ${statementTimeoutMs}; set idle_in_transaction_session_timeout = 10000`,
    query_timeout: CONNECT_TIMEOUT_MS,
  };
  await client.query(settings);
}

/**
 * Opens one connection of its own, outside the pool (migrations, LISTEN, the embedded server's lock).
 * The caller ends it. A connection lost later makes its queries reject and emits `end`; it never throws by itself.
 */
export async function openClient(
  connection: Connection,
  options: { applicationName: string; statementTimeoutMs: number },
): Promise<pg.Client> {
  const { applicationName, statementTimeoutMs } = options;
  const limitMs = answerLimit(statementTimeoutMs);
  const config = clientConfig(connection, applicationName);
  const client = new pg.Client({ ...config, ...(limitMs !== null && { query_timeout: limitMs }) });
  client.on('error', () => {});
  await client.connect();
  await prepareSession(client, statementTimeoutMs);
  return client;
}
