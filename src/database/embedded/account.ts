import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Fault } from '../../kernel/errors.ts';

/** The operating system account that runs PostgreSQL instead of root, which it refuses to run as. */
export interface Account {
  name: string;
  uid: number;
  gid: number;
}

const CANDIDATES = ['postgres', '_postgres', 'nobody'];

/** Whether this process is root and PostgreSQL therefore needs another account. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** The unprivileged account to use as root. Accounts are only looked up, never made. */
export async function findAccount(): Promise<Account> {
  const accounts = await readAccounts();
  for (const name of CANDIDATES) {
    const account = accounts.find((one) => one.name === name && one.uid !== 0);
    if (account !== undefined) return account;
  }
  throw new Fault(
    'unavailable',
    'PostgreSQL does not run as root, and the system has neither a user "postgres" nor "nobody" to run it as. ' +
      'Start as another user, or set TIDINGS_DATABASE_URL.',
  );
}

/** The account with this uid: the owner of a data directory that exists already. */
export async function findAccountByUid(uid: number): Promise<Account | undefined> {
  return (await readAccounts()).find((one) => one.uid === uid);
}

async function readAccounts(): Promise<Account[]> {
  const text = await readFile('/etc/passwd', 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':');
    if (!name || line.startsWith('#') || !uid || !gid) return [];
    // macOS writes the ids of nobody as -2.
    return [{ name, uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 }];
  });
}

/**
 * Whether the account may pass through every directory above `path` and use what is there (`read`: read a file or
 * program, `enter`: enter a directory). Judged by mode bits; access lists are not looked at.
 */
export async function canReach(account: Account, path: string, use: 'read' | 'enter'): Promise<boolean> {
  const real = await realpath(path);
  if (!(await permits(account, real, use === 'read' ? 0o4 : 0o1))) return false;
  for (let at = dirname(real); ; at = dirname(at)) {
    if (!(await permits(account, at, 0o1))) return false;
    if (at === dirname(at)) return true;
  }
}

async function permits(account: Account, path: string, bit: number): Promise<boolean> {
  const { mode, uid, gid } = await stat(path);
  const shift = uid === account.uid ? 6 : gid === account.gid ? 3 : 0;
  return ((mode >> shift) & bit) === bit;
}
