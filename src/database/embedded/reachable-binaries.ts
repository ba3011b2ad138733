import { chmod, cp, lstat, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../../kernel/log.ts';
import { canReach, type Account } from './account.ts';
import { program, type Binaries } from './binaries.ts';
import { assertPrivate, makePrivate } from './private-directory.ts';

/**
 * The programs, or their copy in `elsewhere` when the account cannot read them where they are (a checkout in root's
 * home, a strict umask at `npm ci`). One copy serves all data directories; the link libraries (`.a`) stay behind.
 */
export async function makeReachable(deps: {
  binaries: Binaries;
  account: Account;
  elsewhere: string;
  log: Log;
}): Promise<Binaries> {
  const { binaries, account, elsewhere, log } = deps;
  const samples = [
    program(binaries, 'postgres'),
    program(binaries, 'initdb'),
    join(binaries.root, 'share', 'postgresql', 'postgres.bki'),
  ];
  const reached = await Promise.all(samples.map((path) => canReach(account, path, 'read')));
  if (reached.every(Boolean)) return binaries;
  await makePrivate(elsewhere);
  const root = join(elsewhere, `postgresql-${binaries.version}`);
  if (await lstat(root).catch(() => undefined)) {
    await assertPrivate(root);
    return { ...binaries, root };
  }
  const draft = await mkdtemp(join(elsewhere, 'draft-'));
  const filter = (path: string) => !path.endsWith('.a');
  await cp(binaries.root, draft, { recursive: true, verbatimSymlinks: true, filter });
  await openToAll(draft);
  // Another process may have been faster; its copy is as good.
  await rename(draft, root).catch(() => rm(draft, { recursive: true }));
  log.info({ root, user: account.name }, 'PostgreSQL was copied to where its user can read it');
  return { ...binaries, root };
}

async function openToAll(root: string): Promise<void> {
  await chmod(root, 0o755);
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const path = join(entry.parentPath, entry.name);
    const isExecutable = ((await stat(path)).mode & 0o100) !== 0;
    await chmod(path, isExecutable ? 0o755 : 0o644);
  }
}
