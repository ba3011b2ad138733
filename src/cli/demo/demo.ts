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
import { startListener, VERDICTS, type Heard } from '../listen-server.ts';
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
  const callback = await startListener({
    port: 0,
    signatureKey,
    onHeard: (heard) => {
      for (const text of lines(heard)) say(text);
      seen += heard.message.events.length;
      if (seen >= options.events) stopping.abort();
    },
  });
  closers.push('the callback', () => callback.close());
  const connected: Connected[] = [];
  for (const [elementKey, startVendor] of Object.entries(DEMO_VENDORS)) {
    const vendor = await startVendor({ url: callback.url, signatureKey });
    closers.push('a simulator', () => vendor.close());
    const instanceId = await connect(client, vendor);
    offer(running, elementKey, vendor);
    say(`  connected: ${vendor.name}, instance ${instanceId}, ${wayOf(vendor)}; simulated at ${vendor.url}`);
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

interface Connected {
  vendor: DemoVendor;
  instanceId: number;
}

/** Creates the instance, and enters at the vendor what must be entered there by hand. */
async function connect(client: DemoClient, { instance, webhooks }: DemoVendor): Promise<number> {
  const { configuration } = instance;
  const instanceId = await client.connect({
    ...instance,
    ...(isJsonObject(configuration) && { configuration: { ...configuration, ...webhooks?.configuration } }),
  });
  if (webhooks?.setUp === undefined) return instanceId;
  const { appUrl, url, manual } = await client.webhooks(instanceId);
  webhooks.setUp({ url: appUrl ?? url ?? '', subscriptions: manual?.subscriptions ?? [] });
  return instanceId;
}

function wayOf({ webhooks }: DemoVendor): string {
  if (webhooks === undefined) return 'polled';
  return webhooks.configuration['event.vendor.type'] === 'both'
    ? 'polled when a webhook tells of a change'
    : 'changes come by webhook';
}

/**
 * Changes one record at each vendor in turn. Those without webhooks are polled at once, so that nobody waits for an
 * interval.
 */
async function keepChanging(
  connected: readonly Connected[],
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
      const heard = vendor.webhooks === undefined ? client.poll(instanceId) : Promise.resolve();
      await heard.catch((error: unknown) => {
        process.stderr.write(`  ${vendor.name}: ${messageOf(error)}\n`);
      });
      await pause(CHANGE_EVERY_MS / connected.length);
    }
  }
}

function lines({ signature, message }: Heard): string[] {
  return message.events.map(({ eventType, objectType, objectId }) =>
    [
      `  ${message.elementKey.padEnd(22)}`,
      eventType.padEnd(8),
      objectType.padEnd(14),
      objectId.padEnd(20),
      VERDICTS[signature],
    ].join(' '),
  );
}
