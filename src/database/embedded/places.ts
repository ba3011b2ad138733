import { createHash } from 'node:crypto';
import {
  chmod,
  chown,
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readlink,
  realpath,
  rename,
  rm,
  symlink,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, sep } from 'node:path';
import { Fault, messageOf } from '../../kernel/errors.ts';
import type { Log } from '../../kernel/log.ts';
import { canReach, findAccount, findAccountByUid, isRoot, type Account } from './account.ts';
import { program, type Binaries } from './binaries.ts';

/** Where the parts of an embedded server are and whom it runs as (undefined: as this process). */
export interface Places {
  clusterDir: string;
  binaries: Binaries;
  account: Account | undefined;
}

export interface PlacesOptions {
  dataDir: string;
  binaries: Binaries;
  /** As root: the directory for what the unprivileged account cannot reach where it is. */
  elsewhere: string;
  log: Log;
}

/**
 * The cluster is `pg` in the data directory. As root, PostgreSQL runs as another account; where that account cannot
 * enter the data directory, the cluster is in `elsewhere` and `pg` a link to it; where it cannot read the programs,
 * they are copied there. Throws `Fault('unavailable')` naming the directory that cannot be used.
 */
export async function choosePlaces(options: PlacesOptions): Promise<Places> {
  const dataDir = await makeDataDir(options.dataDir);
  const inside = join(dataDir, 'pg');
  const found = await lstat(inside).catch(() => undefined);
  if (!isRoot()) {
    if (found !== undefined) await assertOwned(inside, process.getuid?.());
    return { clusterDir: inside, binaries: options.binaries, account: undefined };
  }
  if (found?.isSymbolicLink()) return followLink(options, inside);
  const account = await accountFor(found?.uid);
  const binaries = await reachableBinaries(options, account);
  if (await canReach(account, dataDir, 'enter')) return { clusterDir: inside, binaries, account };
  if (found !== undefined) {
    throw new Fault(
      'unavailable',
      `The embedded database in ${inside} cannot be reached by the user "${account.name}", whom PostgreSQL runs as ` +
        `because this process is root. Let others pass (chmod o+x) through every directory above it.`,
    );
  }
  const clusterDir = await clusterElsewhere(options, dataDir);
  await symlink(clusterDir, inside);
  options.log.info(
    { clusterDir, dataDir, user: account.name },
    'PostgreSQL does not run as root and its user cannot enter the data directory: the database is elsewhere',
  );
  return { clusterDir, binaries, account };
}

/** As root others may pass through the data directory (they cannot list it), so that PostgreSQL's user gets to `pg`. */
async function makeDataDir(path: string): Promise<string> {
  try {
    await mkdir(path, { recursive: true, mode: isRoot() ? 0o711 : 0o700 });
    return await realpath(path);
  } catch (error) {
    throw new Fault(
      'unavailable',
      `The data directory ${path} cannot be used: ${messageOf(error)}. Set TIDINGS_DATA_DIR to one that can.`,
      { cause: error },
    );
  }
}

async function accountFor(owner: number | undefined): Promise<Account> {
  const known = owner === undefined || owner === 0 ? undefined : await findAccountByUid(owner);
  return known ?? (await findAccount());
}

async function followLink(options: PlacesOptions, link: string): Promise<Places> {
  const clusterDir = await readlink(link);
  await assertPrivate(dirname(dirname(clusterDir)));
  await assertPrivate(dirname(clusterDir));
  const found = await lstat(clusterDir).catch(() => undefined);
  const account = await accountFor(found?.uid);
  options.log.info({ clusterDir }, 'the embedded database is outside the data directory');
  return { clusterDir, binaries: await reachableBinaries(options, account), account };
}

/** The place is derived from the data directory's path; what a deleted data directory left there is set aside. */
async function clusterElsewhere(options: PlacesOptions, dataDir: string): Promise<string> {
  const home = join(options.elsewhere, createHash('sha256').update(dataDir).digest('hex').slice(0, 16));
  await makePrivate(options.elsewhere);
  await makePrivate(home);
  const clusterDir = join(home, 'pg');
  const left = await lstat(clusterDir).catch(() => undefined);
  if (left !== undefined) {
    const aside = await mkdtemp(join(home, 'left-'));
    await rename(clusterDir, join(aside, 'pg'));
    options.log.warn({ aside }, 'the database of an earlier data directory of this path was set aside');
  }
  return clusterDir;
}

async function reachableBinaries(options: PlacesOptions, account: Account): Promise<Binaries> {
  const { binaries, elsewhere, log } = options;
  const needed = [
    program(binaries, 'postgres'),
    program(binaries, 'initdb'),
    join(binaries.root, 'share', 'postgresql', 'postgres.bki'),
  ];
  const reached = await Promise.all(needed.map((path) => canReach(account, path, 'read')));
  if (reached.every(Boolean)) return binaries;
  await makePrivate(elsewhere);
  const root = join(elsewhere, `postgresql-${binaries.version}`);
  const there = await lstat(root).catch(() => undefined);
  if (there === undefined) {
    const draft = await mkdtemp(join(elsewhere, 'draft-'));
    await cp(binaries.root, draft, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !path.endsWith('.a'),
    });
    await openToAll(draft);
    await rename(draft, root).catch(() => rm(draft, { recursive: true }));
    log.info({ root, user: account.name }, 'PostgreSQL was copied to where its user can read it');
  }
  await assertPrivate(root);
  return { ...binaries, root };
}

async function openToAll(root: string): Promise<void> {
  const { readdir, stat } = await import('node:fs/promises');
  await chmod(root, 0o755);
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) await chmod(path, 0o755);
    else if (entry.isFile()) await chmod(path, ((await stat(path)).mode & 0o100) === 0 ? 0o644 : 0o755);
  }
}

async function makePrivate(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o755 });
  await assertPrivate(path);
}

/** Ours and writable by us alone, so that nobody can have planted what is in it. */
async function assertPrivate(path: string): Promise<void> {
  const found = await lstat(path);
  if (found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0) return;
  throw new Fault(
    'unavailable',
    `${path} must be a directory that belongs to this process's user and that nobody else can write to. ` +
      `Remove it (who made it?) and start again.`,
  );
}

async function assertOwned(path: string, uid: number | undefined): Promise<void> {
  const found = await lstat(path);
  if (uid === undefined || (found.uid === uid && !found.isSymbolicLink())) return;
  throw new Fault(
    'unavailable',
    `The embedded database ${path} belongs to another user (uid ${found.uid}). ` +
      'Start as that user or as root, or set another TIDINGS_DATA_DIR.',
  );
}

const SOCKET_NAME_LENGTH = '/.s.PGSQL.5432'.length;
const SOCKET_PATH_LIMIT = process.platform === 'darwin' ? 103 : 107;

/** A fresh directory for the server's socket that only the account (and root) can enter. */
export async function makeSocketDir(account: Account | undefined): Promise<string> {
  for (const base of [tmpdir(), join(sep, 'var', 'tmp'), join(sep, 'tmp')]) {
    const isShort =
      Buffer.byteLength(base) + '/tidings-XXXXXX'.length + SOCKET_NAME_LENGTH <= SOCKET_PATH_LIMIT;
    if (!isShort || (account !== undefined && !(await canReach(account, base, 'enter')))) continue;
    const dir = await mkdtemp(join(base, 'tidings-'));
    if (account !== undefined) await chown(dir, account.uid, account.gid);
    return dir;
  }
  throw new Fault(
    'unavailable',
    'There is no temporary directory for the socket of the embedded PostgreSQL.',
  );
}

/** Removes a socket directory, if it is one that `makeSocketDir` made. */
export async function removeSocketDir(dir: string): Promise<void> {
  if (basename(dir).startsWith('tidings-')) await rm(dir, { recursive: true, force: true });
}
