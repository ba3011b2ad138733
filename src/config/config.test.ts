import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError, describeVariables, readConfig } from './config.ts';
import { VARIABLES } from './variables.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');

function noFiles(path: string): string {
  throw new Error(`no file ${path}`);
}

function problemsOf(env: Record<string, string>, readFile = noFiles): string[] {
  try {
    readConfig(env, readFile);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message.split('\n');
  }
  return [];
}

test('an empty environment gives the documented defaults', () => {
  assert.deepEqual(readConfig({ PATH: '/bin', TIDINGS_PORT: '' }, noFiles), {
    port: 8080,
    host: '127.0.0.1',
    publicUrl: null,
    databaseUrl: null,
    databasePoolSize: 10,
    dataDir: './.tidings',
    encryptionKeys: null,
    adminEmail: 'admin@localhost',
    adminPassword: null,
    userSecret: null,
    organizationSecret: null,
    allowPrivateNetworks: false,
    trustProxy: false,
    metricsToken: null,
    roles: ['api', 'poller', 'delivery'],
    retentionDays: 30,
    queueRetentionDays: 90,
    logLevel: 'info',
  });
});

test('every variable is read into its type', () => {
  const config = readConfig(
    {
      TIDINGS_PORT: '9000',
      TIDINGS_PUBLIC_URL: 'https://hooks.example.com/tidings/',
      TIDINGS_DATABASE_URL: 'postgres://u:p@db/tidings',
      TIDINGS_ENCRYPTION_KEY: `${KEY},${KEY}`,
      TIDINGS_ALLOW_PRIVATE_NETWORKS: '10.0.0.0/8, crm.internal',
      TIDINGS_TRUST_PROXY: '10.0.0.0/8,192.168.1.1',
      TIDINGS_ROLES: 'delivery,api',
      TIDINGS_LOG_LEVEL: 'WARN',
    },
    noFiles,
  );
  assert.equal(config.port, 9000);
  assert.equal(config.publicUrl, 'https://hooks.example.com/tidings');
  assert.equal(config.encryptionKeys?.length, 2);
  assert.deepEqual(config.allowPrivateNetworks, ['10.0.0.0/8', 'crm.internal']);
  assert.deepEqual(config.trustProxy, ['10.0.0.0/8', '192.168.1.1']);
  assert.deepEqual(config.roles, ['api', 'delivery']);
  assert.equal(config.logLevel, 'warn');
  assert.equal(readConfig({ TIDINGS_TRUST_PROXY: '2' }, noFiles).trustProxy, 2);
  assert.equal(readConfig({ TIDINGS_ALLOW_PRIVATE_NETWORKS: 'true' }, noFiles).allowPrivateNetworks, true);
});

test('one error names all offending variables and never a secret value', () => {
  const problems = problemsOf({
    TIDINGS_PROT: '80',
    TIDINGS_PORT_FILE: '/port',
    TIDINGS_PORT: '99999',
    TIDINGS_ENCRYPTION_KEY: 'too-short-secret',
    TIDINGS_TRUST_PROXY: 'true',
    TIDINGS_ROLES: 'api,console',
    TIDINGS_PUBLIC_URL: 'tidings.example.com',
    TIDINGS_RETENTION_DAYS: '0',
  });
  assert.deepEqual(
    problems.map((problem) => problem.split(':', 1)[0]),
    [
      'TIDINGS_PORT_FILE',
      'TIDINGS_PROT',
      'TIDINGS_PORT',
      'TIDINGS_PUBLIC_URL',
      'TIDINGS_ENCRYPTION_KEY',
      'TIDINGS_TRUST_PROXY',
      'TIDINGS_ROLES',
      'TIDINGS_RETENTION_DAYS',
    ],
  );
  assert.ok(!problems.join().includes('too-short-secret'));
});

test('a database URL asks for an encryption key', () => {
  const [problem, ...others] = problemsOf({ TIDINGS_DATABASE_URL: 'postgres://u@db/tidings' });
  assert.match(problem ?? '', /^TIDINGS_ENCRYPTION_KEY: is required with TIDINGS_DATABASE_URL/);
  assert.deepEqual(others, []);
});

test('a secret may stand in a file, whose last newline does not count', () => {
  const files = (path: string): string => (path === '/run/token' ? 'abc=\n' : noFiles(path));
  assert.equal(readConfig({ TIDINGS_METRICS_TOKEN_FILE: '/run/token' }, files).metricsToken, 'abc=');
  assert.match(
    problemsOf({ TIDINGS_METRICS_TOKEN_FILE: '/none' }, files).join(),
    /TIDINGS_METRICS_TOKEN: .*no file/,
  );
  assert.match(
    problemsOf({ TIDINGS_METRICS_TOKEN_FILE: '/run/token', TIDINGS_METRICS_TOKEN: 'x' }, files).join(),
    /leave one out/,
  );
});

test('the help names every variable with its default', () => {
  const help = describeVariables();
  for (const { name } of Object.values(VARIABLES)) assert.ok(help.includes(name), name);
  assert.match(help, /TIDINGS_RETENTION_DAYS\n.*\n +default: 30 days/);
});
