import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createEgress } from '../../egress/egress.ts';
import { systemClock } from '../../kernel/clock.ts';
import { createClosers, type Closers } from '../../kernel/closers.ts';
import { messageOf } from '../../kernel/errors.ts';
import { randomSecret } from '../../kernel/ids.ts';
import { isJsonObject } from '../../kernel/json.ts';
import { createLog, createSilentLog } from '../../kernel/log.ts';
import { configFromEnvironment, explain, onStopSignal, start, type Running } from '../../main.ts';
import { startDemoCallback, type ShownEvent } from './callback.ts';
import { createDemoClient, type DemoClient } from './demo-client.ts';
import { freePort } from './free-port.ts';
import type { DemoVendor } from './vendor.ts';
import { DEMO_VENDORS } from './vendors.ts';

const DEFAULT_PORT = 8080;
const CHANGE_EVERY_MS = 1_500;

const HELP = `tidings demo: starts the server with simulated vendors, connects an account at each, keeps changing
their records, and prints every notification that comes back. Nothing leaves this machine.

  --events N   stop after N events have come back
  --port N     where the server listens (${DEFAULT_PORT}, or the next free port)
`;

interface Options {
  /** Infinity: until stopped. */
  events: number;
  port: number;
}

/** The command `tidings demo`. */
export async function runDemo(args: readonly string[]): Promise<void> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(HELP);
    return;
  }
  const closers = createClosers();
  const stopping = new AbortController();
  onStopSignal(async () => stopping.abort());
  try {
    await demonstrate(readOptions(args), closers, stopping);
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    process.exitCode = 1;
  } finally {
    await closers.close();
  }
  // Whatever still holds the process open, the demo is over.
  process.exit();
}

function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: { events: { type: 'string' }, port: { type: 'string' } },
  });
  const number = (name: 'events' | 'port', least: number, most: number, otherwise: number): number => {
    const text = values[name];
    if (text === undefined) return otherwise;
    const value = Number(text);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw new RangeError(`--${name} must be a whole number from ${least} to ${most}, not "${text}"`);
  };
  return {
    events: number('events', 1, Number.MAX_SAFE_INTEGER, Infinity),
    port: number('port', 1, 65_535, DEFAULT_PORT),
  };
}

async function demonstrate(options: Options, closers: Closers, stopping: AbortController): Promise<void> {
  const say = (line = ''): void => void process.stdout.write(`${line}\n`);
  say('Starting Tidings with simulated vendors …');
  const { client, running } = await startServer(options, closers, say);
  const signatureKey = randomSecret();
  let seen = 0;
  const callback = await startDemoCallback(signatureKey, (event) => {
    seen += 1;
    say(line(event));
    if (seen >= options.events) stopping.abort();
  });
  closers.push('the callback', () => callback.close());
  const connected: { vendor: DemoVendor; instanceId: number }[] = [];
  for (const [elementKey, startVendor] of Object.entries(DEMO_VENDORS)) {
    const vendor = await startVendor({ url: callback.url, signatureKey });
    closers.push('a simulator', () => vendor.close());
    const instanceId = await client.connect(vendor.instance);
    offer(running, elementKey, vendor);
    say(`  connected: ${vendor.name}, instance ${instanceId}, vendor simulated at ${vendor.url}`);
    connected.push({ vendor, instanceId });
  }
  say(
    '\nNow records change at the vendors. Each line is a notification that came back, its signature checked:\n',
  );
  await keepChanging(connected, client, stopping.signal);
  say(`\n${seen} events delivered. Good-bye.`);
}

/** A server of its own in a temporary directory: nothing of another one is touched, nothing is left. */
async function startServer(
  { port: wanted }: Options,
  closers: Closers,
  say: (line: string) => void,
): Promise<{ client: DemoClient; running: Running }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tidings-demo-'));
  closers.push('the data directory', () => rm(dataDir, { recursive: true, force: true }));
  const port = await freePort(wanted);
  if (port !== wanted) say(`  port ${wanted} is taken, using ${port}`);
  const secrets = {
    user: randomSecret(),
    organization: randomSecret(),
    password: randomSecret().slice(0, 16),
  };
  const config = configFromEnvironment({
    TIDINGS_PORT: String(port),
    TIDINGS_HOST: '127.0.0.1',
    TIDINGS_PUBLIC_URL: '',
    TIDINGS_DATABASE_URL: '',
    TIDINGS_ROLES: '',
    TIDINGS_DATA_DIR: dataDir,
    TIDINGS_LOG_LEVEL: 'warn',
    TIDINGS_ALLOW_PRIVATE_NETWORKS: 'true',
    TIDINGS_ADMIN_PASSWORD: secrets.password,
    TIDINGS_USER_SECRET: secrets.user,
    TIDINGS_ORGANIZATION_SECRET: secrets.organization,
  });
  const log = createLog(config.logLevel);
  const running = await start(config, { log, announce: () => {} });
  closers.push('the server', () => running.close());
  const egress = createEgress({ allowPrivate: true, log: createSilentLog(), clock: systemClock });
  closers.push('outgoing connections', () => egress.close());
  say(`  listening at ${running.url} (API reference: ${running.url}/reference)`);
  say(`  sign in as ${config.adminEmail} with the password ${secrets.password}`);
  say(`  or open the console by this link, once: ${await running.console.signInLink()}`);
  const authorization = `User ${secrets.user}, Organization ${secrets.organization}`;
  return { client: createDemoClient(egress, running.url, authorization), running };
}

/** Puts a simulator on the console's connect form; not those whose sign-in code is spent. */
function offer(running: Running, elementKey: string, { name, instance }: DemoVendor): void {
  const { configuration, providerData } = instance;
  if (providerData !== undefined || !isJsonObject(configuration)) return;
  running.console.offerSimulator({ elementKey, name: `${name}, simulated`, configuration });
}

/** Changes one record at each vendor in turn and polls it at once, so that nobody waits for an interval. */
async function keepChanging(
  connected: readonly { vendor: DemoVendor; instanceId: number }[],
  client: DemoClient,
  signal: AbortSignal,
): Promise<void> {
  const pause = async (ms: number): Promise<void> => sleep(ms, undefined, { signal }).catch(() => {});
  // What changes in the second of the baseline belongs to it.
  await pause(CHANGE_EVERY_MS);
  for (let round = 0; !signal.aborted; round += 1) {
    for (const { vendor, instanceId } of connected) {
      if (signal.aborted) break;
      vendor.changes[round % vendor.changes.length]!();
      await client.poll(instanceId).catch((error: unknown) => {
        process.stderr.write(`  ${vendor.name}: ${messageOf(error)}\n`);
      });
      await pause(CHANGE_EVERY_MS / connected.length);
    }
  }
}

function line({ elementKey, eventType, objectType, objectId, isSigned }: ShownEvent): string {
  const signature = isSigned ? 'signature ok' : 'SIGNATURE WRONG';
  return `  ${elementKey.padEnd(22)} ${eventType.padEnd(8)} ${objectType.padEnd(14)} ${objectId.padEnd(20)} ${signature}`;
}
