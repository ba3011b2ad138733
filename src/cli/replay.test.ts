import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createWatchedInstance, type WatchedInstance } from '../events/testing/watched-instance.ts';
import { clientEnvironment, runCli, type Ended } from './testing/run-cli.ts';

let watched: WatchedInstance;
let env: Record<string, string>;

before(async () => {
  watched = await createWatchedInstance();
  env = { ...clientEnvironment(watched.server), TIDINGS_PUBLIC_URL: watched.server.url };
});
after(() => watched.close());

const replay = async (...args: string[]): Promise<Ended> =>
  runCli(['replay', '--instance', String(watched.id), '--from', '2020-01-01', ...args], env);

test('a dry run counts and sends nothing; a replay sends the same ids again', async () => {
  const ids = [await watched.makeEvent('1'), await watched.makeEvent('2')];
  await watched.callback.until(() => watched.callback.received.length === 2);
  await watched.eventually(async () => {
    const { body } = await watched.server.call<unknown[]>('GET', '/instances/events?status=NOTIFIED');
    return body.length === 2;
  });
  assert.deepEqual(await replay('--dry-run'), { code: 0, out: '2 events would be sent again.\n', err: '' });
  assert.deepEqual(
    (await replay('--dry-run', '--status', 'RECEIVED')).out,
    '0 events would be sent again.\n',
  );
  assert.equal(watched.callback.received.length, 2);
  const { code, out } = await replay('--json');
  assert.equal(code, 0);
  assert.equal((JSON.parse(out) as { count: number }).count, 2);
  await watched.callback.until(() => watched.callback.received.length === 4);
  const again = watched.callback.received.slice(2).map(({ message }) => message.eventId);
  assert.deepEqual(again.sort(), ids.sort());
});

test('what a replay needs is asked for, and what the server refuses is told', async () => {
  const without = await runCli(['replay', '--from', '2020-01-01'], env);
  assert.equal(without.code, 2);
  assert.match(without.err, /^Both --instance and --from must be given/);
  const later = await replay('--to', '2019-01-01');
  assert.deepEqual(
    [later.code, later.err],
    [1, 'The server answered 400: from must not be later than to.\n'],
  );
  const unknown = await runCli(['replay', '--instance', '4711', '--from', '2020-01-01'], env);
  assert.deepEqual([unknown.code, unknown.err], [1, 'The server answered 404: There is no instance 4711.\n']);
});
