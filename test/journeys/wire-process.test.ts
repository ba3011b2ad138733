import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { devNull } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createTestDatabase } from '../support/database.ts';
import { isServing, serverPid } from '../support/embedded.ts';
import { testServerBase } from '../support/postgres-server.ts';
import { spawnTidings, type TidingsChild } from '../support/tidings-child.ts';

/** Section 0 of the wire contract: the process, with its private PostgreSQL, as an operator meets it. */

const SECRETS = {
  TIDINGS_USER_SECRET: Buffer.alloc(32, 2).toString('base64'),
  TIDINGS_ORGANIZATION_SECRET: Buffer.alloc(32, 3).toString('base64'),
};
const AUTHORIZATION = `User ${SECRETS.TIDINGS_USER_SECRET}, Organization ${SECRETS.TIDINGS_ORGANIZATION_SECRET}`;

let home: string;
let dataDir: string;
const running = new Set<TidingsChild>();
before(async () => {
  home = await mkdtemp(join(await testServerBase(), 'tidings-wire-'));
  await chmod(home, 0o711);
  dataDir = join(home, 'data');
});
after(async () => {
  for (const { child } of running) child.kill('SIGTERM');
  await Promise.all([...running].map(({ exited }) => exited));
  await rm(home, { recursive: true, force: true });
});

function serve(env: Record<string, string> = {}): TidingsChild {
  const started = spawnTidings({ TIDINGS_PORT: '0', TIDINGS_DATA_DIR: dataDir, ...SECRETS, ...env });
  running.add(started);
  void started.exited.then(() => running.delete(started));
  return started;
}

async function accountNames(url: string): Promise<string[]> {
  const answer = await fetch(`${url}/elements/api-v2/accounts`, {
    headers: { authorization: AUTHORIZATION },
  });
  assert.equal(answer.status, 200);
  return ((await answer.json()) as { name: string }[]).map(({ name }) => name);
}

async function addAccount(url: string, name: string): Promise<void> {
  const answer = await fetch(`${url}/elements/api-v2/accounts`, {
    method: 'POST',
    headers: { authorization: AUTHORIZATION, 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  });
  assert.equal(answer.status, 200);
}

/** The one line with which a start that cannot be ends. */
async function refusal(env: Record<string, string>): Promise<string> {
  const refused = serve(env);
  const [code] = await refused.exited;
  assert.equal(code, 1, refused.out() + refused.err());
  assert.doesNotMatch(refused.err(), /\n\s+at /, 'no stack');
  return refused.err();
}

test('with nothing configured it starts on a database of its own, shows the password once, and stops without a trace', async () => {
  const first = serve();
  const url = await first.listening();
  const password = /with the password {2}(\S+)/.exec(first.out() + first.err())?.[1];
  assert.ok(password, first.out());
  const signIn = await fetch(`${url}/elements/api-v2/authentication`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin@localhost', password }),
  });
  assert.equal(signIn.status, 200);
  for (const path of ['/healthz', '/readyz', '/metrics', '/openapi.json', '/reference']) {
    assert.equal((await fetch(url + path)).status, 200, path);
  }
  await addAccount(url, 'kept');
  const pid = await serverPid(dataDir);
  first.child.kill('SIGTERM');
  assert.deepEqual(await first.exited, [0, null]);
  assert.equal(await isServing(pid, dataDir), false, 'PostgreSQL stops with it');
});

test('the next start keeps data and key, and shows no password', async () => {
  const second = serve();
  assert.ok((await accountNames(await second.listening())).includes('kept'));
  assert.doesNotMatch(second.out() + second.err(), /with the password/);

  const refused = await refusal({});
  assert.match(refused, new RegExp(`\\b${second.child.pid}\\b`), 'a second process is told who is there');
  assert.equal(refused.trim().split('\n').length, 1, refused);

  const pid = await serverPid(dataDir);
  second.child.kill('SIGKILL');
  assert.deepEqual(await second.exited, [null, 'SIGKILL']);
  assert.equal(await isServing(pid, dataDir), true, 'PostgreSQL outlives a SIGKILL');

  const third = serve();
  const url = await third.listening();
  assert.ok((await accountNames(url)).includes('kept'));
  assert.equal(await serverPid(dataDir), pid, 'the orphan is adopted');
  third.child.kill('SIGTERM');
  assert.deepEqual(await third.exited, [0, null]);
  assert.equal(await isServing(pid, dataDir), false);
});

test('the key and the data are for their owner only', async () => {
  const key = await stat(join(dataDir, 'encryption-key'));
  assert.equal(key.mode & 0o077, 0);
  assert.equal((await stat(join(dataDir, 'pg'))).mode & 0o077, 0);
});

test('an unusable data directory is one line that names it', async () => {
  const file = join(home, 'a-file');
  await writeFile(file, 'x');
  for (const path of [join(devNull, 'data'), file]) {
    const line = await refusal({ TIDINGS_DATA_DIR: path });
    assert.ok(line.includes(path), line);
    assert.equal(line.trim().split('\n').length, 1, line);
  }
});

test('a port that is taken is one line that names the variable', async (t) => {
  const database = await createTestDatabase();
  const blocker = createServer();
  t.after(async () => {
    blocker.close();
    await database.drop();
  });
  await new Promise<void>((resolve) => {
    blocker.listen(0, '127.0.0.1', resolve);
  });
  const { port } = blocker.address() as AddressInfo;
  const line = await refusal({
    TIDINGS_PORT: String(port),
    TIDINGS_DATABASE_URL: database.url,
    TIDINGS_ADMIN_PASSWORD: 'a password',
    TIDINGS_ENCRYPTION_KEY: Buffer.alloc(32, 1).toString('base64'),
  });
  assert.match(line, new RegExp(`Port ${port} .*TIDINGS_PORT`));
  assert.equal(line.trim().split('\n').length, 1, line);
});

/** An unusable value for every variable. */
const UNUSABLE: Record<string, string> = {
  TIDINGS_PORT: '80800',
  TIDINGS_HOST: 'not a host',
  TIDINGS_PUBLIC_URL: 'tidings.example',
  TIDINGS_DATABASE_URL: 'mysql://user:s3cret-database@x/y',
  TIDINGS_DATABASE_POOL_SIZE: '0',
  TIDINGS_ENCRYPTION_KEY: 's3cret-key',
  TIDINGS_ADMIN_EMAIL: 'nobody',
  TIDINGS_USER_SECRET: 's3cret user, with blank',
  TIDINGS_ORGANIZATION_SECRET: 's3cret,organization',
  TIDINGS_ALLOW_PRIVATE_NETWORKS: '10.0.0.0/99',
  TIDINGS_TRUST_PROXY: 'everybody',
  TIDINGS_METRICS_TOKEN: 's3cret metrics',
  TIDINGS_ROLES: 'api,cook',
  TIDINGS_RETENTION_DAYS: '-1',
  TIDINGS_QUEUE_RETENTION_DAYS: 'long',
  TIDINGS_LOG_LEVEL: 'loud',
  TIDINGS_PROT: '8080',
  TIDINGS_ADMIN_PASSWORD_FILE: join(devNull, 'none'),
};

test('everything unusable in the environment is named at once, a line each, and no secret is printed', async () => {
  const lines = await refusal(UNUSABLE);
  for (const name of Object.keys(UNUSABLE))
    assert.match(lines, new RegExp(`^TIDINGS_.*\\b${name}\\b|^${name}: `, 'm'));
  assert.equal(lines.match(/^TIDINGS_/gm)?.length, Object.keys(UNUSABLE).length, lines);
  assert.doesNotMatch(lines, /s3cret/);
});

test('every secret may stand in a file', async () => {
  const database = await createTestDatabase();
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries({
    TIDINGS_DATABASE_URL: database.url,
    TIDINGS_ENCRYPTION_KEY: Buffer.alloc(32, 1).toString('base64'),
    TIDINGS_ADMIN_PASSWORD: 'a password in a file',
    TIDINGS_METRICS_TOKEN: 'metrics-token',
    ...SECRETS,
  })) {
    const path = join(home, name);
    await writeFile(path, `${value}\n`);
    env[`${name}_FILE`] = path;
  }
  const started = spawnTidings({ TIDINGS_PORT: '0', ...env });
  running.add(started);
  const url = await started.listening();
  await accountNames(url);
  assert.equal((await fetch(`${url}/metrics`)).status, 401);
  const metrics = await fetch(`${url}/metrics`, { headers: { authorization: 'Bearer metrics-token' } });
  assert.equal(metrics.status, 200);
  started.child.kill('SIGTERM');
  assert.deepEqual(await started.exited, [0, null]);
  running.delete(started);
  await database.drop();
});
