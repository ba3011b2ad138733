import type { Config } from '../config/config.ts';
import { httpUrl } from '../config/readers.ts';
import { createEgress } from '../egress/egress.ts';
import { systemClock } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import { createSilentLog } from '../kernel/log.ts';
import { configFromEnvironment, onStopSignal } from '../main.ts';
import { createApiClient, type ApiClient } from './api-client.ts';
import { runCommand, UsageError, type Arguments, type CommandDefinition } from './command.ts';

/** A command that asks a running server something; `--url` and `--json` are understood besides its own options. */
export interface ApiCommand extends CommandDefinition {
  run(asked: Asked): Promise<void>;
}

export interface Asked extends Arguments {
  client: ApiClient;
  /** One JSON object a line is wanted instead of text. */
  isJson: boolean;
  /** Prints a line. */
  print: (line: string) => void;
  /** Aborted when the command is told to stop. */
  signal: AbortSignal;
}

const SHARED_HELP = `
  --json      print JSON, one object a line, as the API answers it
  --url URL   the server; default: TIDINGS_PUBLIC_URL, else TIDINGS_PORT of this machine

The credentials are TIDINGS_USER_SECRET and TIDINGS_ORGANIZATION_SECRET (or …_FILE); the console shows them.
Exit codes: 0 done, 1 the server refused or did not answer, 2 the command line is wrong.
`;

/** Reads the command line, and lets the command ask the server of the environment or of `--url`. */
export async function runApiCommand(command: ApiCommand, args: readonly string[]): Promise<void> {
  const definition = {
    name: command.name,
    help: command.help + SHARED_HELP,
    texts: [...command.texts, 'url'],
    flags: [...command.flags, 'json'],
  };
  await runCommand(definition, args, async (given) => {
    const config = configFromEnvironment();
    const url = readUrl(given.text('url')) ?? config.publicUrl ?? localUrl(config);
    const authorization = authorizationOf(config);
    const egress = createEgress({ allowPrivate: true, log: createSilentLog(), clock: systemClock });
    const stopping = new AbortController();
    onStopSignal(async () => stopping.abort());
    try {
      await command.run({
        ...given,
        client: createApiClient({ egress, url, authorization }),
        isJson: given.has('json'),
        print: (line) => void process.stdout.write(`${line}\n`),
        signal: stopping.signal,
      });
    } finally {
      await egress.close();
    }
  });
}

/** The number of an instance. @throws UsageError */
export function instanceId(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new UsageError(`An instance is named by its number, as "tidings instances" shows it, not "${text}".`);
}

function readUrl(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    return httpUrl(text);
  } catch (error) {
    throw new UsageError(`--url ${messageOf(error)}.`);
  }
}

/** Of a server that is configured by the same environment. */
function localUrl({ host, port }: Config): string {
  const isEverywhere = host === '0.0.0.0' || host === '::';
  const name = isEverywhere ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}

function authorizationOf({ userSecret, organizationSecret }: Config): string {
  if (userSecret === null || organizationSecret === null) {
    throw new UsageError('TIDINGS_USER_SECRET and TIDINGS_ORGANIZATION_SECRET must be set.');
  }
  return `User ${userSecret}, Organization ${organizationSecret}`;
}
