import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { createTestDatabase } from '../../test/support/database.ts';
import { startTestServer } from '../../test/support/server.ts';
import { readConfig } from '../config/config.ts';
import { createSilentLog } from '../kernel/log.ts';
import { generateEncryptionKey } from '../vault/encryption-keys.ts';
import { start } from '../main.ts';

const database = await createTestDatabase({ empty: true });
after(() => database.drop());
const key = generateEncryptionKey();

async function startWith(env: Record<string, string>, announce: (text: string) => void = () => {}) {
  const config = readConfig(
    {
      TIDINGS_PORT: '0',
      TIDINGS_DATABASE_URL: database.url,
      TIDINGS_DATABASE_POOL_SIZE: '2',
      TIDINGS_ENCRYPTION_KEY: key,
      ...env,
    },
    () => '',
  );
  return start(config, { log: createSilentLog(), announce });
}

test('two first starts at once make one user, whose password is shown once and signs in', async () => {
  const shown: string[] = [];
  const show = (text: string): void => void shown.push(text);
  const both = await Promise.all([startWith({}, show), startWith({}, show)]);
  const [users, organizations] = await Promise.all(
    ['users', 'organizations'].map((table) => database.db.query(`select id from ${table}`)),
  );
  assert.deepEqual([users, organizations], [[{ id: 2 }], [{ id: 2 }]]);
  assert.equal(shown.length, 1);
  const password = /with the password {2}(\S+)/.exec(shown[0]!)?.[1];
  const answer = await fetch(`${both[1].url}/elements/api-v2/authentication`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin@localhost', password }),
  });
  assert.equal(answer.status, 200);
  await Promise.all(both.map((running) => running.close()));
});

test('a start after the first one shows no password', async () => {
  const shown: string[] = [];
  const running = await startWith({ TIDINGS_USER_SECRET: 'another' }, (text) => void shown.push(text));
  await running.close();
  await running.close();
  assert.deepEqual(shown, []);
});

test('another encryption key stops the start', async () => {
  await assert.rejects(
    startWith({ TIDINGS_ENCRYPTION_KEY: generateEncryptionKey() }),
    /encryption key in TIDINGS_ENCRYPTION_KEY is not the one/,
  );
});

test('a port that is taken stops the start with the variable to change', async () => {
  const blocker = createServer();
  await new Promise<void>((resolve) => {
    blocker.listen(0, '127.0.0.1', resolve);
  });
  const { port } = blocker.address() as AddressInfo;
  await assert.rejects(
    startWith({ TIDINGS_PORT: String(port) }),
    new RegExp(`Port ${port} of 127\\.0\\.0\\.1 is taken: set TIDINGS_PORT`),
  );
  blocker.close();
});

test('a process without the role api serves health and metrics only', async () => {
  const server = await startTestServer({ env: { TIDINGS_ROLES: 'poller' } });
  assert.equal((await fetch(`${server.url}/readyz`)).status, 200);
  assert.match(await (await fetch(`${server.url}/metrics`)).text(), /process_cpu_seconds_total/);
  assert.equal((await server.call('GET', '/accounts')).status, 404);
  assert.equal((await fetch(`${server.url}/reference`)).status, 404);
  await server.close();
});
