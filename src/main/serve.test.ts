import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createTestDatabase } from '../../test/support/database.ts';
import { generateEncryptionKey } from '../vault/encryption-keys.ts';

const TIDINGS = fileURLToPath(new URL('../../bin/tidings.js', import.meta.url));
const database = await createTestDatabase();
after(() => database.drop());

type Child = ChildProcessByStdio<null, Readable, Readable>;

function tidings(args: string[], env: Record<string, string> = {}): Child {
  const { PATH } = process.env;
  return spawn(process.execPath, [TIDINGS, ...args], {
    env: { PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function ended(child: Child): Promise<{ code: number | null; out: string; err: string }> {
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ]);
  return { code, out, err };
}

/** Resolves with the URL it listens on. */
async function listening(child: Child): Promise<string> {
  let seen = '';
  for await (const chunk of child.stdout) {
    seen += String(chunk);
    const url = /"url":"(http:[^"]+)","publicUrl"/.exec(seen)?.[1];
    if (url !== undefined) return url;
  }
  throw new Error(`it ended: ${seen}`);
}

function serve(): Child {
  return tidings(['serve'], {
    TIDINGS_PORT: '0',
    TIDINGS_DATABASE_URL: database.url,
    TIDINGS_ENCRYPTION_KEY: Buffer.alloc(32, 1).toString('base64'),
    TIDINGS_ADMIN_PASSWORD: 'a password',
  });
}

/** A POST whose body is not finished: a request in flight. */
async function beginRequest(url: string) {
  const body = JSON.stringify({ username: 'admin@localhost', password: 'a password' });
  const begun = request(`${url}/elements/api-v2/authentication`, {
    method: 'POST',
    agent: false,
    headers: { 'content-type': 'application/json', 'content-length': body.length, expect: '100-continue' },
  });
  // A server that exits resets the connection.
  begun.on('error', () => {});
  begun.flushHeaders();
  await once(begun, 'continue');
  return {
    finish: async (): Promise<number | undefined> => {
      begun.end(body);
      const [answer] = (await once(begun, 'response')) as [{ statusCode?: number; resume(): void }];
      answer.resume();
      return answer.statusCode;
    },
  };
}

test('SIGTERM finishes the request in flight and exits with 0', async () => {
  const child = serve();
  const exit = once(child, 'exit');
  const url = await listening(child);
  const inFlight = await beginRequest(url);
  child.kill('SIGTERM');
  // Nobody new is let in from now on.
  for (let isOpen = true; isOpen;) {
    isOpen = await fetch(`${url}/healthz`, { headers: { connection: 'close' } }).then(
      () => true,
      () => false,
    );
  }
  assert.equal(await inFlight.finish(), 200);
  assert.deepEqual(await exit, [0, null]);
});

test('a second signal exits at once', async () => {
  const child = serve();
  const exit = once(child, 'exit');
  await beginRequest(await listening(child));
  child.kill('SIGTERM');
  child.kill('SIGINT');
  assert.deepEqual(await exit, [1, null]);
});

test('what is wrong with the environment is one line each, without a stack', async () => {
  const { code, out, err } = await ended(
    tidings(['serve'], { TIDINGS_PROT: '1', TIDINGS_ENCRYPTION_KEY: generateEncryptionKey().slice(2) }),
  );
  assert.equal(code, 1);
  assert.equal(out, '');
  const lines = err.trim().split('\n');
  assert.equal(lines.length, 3);
  assert.match(err, /^TIDINGS_PROT: there is no such setting/m);
  assert.match(err, /^TIDINGS_ENCRYPTION_KEY: /m);
});

test('a database that does not answer is one line', async () => {
  const { code, err } = await ended(
    tidings(['serve'], {
      TIDINGS_DATABASE_URL: 'postgres://nobody@localhost:1/none',
      TIDINGS_ENCRYPTION_KEY: generateEncryptionKey(),
    }),
  );
  assert.equal(code, 1);
  assert.match(err, /^Tidings cannot run: The database cannot be used: [^\n]*ECONNREFUSED[^\n]*\n$/);
});

test('the help names commands and variables, and an unknown command is a 2', async () => {
  const help = await ended(tidings(['--help']));
  assert.equal(help.code, 0);
  assert.match(help.out, /serve +run the server/);
  const variables = await ended(tidings(['serve', '--help']));
  assert.match(variables.out, /TIDINGS_QUEUE_RETENTION_DAYS/);
  const unknown = await ended(tidings(['sevre']));
  assert.equal(unknown.code, 2);
  assert.match(unknown.err, /knows no command "sevre"/);
});
