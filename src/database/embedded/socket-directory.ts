import { chown, lstat, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, sep } from 'node:path';
import { Fault } from '../../kernel/errors.ts';
import { canReach, type Account } from './account.ts';

const PREFIX = 'tidings-';
/** What the address of a socket may hold: 108 bytes with the final zero, on macOS 104. */
const PATH_LIMIT_BYTES = process.platform === 'darwin' ? 103 : 107;

/** A fresh directory for the server's socket that only the account (and root) can enter, with a short path. */
export async function makeSocketDir(account: Account | undefined): Promise<string> {
  for (const base of [tmpdir(), join(sep, 'var', 'tmp'), join(sep, 'tmp')]) {
    if (Buffer.byteLength(join(base, `${PREFIX}XXXXXX`, '.s.PGSQL.5432')) > PATH_LIMIT_BYTES) continue;
    if (account !== undefined && !(await canReach(account, base, 'enter').catch(() => false))) continue;
    const dir = await mkdtemp(join(base, PREFIX));
    await giveTo(account, dir);
    return dir;
  }
  throw new Fault(
    'unavailable',
    'There is no temporary directory for the socket of the embedded PostgreSQL.',
  );
}

/**
 * Makes the directory again where a cleaner of temporary files (or we) removed it, under the name that clients know.
 * Throws `Fault('unavailable')` when somebody else took the name meanwhile.
 */
export async function keepSocketDir(account: Account | undefined, dir: string): Promise<void> {
  const made = await mkdir(dir, { mode: 0o700 }).then(
    () => true,
    () => false,
  );
  if (made) await giveTo(account, dir);
  const { uid, mode } = await lstat(dir);
  const owner = account?.uid ?? process.getuid?.() ?? uid;
  if (uid === owner && (mode & 0o777) === 0o700) return;
  throw new Fault('unavailable', `The directory ${dir} for PostgreSQL's socket belongs to somebody else.`);
}

/** Removes a directory, if it is one that `makeSocketDir` made. */
export async function removeSocketDir(dir: string): Promise<void> {
  if (basename(dir).startsWith(PREFIX)) await rm(dir, { recursive: true, force: true });
}

async function giveTo(account: Account | undefined, dir: string): Promise<void> {
  if (account !== undefined) await chown(dir, account.uid, account.gid);
}
