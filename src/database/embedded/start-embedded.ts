import { once } from 'node:events';
import { join, sep } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Fault, messageOf } from '../../kernel/errors.ts';
import type { Log } from '../../kernel/log.ts';
import { findBinaries, type Binaries } from './binaries.ts';
import { ensureCluster } from './cluster.ts';
import { ensureDatabase, type Ownership } from './ownership.ts';
import { choosePlaces } from './places.ts';
import { choosePassword, createServer, type Login, type Server } from './server.ts';

/** A PostgreSQL server of our own, running. */
export interface Embedded {
  /** Valid until `stop`, also after a restart. */
  connection: Login & { database: string };
  /** Called each time the server came back after it died or was lost. */
  onRestart(listener: () => void): void;
  /** Stops the server. To be called after everything that uses it is closed. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  /** Made when missing. The cluster is `pg` in it. */
  dataDir: string;
  log: Log;
  /** PostgreSQL settings beside ours, such as max_connections. */
  settings?: Record<string, string | number>;
  /** False where losing the data with the machine is no loss (tests). */
  durable?: boolean;
  /** As root: where to put what PostgreSQL's user cannot reach; `/var/lib/tidings` unless told. */
  elsewhere?: string;
  /** The programs to run; those that npm installed unless told. */
  binaries?: Binaries;
}

const DATABASE = 'tidings';
const NOT_DURABLE = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/**
 * Starts the PostgreSQL of a data directory, or takes over the one that a killed process left running there, and keeps
 * it running. Throws `Fault('conflict')` when another live process has it, `Fault('unavailable')` when it cannot run.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  try {
    return await start(options);
  } catch (error) {
    if (error instanceof Fault) throw error;
    const reason = `The embedded database in ${options.dataDir} cannot be used: ${messageOf(error)}`;
    throw new Fault('unavailable', reason, { cause: error });
  }
}

async function start(options: EmbeddedOptions): Promise<Embedded> {
  const { dataDir, log, durable = true, elsewhere = join(sep, 'var', 'lib', 'tidings') } = options;
  const binaries = options.binaries ?? (await findBinaries());
  const places = await choosePlaces({ dataDir, binaries, elsewhere, log });
  const password = await choosePassword(dataDir);
  await ensureCluster({ ...places, password, durable, log });
  const settings = { ...(durable ? {} : NOT_DURABLE), ...options.settings };
  const server = createServer({ places, password, dataDir, settings, log });
  const owner = await server.own();
  await ensureDatabase(owner, DATABASE);
  const supervision = supervise({ server, owner, log });
  return {
    connection: { ...server.login(), database: DATABASE },
    onRestart: supervision.onRestart,
    stop: async () => {
      const last = await supervision.end();
      if (last !== undefined) await server.stop(last);
    },
  };
}

/** Owns the server again, waiting longer each time, whenever the owner's connection is lost. */
function supervise(deps: { server: Server; owner: Ownership; log: Log }) {
  const { server, log } = deps;
  const listeners: (() => void)[] = [];
  const stopping = new AbortController();
  let owner: Ownership | undefined = deps.owner;

  const regain = async (): Promise<Ownership | undefined> => {
    for (let waitMs = 50; !stopping.signal.aborted; waitMs = Math.min(waitMs * 2, 5_000)) {
      try {
        return await server.own();
      } catch (error) {
        log.error({ err: error }, 'the embedded PostgreSQL could not be started again; trying on');
        await sleep(waitMs, undefined, { signal: stopping.signal }).catch(() => {});
      }
    }
    return undefined;
  };
  const watch = async () => {
    while (owner !== undefined) {
      await Promise.race([owner.ended, once(stopping.signal, 'abort')]);
      if (stopping.signal.aborted) return;
      log.error('the embedded PostgreSQL was lost; starting it again');
      owner = await regain();
      if (owner === undefined) return;
      log.info('the embedded PostgreSQL runs again');
      for (const listener of listeners) listener();
    }
  };
  const watching = watch();
  return {
    onRestart: (listener: () => void) => {
      listeners.push(listener);
    },
    end: async () => {
      stopping.abort();
      await watching;
      return owner;
    },
  };
}
