import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer as createTcpServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Fault, messageOf } from '../../kernel/errors.ts';
import type { Log } from '../../kernel/log.ts';
import { SUPERUSER } from './cluster.ts';
import { takeOwnership, type Ownership } from './ownership.ts';
import type { Places } from './places.ts';
import {
  findLive,
  readPostmasterFile,
  startPostmaster,
  stopPostmaster,
  type PostmasterFile,
} from './postmaster.ts';
import { keepSocketDir, makeSocketDir, removeSocketDir } from './socket-directory.ts';

/** Where the server listens and how to log in. On Unix `host` is the directory of its socket. */
export type Login = Address & { user: string; password?: string };
type Address = { host: string; port: number };

export interface Server {
  /** Finds the cluster's server running, or starts it, and takes its ownership. */
  own(): Promise<Ownership>;
  /** Where it listens; known once it was owned. */
  login(): Login;
  stop(owner: Ownership): Promise<void>;
}

export interface ServerOptions {
  places: Places;
  password: string | undefined;
  dataDir: string;
  settings: Record<string, string | number>;
  log: Log;
}

/** How long a server that exists may refuse connections for another reason than starting up or shutting down. */
const SILENCE_LIMIT_MS = 60_000;

export function createServer(options: ServerOptions): Server {
  const { places, password, dataDir, settings, log } = options;
  const { clusterDir } = places;
  let address: Address | undefined;

  const login = (): Login => {
    if (address === undefined) throw new Fault('internal', 'The embedded PostgreSQL does not listen yet.');
    return { ...address, user: SUPERUSER, ...(password === undefined ? {} : { password }) };
  };
  const start = async (stale: PostmasterFile | undefined) => {
    if (stale !== undefined && stale.host !== address?.host) await removeSocketDir(stale.host);
    address ??= await chooseAddress(places, password);
    if (password === undefined) await keepSocketDir(places.account, address.host);
    try {
      await startPostmaster({ ...places, ...address, settings, stalePid: stale?.pid });
    } catch (error) {
      // Another process may have been faster; then its server is there, as good as ours.
      const faster = await findLive(clusterDir);
      if (faster?.host !== address.host) await removeSocketDir(address.host);
      if (faster === undefined) throw error;
    }
  };
  const own = async (): Promise<Ownership> => {
    const giveUpAt = performance.now() + SILENCE_LIMIT_MS;
    for (let waitMs = 10; ; waitMs = Math.min(waitMs * 2, 1_000)) {
      const live = await findLive(clusterDir);
      if (live === undefined) {
        await start(await readPostmasterFile(clusterDir));
        continue;
      }
      address = { host: live.host, port: live.port };
      try {
        return await takeOwnership({ ...login(), database: 'postgres' }, dataDir);
      } catch (error) {
        if (error instanceof Fault) throw error;
        if (!isInBetween(error) && performance.now() > giveUpAt) throw mute(live.pid, clusterDir, error);
        log.debug({ err: error }, 'waiting for the embedded PostgreSQL');
        await sleep(waitMs);
      }
    }
  };
  const stop = async (owner: Ownership) => {
    const live = await findLive(clusterDir);
    if (live !== undefined) await stopPostmaster({ ...places, pid: live.pid });
    await owner.client.end();
    await removeSocketDir(login().host);
  };
  return { own, login, stop };
}

function mute(pid: number, clusterDir: string, cause: unknown): Fault {
  return new Fault(
    'unavailable',
    `PostgreSQL (pid ${pid}) runs in ${clusterDir} but does not answer: ${messageOf(cause)}. Stop it first.`,
    { cause },
  );
}

/** Starting up, recovering or shutting down: PostgreSQL answers, and says so (57P03). */
function isInBetween(error: unknown): boolean {
  return (error as { code?: string }).code === '57P03';
}

/** Windows has no sockets that only one user can enter, so there a password, kept in the data directory, is needed. */
export async function choosePassword(dataDir: string): Promise<string | undefined> {
  if (process.platform !== 'win32') return undefined;
  const path = join(dataDir, 'pg.password');
  const password = randomBytes(24).toString('base64url');
  await writeFile(path, password, { mode: 0o600, flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  return readFile(path, 'utf8');
}

async function chooseAddress(places: Places, password: string | undefined): Promise<Address> {
  if (password === undefined) return { host: await makeSocketDir(places.account), port: 5432 };
  const probe = createTcpServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  return { host: '127.0.0.1', port };
}
