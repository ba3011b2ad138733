import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Registry } from 'prom-client';
import { createAuthenticate } from './accounts/authenticate.ts';
import { ensureFirstUser } from './accounts/first-start.ts';
import { hasOrganization } from './accounts/queries.ts';
import { createServer } from './api/server.ts';
import type { App } from './accounts/app.ts';
import { ConfigError, readConfig } from './config/config.ts';
import type { Config } from './config/config.ts';
import type { ConsoleRoom } from './console/console-room.ts';
import { createDatabaseClock } from './database/clock.ts';
import type { Database } from './database/pool.ts';
import { createEgress } from './egress/egress.ts';
import type { Clock } from './kernel/clock.ts';
import { createClosers } from './kernel/closers.ts';
import type { Closers } from './kernel/closers.ts';
import { Fault, messageOf } from './kernel/errors.ts';
import { openLog } from './kernel/log.ts';
import type { Log, ProcessLog } from './kernel/log.ts';
import { drain } from './main/drain.ts';
import type { Draining } from './main/drain.ts';
import { openDatabase } from './main/open-database.ts';
import { openVault } from './main/open-vault.ts';
import { composeRooms } from './main/rooms.ts';
import type { Ground, Rooms } from './main/rooms.ts';
import { VERSION } from './main/version.ts';

/** What a stop may take before what is still in flight is cut off. */
const DRAIN_TIMEOUT_MS = 10_000;
const LINGER_MS = 1_000;

export interface StartDeps {
  log: Log;
  /** The database's unless given, as tests do. */
  clock?: Clock;
  /** Shows the generated password of the first user, once. */
  announce: (lines: string) => void;
}

export interface Running {
  /** Where it listens, without a slash at its end. */
  url: string;
  db: Database;
  clock: Clock;
  /** Sign-in links and simulators to offer, for the demo. */
  console: Pick<ConsoleRoom, 'signInLink' | 'offerSimulator'>;
  /** Stops accepting, finishes what is in flight (10 s at most), closes everything. */
  close(): Promise<void>;
}

/**
 * Starts Tidings in this process: database, first user, every room of the configured roles, HTTP server.
 * @throws Fault with a message for the person who starts it; what was opened is closed again.
 */
export async function start(config: Config, deps: StartDeps): Promise<Running> {
  const closers = createClosers();
  try {
    return await open(config, deps, closers);
  } catch (error) {
    await closers.close().catch((failure: unknown) => {
      deps.log.error({ err: failure }, 'not everything could be closed after the start failed');
    });
    throw error;
  }
}

async function open(config: Config, deps: StartDeps, closers: Closers): Promise<Running> {
  const { log } = deps;
  const { db, connection } = await openDatabase({ config, log, closers });
  const clock = deps.clock ?? (await openClock({ db, log, closers }));
  const vault = await openVault({ config, db, log });
  await greetFirstUser(config, deps, { db, clock, vault });
  const egress = createEgress({ allowPrivate: config.allowPrivateNetworks, log, clock });
  closers.push('outgoing connections', () => egress.close());
  const registry = new Registry();
  const site = { publicUrl: config.publicUrl ?? `http://localhost:${config.port}` };
  const ground: Ground = { config, log, clock, db, connection, vault, egress, registry, site };
  const rooms = composeRooms(ground);
  const app = await openServer(ground, rooms);
  closers.push('the HTTP server', () => app.close());
  const url = await listen(app, config);
  if (config.publicUrl === null) site.publicUrl = `http://localhost:${new URL(url).port}`;
  const loops = startLoops(config, rooms);
  log.info({ url, publicUrl: site.publicUrl, roles: config.roles, version: VERSION }, 'Tidings listens');

  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    const server = { finish: () => app.close(), cutOff: () => app.server.closeAllConnections() };
    const isDone = await drain([server, ...loops], DRAIN_TIMEOUT_MS);
    if (!isDone) log.warn({ ms: DRAIN_TIMEOUT_MS }, 'some work was still in flight and is cut off');
    await closers.close();
    log.info('Tidings has stopped');
  };
  return { url, db, clock, console: rooms.console, close: () => (closed ??= close()) };
}

async function openClock({ db, log, closers }: { db: Database; log: Log; closers: Closers }): Promise<Clock> {
  const databaseClock = await createDatabaseClock({ db, log });
  closers.push('the clock', () => databaseClock.stop());
  return databaseClock.clock;
}

async function greetFirstUser(
  config: Config,
  { announce, log }: StartDeps,
  ground: Pick<Ground, 'db' | 'clock' | 'vault'>,
): Promise<void> {
  const outcome = await ensureFirstUser(ground, {
    email: config.adminEmail,
    password: config.adminPassword,
    userSecret: config.userSecret,
    organizationSecret: config.organizationSecret,
    announcePassword: (password) =>
      announce(
        `\nThe first user was created. Sign in as  ${config.adminEmail}  with the password  ${password}\n` +
          'This password is shown only now.\n\n',
      ),
  });
  if (outcome === 'ignored_secrets') {
    log.warn(
      'TIDINGS_USER_SECRET or TIDINGS_ORGANIZATION_SECRET differs from what the first start stored and is ignored',
    );
  }
}

async function openServer(ground: Ground, rooms: Rooms): Promise<App> {
  const { config, log, clock, db, registry, site } = ground;
  return createServer({
    log,
    clock,
    publicUrl: site.publicUrl,
    trustProxy: config.trustProxy,
    authenticate: createAuthenticate({ db }),
    session: (request) => rooms.console.authenticate(request),
    api: rooms.api,
    root: rooms.root,
    assertReady: async () => {
      if (!(await hasOrganization(db))) throw new Fault('unavailable', 'the first start is not finished');
    },
    metrics: { registry, token: config.metricsToken },
    version: VERSION,
    isApi: config.roles.includes('api'),
  });
}

async function listen(app: App, { host, port }: Config): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') {
      throw new Fault('conflict', `Port ${port} of ${host} is taken: set TIDINGS_PORT to another one.`);
    }
    if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      const reason = messageOf(error);
      throw new Fault(
        'conflict',
        `Listening on ${host}, port ${port}, is not possible: ${reason}. See TIDINGS_HOST and TIDINGS_PORT.`,
      );
    }
    throw error;
  }
}

function startLoops({ roles }: Config, rooms: Rooms): Draining[] {
  const starts = [
    ...(roles.includes('api') || roles.includes('poller') ? rooms.recording : []),
    ...(roles.includes('api') ? rooms.apiLoops : []),
    ...(roles.includes('poller') ? rooms.poller : []),
    ...(roles.includes('delivery') ? rooms.delivery : []),
  ];
  return starts.map((startLoop) => {
    const loop = startLoop();
    return { finish: () => loop.stop() };
  });
}

/**
 * The environment's configuration; `overrides` wins over what is set there, an empty one unsets it.
 * @throws ConfigError
 */
export function configFromEnvironment(overrides: Record<string, string> = {}): Config {
  return readConfig({ ...process.env, ...overrides }, (path) => readFileSync(path, 'utf8'));
}

/** Calls `stop` at the first SIGTERM, SIGINT or SIGHUP; a second one ends the process at once. */
export function onStopSignal(stop: () => Promise<void>): void {
  let isStopping = false;
  const handle = (): void => {
    if (isStopping) process.exit(1);
    isStopping = true;
    void stop();
  };
  process.on('SIGTERM', handle);
  process.on('SIGINT', handle);
  process.on('SIGHUP', handle);
}

/**
 * The process `tidings serve`: runs until SIGTERM or SIGINT, then stops in order and exits with 0; a second signal
 * exits at once. What keeps it from starting is one line on standard error for each thing wrong, and exit code 1.
 */
export async function serve(): Promise<void> {
  const stopping = new AbortController();
  let output: ProcessLog | undefined;
  onStopSignal(async () => {
    output?.abandon();
    stopping.abort();
  });
  try {
    const config = configFromEnvironment();
    output = openLog(config.logLevel);
    const announce = (lines: string): void => void process.stderr.write(lines);
    const running = await start(config, { log: output.log, announce });
    if (!stopping.signal.aborted) await once(stopping.signal, 'abort');
    await running.close();
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    process.exitCode = 1;
  }
  // Nothing holds the process any more but lines that are not read. An exit by force, should something do so, comes later.
  setTimeout(() => {
    output?.abandon();
    process.exit();
  }, LINGER_MS).unref();
}

/** What a person can act on, without a stack; of a bug everything. */
export function explain(error: unknown): string {
  if (error instanceof ConfigError) return `Tidings cannot run:\n${error.message}`;
  if (error instanceof Fault && error.code !== 'internal') return `Tidings cannot run: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
