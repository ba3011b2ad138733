import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { chmod, lstat, mkdir, readlink, realpath, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Fault, messageOf } from '../../kernel/errors.ts';
import type { Log } from '../../kernel/log.ts';
import { canReach, findAccount, findAccountByUid, isRoot, type Account } from './account.ts';
import type { Binaries } from './binaries.ts';
import { makePrivate } from './private-directory.ts';
import { makeReachable } from './reachable-binaries.ts';

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
    if (found !== undefined) assertOurs(inside, found);
    return { clusterDir: inside, binaries: options.binaries, account: undefined };
  }
  if (found?.isSymbolicLink()) {
    assertOurs(inside, found);
    return placesElsewhere(options, await readlink(inside));
  }
  const account = await accountFor(found);
  if (await canReach(account, dataDir, 'enter')) {
    return { clusterDir: inside, binaries: await makeReachable({ ...options, account }), account };
  }
  if (found !== undefined) {
    throw new Fault(
      'unavailable',
      `The embedded database in ${inside} cannot be reached by the user "${account.name}", as whom PostgreSQL runs ` +
        'because this process is root. Let others pass (chmod o+x) through every directory above it.',
    );
  }
  const clusterDir = await chooseElsewhere(options, dataDir);
  // The link decides: where another process was faster, its place is used.
  await symlink(clusterDir, inside).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  return placesElsewhere(options, await readlink(inside));
}

/** As root others may pass through the data directory (not list it), so that PostgreSQL's user gets to `pg`. */
async function makeDataDir(path: string): Promise<string> {
  try {
    const made = await mkdir(path, { recursive: true, mode: 0o700 });
    if (made !== undefined && isRoot()) await chmod(path, 0o711);
    return await realpath(path);
  } catch (error) {
    throw new Fault(
      'unavailable',
      `The data directory ${path} cannot be used: ${messageOf(error)}. Set TIDINGS_DATA_DIR to one that can.`,
      { cause: error },
    );
  }
}

/** An existing cluster runs as whoever it belongs to. */
async function accountFor(cluster: Stats | undefined): Promise<Account> {
  if (cluster === undefined || cluster.uid === 0) return findAccount();
  const known = await findAccountByUid(cluster.uid);
  return known ?? { name: `uid ${cluster.uid}`, uid: cluster.uid, gid: cluster.gid };
}

/** The place follows from the data directory's path; what a deleted data directory left there is never taken over. */
async function chooseElsewhere(options: PlacesOptions, dataDir: string): Promise<string> {
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 16);
  await makePrivate(options.elsewhere);
  for (let nth = 1; ; nth++) {
    const home = join(await realpath(options.elsewhere), nth === 1 ? name : `${name}-${nth}`);
    await makePrivate(home);
    const clusterDir = join(home, 'pg');
    if ((await lstat(clusterDir).catch(() => undefined)) === undefined) return clusterDir;
    options.log.warn(
      { clusterDir },
      'the database of a data directory that was here before is left as it is',
    );
  }
}

async function placesElsewhere(options: PlacesOptions, clusterDir: string): Promise<Places> {
  const home = dirname(clusterDir);
  await makePrivate(dirname(home));
  await makePrivate(home);
  const account = await accountFor(await lstat(clusterDir).catch(() => undefined));
  if (!(await canReach(account, home, 'enter'))) {
    throw new Fault(
      'unavailable',
      `PostgreSQL's user "${account.name}" can enter neither the data directory ${options.dataDir} nor ${home}. ` +
        'Let others pass (chmod o+x) through every directory above one of them.',
    );
  }
  options.log.info(
    { clusterDir, dataDir: options.dataDir, user: account.name },
    'PostgreSQL does not run as root and its user cannot enter the data directory: the database is elsewhere',
  );
  return { clusterDir, binaries: await makeReachable({ ...options, account }), account };
}

function assertOurs(path: string, found: Stats): void {
  const uid = process.getuid?.();
  if (uid === undefined || found.uid === uid) return;
  throw new Fault(
    'unavailable',
    `The embedded database ${path} belongs to another user (uid ${found.uid}). ` +
      'Start as that user or as root, or set another TIDINGS_DATA_DIR.',
  );
}
