import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTestServer } from '../../test/support/server.ts';
import { createWatchedInstance, type WatchedInstance } from '../events/testing/watched-instance.ts';
import { clientEnvironment, runCli, runUnread, startCli, type Ended } from './testing/run-cli.ts';

let watched: WatchedInstance;
let env: Record<string, string>;

before(async () => {
  watched = await createWatchedInstance();
  env = { ...clientEnvironment(watched.server), TIDINGS_PUBLIC_URL: watched.server.url };
});
after(() => watched.close());

const tidings = async (...args: string[]): Promise<Ended> => runCli(args, env);

/** For a second server on the same database. */
function secrets(): Record<string, string> {
  const { userSecret, organizationSecret } = watched.server;
  return { TIDINGS_USER_SECRET: userSecret, TIDINGS_ORGANIZATION_SECRET: organizationSecret };
}

async function settled(id: string): Promise<void> {
  await watched.eventually(async () => {
    const { body } = await watched.server.call<{ status: string }>('GET', `/instances/events/${id}`);
    return body.status === 'NOTIFIED';
  });
}

test('an empty log says so', async () => {
  assert.deepEqual(await tidings('events'), { code: 0, out: 'There are no such events.\n', err: '' });
});

test('events are listed newest first, filtered and cut as asked', async () => {
  const ids = [await watched.makeEvent('1'), await watched.makeEvent('2'), await watched.makeEvent('3')];
  for (const id of ids) await settled(id);
  const { code, out } = await tidings('events', '--instance', String(watched.id), '--limit', '2');
  assert.equal(code, 0);
  const lines = out.trimEnd().split('\n');
  assert.equal(lines.length, 2);
  assert.match(
    lines[0]!,
    new RegExp(`${ids[2]} +NOTIFIED +instance ${watched.id} +pipedrive +UPDATED test 3$`),
  );
  assert.match(lines[1]!, new RegExp(ids[1]!));
  const one = await tidings('events', '--object-id', '1', '--status', 'notified', '--json');
  const [event, ...others] = one.out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { id: string });
  assert.deepEqual([event?.id, others], [ids[0], []]);
});

test('one event is shown with the tries to deliver it', async () => {
  watched.callback.answer({ status: 500, body: 'no\u001b[31m room' });
  const id = await watched.makeEvent('retried');
  await watched.eventually(async () => {
    const { body } = await watched.server.call<{ tries: unknown[] }>('GET', `/instances/events/${id}`);
    return body.tries.length > 0;
  });
  const waiting = await tidings('events', 'show', id);
  assert.equal(waiting.code, 0, waiting.err);
  assert.match(waiting.out, /^change +UPDATED test retried at /m);
  assert.match(waiting.out, /Z +recorded$/m);
  assert.match(waiting.out, /Z +try 1 +\S+ +answered 500 +\d+ ms +no \[31m room$/m);
  assert.match(waiting.out, /Z +next try$/m);
  watched.callback.answer({ status: 200 });
  watched.server.clock.advance(60_000);
  await settled(id);
  const done = await tidings('events', 'show', id);
  // The second one, or a later one where the machine was too busy to see the callback change.
  assert.match(done.out, /Z +try \d+ +delivered +answered 200/);
  assert.doesNotMatch(done.out, /next try/);
});

test('an unknown event and an unknown instance are named', async () => {
  const nothing = '01a20056-b8fd-7702-b26b-0914b38daa72';
  const event = await tidings('events', 'show', nothing);
  assert.deepEqual(event, {
    code: 1,
    out: '',
    err: `The server answered 404: There is no event ${nothing}.\n`,
  });
  const instance = await tidings('events', '--instance', '4711');
  assert.deepEqual(
    [instance.code, instance.err],
    [1, 'The server answered 404: There is no instance 4711.\n'],
  );
});

test('a filter the server refuses is explained in its words', async () => {
  const { code, err } = await tidings('events', '--from', 'yesterday');
  assert.equal(code, 1);
  assert.match(err, /^The server answered 400: from must be an ISO-8601/);
});

test('following shows each event that is recorded from then on once, in order, and ends with the signal', async () => {
  const made = [await watched.makeEvent('before')];
  const going = startCli(['events', '--follow', '--json'], env);
  while (going.printed() === '') {
    made.push(await watched.makeEvent('later'));
    await sleep(100);
  }
  const last = await watched.makeEvent('last');
  made.push(last);
  const out = await going.until(new RegExp(`${last}.*\n`));
  assert.equal(await going.stop(), 0);
  const lines = out.trimEnd().split('\n');
  const ids = lines.map((line) => (JSON.parse(line) as { id: string }).id);
  assert.ok(!ids.includes(made[0]!));
  assert.deepEqual(ids, made.slice(-ids.length));
});

test('following goes on when the server is away for a while', async () => {
  const restarted = await startTestServer({ databaseUrl: watched.server.databaseUrl, env: secrets() });
  const { port } = new URL(restarted.url);
  const going = startCli(['events', '--follow'], { ...env, TIDINGS_PUBLIC_URL: restarted.url });
  while (going.printed() === '') {
    await watched.makeEvent('present');
    await sleep(100);
  }
  await restarted.close();
  const meanwhile = await watched.makeEvent('meanwhile');
  await sleep(2_000);
  const back = await startTestServer({
    databaseUrl: watched.server.databaseUrl,
    env: { ...secrets(), TIDINGS_PORT: port },
  });
  await going.until(new RegExp(`${meanwhile}.*meanwhile`));
  assert.equal(await going.stop(), 0);
  await back.close();
});

test('following what cannot be followed, and a limit that is none, are wrong command lines', async () => {
  const { code, err } = await tidings('events', '--follow', '--status', 'NOTIFIED');
  assert.equal(code, 2);
  assert.match(err, /leave out --status/);
  const limit = await tidings('events', '--limit', 'many');
  assert.equal(limit.code, 2);
  assert.match(limit.err, /^--limit must be a whole number from 1 to 100000, not "many"\./);
});

test('a reader who has seen enough ends the command quietly', async () => {
  await watched.makeEvent('unread');
  assert.deepEqual(await runUnread(['events', '--json'], env), { code: 0, out: '', err: '' });
});
