import { parseArgs } from 'node:util';
import { messageOf } from '../kernel/errors.ts';
import { explain } from '../main.ts';
import { ApiError } from './api-client.ts';

/** What a command understands. */
export interface CommandDefinition {
  name: string;
  help: string;
  /** Options with a value: `--from 2026-11-21`. */
  texts: readonly string[];
  /** Options without one: `--json`. */
  flags: readonly string[];
}

export interface Arguments {
  /** What is no option, in order. */
  words: readonly string[];
  text: (name: string) => string | undefined;
  has: (name: string) => boolean;
  /** @throws UsageError unless it is a whole number of the range. */
  number: (name: string, least: number, most: number) => number | undefined;
}

/** The command line is wrong: the message, a pointer to the help, and exit code 2. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/**
 * Runs a command: `--help` prints its help; what goes wrong is a line on standard error, and exit code 2 where the
 * command line is to blame, else 1.
 */
export async function runCommand(
  command: CommandDefinition,
  args: readonly string[],
  run: (given: Arguments) => Promise<void>,
): Promise<void> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(command.help);
    return;
  }
  // Whoever reads the output may have seen enough: `tidings events | head`.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  try {
    await run(readArguments(command, args));
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message}\nSee tidings ${command.name} --help\n`);
      process.exitCode = 2;
      return;
    }
    process.stderr.write(`${error instanceof ApiError ? error.message : explain(error)}\n`);
    process.exitCode = 1;
  }
}

function readArguments({ texts, flags }: CommandDefinition, args: readonly string[]): Arguments {
  const { values, positionals } = parse(texts, flags, args);
  const text = (name: string): string | undefined => {
    const value = values[name];
    return typeof value === 'string' ? value : undefined;
  };
  return {
    words: positionals,
    text,
    has: (name) => values[name] === true,
    number: (name, least, most) => {
      const given = text(name);
      if (given === undefined) return undefined;
      const value = /^\d{1,15}$/.test(given) ? Number(given) : Number.NaN;
      if (value >= least && value <= most) return value;
      throw new UsageError(`--${name} must be a whole number from ${least} to ${most}, not "${given}".`);
    },
  };
}

function parse(
  texts: readonly string[],
  flags: readonly string[],
  args: readonly string[],
): { values: Readonly<Record<string, unknown>>; positionals: string[] } {
  const options = Object.fromEntries([
    ...texts.map((name) => [name, { type: 'string' as const }]),
    ...flags.map((name) => [name, { type: 'boolean' as const }]),
  ]);
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    // Node adds advice on positional arguments, which these commands hardly have.
    throw new UsageError(messageOf(error).split('. ')[0]!);
  }
}
