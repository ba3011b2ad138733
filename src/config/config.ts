import { messageOf } from '../kernel/errors.ts';
import type { Reader } from './readers.ts';
import { VARIABLES } from './variables.ts';
import type { Variable } from './variables.ts';

type Variables = typeof VARIABLES;
type ValueOf<V> = V extends Variable<infer T, infer Default> ? T | Default : never;

export type Config = { [Key in keyof Variables]: ValueOf<Variables[Key]> };

/** Everything that is wrong with the environment, one line each. */
export class ConfigError extends Error {
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
  }
}

const PREFIX = 'TIDINGS_';
const FILE_SUFFIX = '_FILE';

/**
 * Reads every `TIDINGS_*` variable. An empty one counts as unset. `readFile` reads what `<NAME>_FILE` names, as text.
 * @throws ConfigError naming every variable that is unknown, unusable or missing, and what to do about it.
 */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => string,
): Config {
  const problems = findUnknown(env);
  const entries = Object.entries(VARIABLES).map(([key, definition]) => {
    try {
      const text = textOf(definition, env, readFile);
      const read = definition.read as Reader<unknown>;
      return [key, text === undefined ? definition.default : read(text)];
    } catch (error) {
      problems.push(`${definition.name}: ${messageOf(error)}`);
      return [key, null];
    }
  });
  const config = Object.fromEntries(entries) as Config;
  const { encryptionKeys, databaseUrl } = VARIABLES;
  const isSilent = !problems.some((problem) => problem.startsWith(encryptionKeys.name));
  if (isSilent && config.encryptionKeys === null && config.databaseUrl !== null) {
    problems.push(
      `${encryptionKeys.name}: is required with ${databaseUrl.name}; "openssl rand -base64 32" makes one. Keep it safe.`,
    );
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

function findUnknown(env: Readonly<Record<string, string | undefined>>): string[] {
  const known = new Set<string>(
    Object.values(VARIABLES).flatMap(({ name, isSecret }: Variable<unknown, unknown>) =>
      isSecret === true ? [name, name + FILE_SUFFIX] : [name],
    ),
  );
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !known.has(name))
    .sort()
    .map((name) => `${name}: there is no such setting; "tidings serve --help" lists all of them`);
}

function textOf(
  { name, isSecret }: Variable<unknown, unknown>,
  env: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => string,
): string | undefined {
  const text = env[name]?.trim() || undefined;
  const path = (isSecret === true && env[name + FILE_SUFFIX]) || undefined;
  if (path === undefined) return text;
  if (text !== undefined) throw new RangeError(`is set together with ${name}${FILE_SUFFIX}; leave one out`);
  try {
    return readFile(path).trim() || undefined;
  } catch (error) {
    throw new RangeError(`the file of ${name}${FILE_SUFFIX} cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** The table of `tidings serve --help`. */
export function describeVariables(): string {
  const lines = Object.values(VARIABLES).flatMap((definition: Variable<unknown, unknown>) => {
    const { name, meaning, unit, isSecret } = definition;
    const shown = definition.shownDefault ?? String(definition.default);
    return [
      `  ${name}${isSecret === true ? ` (or ${name}${FILE_SUFFIX})` : ''}`,
      `      ${meaning}`,
      `      default: ${shown}${unit === undefined ? '' : ` ${unit}`}`,
    ];
  });
  return lines.join('\n');
}
