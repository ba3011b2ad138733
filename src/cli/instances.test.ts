import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { createWatchedInstance, type WatchedInstance } from '../events/testing/watched-instance.ts';
import { clientEnvironment, runCli, type Ended } from './testing/run-cli.ts';

let watched: WatchedInstance;
let env: Record<string, string>;

before(async () => {
  watched = await createWatchedInstance();
  env = clientEnvironment(watched.server);
});
after(() => watched.close());

const tidings = async (...args: string[]): Promise<Ended> =>
  runCli([...args, '--url', watched.server.url], env);

test('instances are listed with what a person needs to know of each', async () => {
  const { code, out, err } = await tidings('instances');
  assert.deepEqual([code, err], [0, '']);
  const [head, line, ...rest] = out.trimEnd().split('\n');
  assert.match(head!, /^ID +ELEMENT +NAME +EVENTS +STATE +ATTENTION$/);
  assert.match(line!, new RegExp(`^${watched.id} +pipedrive +Acme +on +enabled +`));
  assert.deepEqual(rest, []);
});

test('an account without instances has none, and that is no failure', async () => {
  const made = await watched.server.call<{ id: number }>('POST', '/accounts', { body: { name: 'Empty' } });
  assert.equal(made.status, 200, JSON.stringify(made.body));
  const user = await watched.server.call<{ secret: string }>('POST', `/accounts/${made.body.id}/users`, {
    body: { email: 'empty@example.com', password: 'a-long-password', firstName: 'E', lastName: 'M' },
  });
  assert.equal(user.status, 200, JSON.stringify(user.body));
  const own = { ...env, TIDINGS_USER_SECRET: user.body.secret };
  const text = await runCli(['instances', '--url', watched.server.url], own);
  assert.deepEqual(text, { code: 0, out: 'There are no instances.\n', err: '' });
  const json = await runCli(['instances', '--json', '--url', watched.server.url], own);
  assert.deepEqual(json, { code: 0, out: '', err: '' });
});

test('one instance is shown with its configuration, secrets masked', async () => {
  const { code, out } = await tidings('instances', 'show', String(watched.id));
  assert.equal(code, 0);
  assert.match(out, /^name +Acme$/m);
  assert.match(out, /^event\.vendor\.type +webhook$/m);
  assert.match(out, /^pipedrive\.password +\*+$/m);
  assert.match(out, /^Polls/m);
});

test('--json prints an instance as the API answers it, a line each', async () => {
  const listed = await tidings('instances', '--json');
  const { body } = await watched.server.call<unknown[]>('GET', '/instances');
  assert.deepEqual(
    listed.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
    body,
  );
  const shown = await tidings('instances', 'show', String(watched.id), '--json');
  const { eventPollerRecords, ...instance } = JSON.parse(shown.out) as Record<string, unknown>;
  assert.deepEqual(instance, body[0]);
  assert.ok(Array.isArray(eventPollerRecords));
});

test('a name that would steer the terminal is printed without its control characters', async () => {
  const name = 'Evil\u001b[2J\r\nname';
  const renamed = await watched.server.call('PATCH', `/instances/${watched.id}`, { body: { name } });
  assert.equal(renamed.status, 200);
  const { out } = await tidings('instances');
  await watched.server.call('PATCH', `/instances/${watched.id}`, { body: { name: 'Acme' } });
  assert.match(out, /Evil \[2J name/);
  assert.ok(!out.includes('\u001b'));
});

test('an unknown instance is named, and the exit code is 1', async () => {
  assert.deepEqual(await tidings('instances', 'show', '4711'), {
    code: 1,
    out: '',
    err: 'The server answered 404: There is no instance 4711.\n',
  });
});

test('wrong credentials point to the variables', async () => {
  const { code, err } = await runCli(['instances', '--url', watched.server.url], {
    ...env,
    TIDINGS_USER_SECRET: 'wrong',
  });
  assert.equal(code, 1);
  assert.match(err, /^The server refused the credentials: check TIDINGS_USER_SECRET and [^\n]+\n$/);
});

test('a server that is not there is one line', async () => {
  const { code, err } = await runCli(['instances', '--url', 'http://127.0.0.1:1'], env);
  assert.equal(code, 1);
  assert.match(err, /^No answer from a server at http:\/\/127\.0\.0\.1:1: [^\n]+ECONNREFUSED[^\n]+\n$/);
});

test('something else than Tidings at the URL is recognized', async () => {
  const other = createServer((_, response) => {
    response.writeHead(301, { location: 'https://elsewhere.example/' }).end('<html>');
  });
  other.listen(0, '127.0.0.1');
  await once(other, 'listening');
  const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  const { code, err } = await runCli(['instances', '--url', url], env);
  other.close();
  assert.equal(code, 1);
  assert.equal(
    err,
    `${url} answered 301 with a redirect to https://elsewhere.example/, but not as Tidings does. Is --url right?\n`,
  );
});

test('the server is found by the public URL or the port of the environment', async () => {
  const { port } = new URL(watched.server.url);
  const byPort = await runCli(['instances'], { ...env, TIDINGS_PORT: port });
  assert.equal(byPort.code, 0, byPort.err);
  const byUrl = await runCli(['instances'], { ...env, TIDINGS_PUBLIC_URL: `${watched.server.url}/` });
  assert.equal(byUrl.code, 0, byUrl.err);
});

test('a wrong command line is a 2 and points to the help', async () => {
  for (const args of [['--jsno'], ['show'], ['show', 'acme'], ['--url', 'localhost']]) {
    const { code, err } = await runCli(['instances', ...args], env);
    assert.equal(code, 2, args.join(' '));
    assert.match(err, /\nSee tidings instances --help\n$/, args.join(' '));
  }
  const unset = await runCli(['instances']);
  assert.equal(unset.code, 2);
  assert.match(unset.err, /^TIDINGS_USER_SECRET and TIDINGS_ORGANIZATION_SECRET must be set/);
});
