import { chmod, lstat, mkdir } from 'node:fs/promises';
import { Fault } from '../../kernel/errors.ts';

/** Makes a directory that anybody may enter and only we may write to, whatever the umask; or checks that it is one. */
export async function makePrivate(path: string): Promise<void> {
  const made = await mkdir(path, { recursive: true });
  if (made !== undefined) await chmod(path, 0o755);
  await assertPrivate(path);
}

/** Ours and writable by us alone, so that nobody can have planted what is in it. */
export async function assertPrivate(path: string): Promise<void> {
  const found = await lstat(path);
  if (found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0) return;
  throw new Fault(
    'unavailable',
    `${path} must be a directory that belongs to this process's user and that nobody else can write to. ` +
      'Find out who made it, remove it and start again.',
  );
}
