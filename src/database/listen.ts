import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { messageOf } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { openClient, type Connection } from './connection.ts';

export interface Listener {
  /** Notifies every listener of the channel, on the listener's own connection; does nothing while that is lost. */
  notify(channel: string, payload: string): Promise<void>;
  close(): Promise<void>;
}

const GOODBYE_MS = 1_000;

export interface ListenOptions {
  connection: Connection;
  log: Log;
  /** What to do with a notification's payload, by channel. */
  channels: Record<string, (payload: string) => void>;
  /** Called each time the connection stands, the first included: what was notified before then was not heard. */
  onConnect: () => void;
  /** How long the server may say nothing until it is asked, and then take to answer; 30 s unless told. */
  patienceMs?: number;
}

/**
 * Keeps one connection with LISTEN on every channel, connecting again (50 ms to 5 s later) whenever it is lost. A peer
 * that vanished without a word is found out by asking.
 * Notifications are wake-ups, never the only way to learn of work: they are lost while the connection is.
 */
export function startListening(options: ListenOptions): Listener {
  const { connection, log, channels, onConnect, patienceMs = 30_000 } = options;
  const closing = new AbortController();
  let client: pg.Client | undefined;

  /** Without an answer the connection is over, whatever TCP thinks. */
  const say = async (to: pg.Client, text: string, values: string[], what: string) => {
    const statement: pg.QueryConfig & { query_timeout: number } = { text, values, query_timeout: patienceMs };
    await to.query(statement).catch((error: unknown) => {
      log.warn({ reason: messageOf(error) }, what);
      if (!(error instanceof pg.DatabaseError)) void to.end();
    });
  };

  const run = async () => {
    for (let waitMs = 50; !closing.signal.aborted; waitMs = Math.min(waitMs * 2, 5_000)) {
      try {
        const { opened, ended } = await connect({ connection, channels, patienceMs });
        client = opened;
        waitMs = 50;
        if (closing.signal.aborted) return;
        onConnect();
        const asking = setInterval(
          () => void say(opened, 'select 1', [], 'the connection that listens to the database is dead'),
          patienceMs,
        ).unref();
        await ended;
        clearInterval(asking);
        client = undefined;
        if (!closing.signal.aborted) log.warn('the connection that listens to the database was lost');
      } catch (error) {
        log.warn({ reason: messageOf(error) }, 'listening to the database is not possible; trying on');
      }
      await sleep(waitMs, undefined, { signal: closing.signal }).catch(() => {});
    }
  };
  const running = run();
  return {
    notify: async (channel, payload) => {
      if (client === undefined) return;
      await say(client, 'select pg_notify($1, $2)', [channel, payload], 'a notification was not sent');
    },
    close: async () => {
      closing.abort();
      // To a peer that vanished one cannot even say goodbye.
      const cutOff = setTimeout(() => client?.connection.stream.destroy(), GOODBYE_MS);
      await client?.end();
      await running;
      await client?.end();
      clearTimeout(cutOff);
    },
  };
}

async function connect({
  connection,
  channels,
  patienceMs,
}: Pick<ListenOptions, 'connection' | 'channels'> & { patienceMs: number }) {
  const opened = await openClient(connection, {
    applicationName: 'tidings listen',
    statementTimeoutMs: patienceMs,
  });
  const ended = new Promise((resolve) => opened.once('end', resolve));
  opened.on('notification', ({ channel, payload }) => channels[channel]?.(payload ?? ''));
  try {
    for (const channel of Object.keys(channels))
      await opened.query(`listen ${opened.escapeIdentifier(channel)}`);
  } catch (error) {
    await opened.end();
    throw error;
  }
  return { opened, ended };
}
