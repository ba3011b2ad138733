import assert from 'node:assert/strict';
import { once, EventEmitter } from 'node:events';
import { after, before, test } from 'node:test';
import { startDatabaseProxy } from '../../test/support/database-proxy.ts';
import { createTestDatabase, type TestDatabase } from '../../test/support/database.ts';
import { createSilentLog } from '../kernel/log.ts';
import { startListening, type Listener } from './listen.ts';

const log = createSilentLog();
let testDatabase: TestDatabase;
before(async () => {
  testDatabase = await createTestDatabase({ empty: true });
});
after(() => testDatabase.drop());

/** A listener on two channels whose news are events of an emitter. */
async function listen(t: {
  after(fn: () => Promise<void>): void;
}): Promise<{ listener: Listener; news: EventEmitter }> {
  const news = new EventEmitter();
  const listener = startListening({
    connection: { url: testDatabase.url },
    log,
    channels: {
      work: (payload) => news.emit('work', payload),
      'Odd "name"': (payload) => news.emit('odd', payload),
    },
    onConnect: () => news.emit('connected'),
  });
  t.after(() => listener.close());
  await once(news, 'connected');
  return { listener, news };
}

test('a notification reaches the handler of its channel, also from itself', async (t) => {
  const { listener, news } = await listen(t);
  const work = once(news, 'work');
  await testDatabase.db.query("select pg_notify('work', 'from elsewhere')");
  assert.deepEqual(await work, ['from elsewhere']);
  const odd = once(news, 'odd');
  await listener.notify('Odd "name"', 'from itself');
  assert.deepEqual(await odd, ['from itself']);
});

test('a lost connection is made again, says so, and hears what comes then', async (t) => {
  const { listener, news } = await listen(t);
  const again = once(news, 'connected');
  await testDatabase.db.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tidings listen' and datname = current_database()",
  );
  await again;
  const work = once(news, 'work');
  await listener.notify('work', 'after');
  assert.deepEqual(await work, ['after']);
});

test('closing works although there is no server to listen to, and notifying is then nothing', async () => {
  const listener = startListening({
    connection: { host: '/nowhere', port: 5432, user: 'nobody', database: 'none' },
    log,
    channels: {},
    onConnect: () => assert.fail('there is nothing to connect to'),
  });
  await listener.notify('work', '');
  await new Promise((resolve) => setTimeout(resolve, 100));
  await listener.close();
  await listener.notify('work', '');
});

test('a peer that vanished without a word is found out, and its notifications are heard again', async (t) => {
  const proxy = await startDatabaseProxy(testDatabase.url);
  const news = new EventEmitter();
  const listener = startListening({
    connection: { url: proxy.url },
    log,
    channels: { work: (payload) => news.emit('work', payload) },
    onConnect: () => news.emit('connected'),
    patienceMs: 100,
  });
  t.after(async () => {
    await listener.close();
    await proxy.close();
  });
  await once(news, 'connected');
  const again = once(news, 'connected');
  proxy.stall();
  await listener.notify('work', 'never heard');
  await proxy.pass();
  await again;
  const work = once(news, 'work');
  await testDatabase.db.query("select pg_notify('work', 'heard')");
  assert.deepEqual(await work, ['heard']);
});

test('closing does not wait for a peer that vanished', async () => {
  const proxy = await startDatabaseProxy(testDatabase.url);
  const news = new EventEmitter();
  const listener = startListening({
    connection: { url: proxy.url },
    log,
    channels: {},
    onConnect: () => news.emit('connected'),
  });
  await once(news, 'connected');
  proxy.stall();
  const startedAt = performance.now();
  await listener.close();
  assert.ok(performance.now() - startedAt < 10_000);
  await proxy.close();
});
