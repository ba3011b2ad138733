import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRunningClock } from '../../test/support/running-clock.ts';
import { startTestServer, type TestServer } from '../../test/support/server.ts';
import type { Queryable } from '../database/pool.ts';
import { createRecorder } from './record.ts';
import { createWatchedInstance, type WatchedInstance } from './testing/watched-instance.ts';

/** Two nodes on one database; streams are read from the second. */
let watched: WatchedInstance;
let other: TestServer<ReturnType<typeof createRunningClock>>;
const streams: Stream[] = [];

before(async () => {
  watched = await createWatchedInstance();
  other = await startTestServer({
    clock: createRunningClock(),
    databaseUrl: watched.server.databaseUrl,
    env: { TIDINGS_ROLES: 'api' },
  });
});
afterEach(() => {
  for (const stream of streams.splice(0)) stream.end();
});
after(async () => {
  await other.close();
  await watched.close();
});

interface Stream {
  /** The events it showed, by the id in their data. */
  shown: string[];
  /** Where the client would go on: the last `id:` it was told. */
  lastEventId(): string | undefined;
  until(isTrue: () => boolean): Promise<void>;
  end(): void;
}

/** A client as the standard has it (HTML, 9.2.6): a block ends with a blank line, `id` stays until the next one. */
async function openStream(lastEventId?: string): Promise<Stream> {
  const stopping = new AbortController();
  const answer = await fetch(`${other.url}/elements/api-v2/instances/${watched.id}/events/stream`, {
    headers: {
      authorization: watched.server.authorization,
      ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
    },
    signal: stopping.signal,
  });
  assert.equal(answer.status, 200);
  const shown: string[] = [];
  let last = lastEventId;
  const read = async (): Promise<void> => {
    let text = '';
    for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const blocks = text.split('\n\n');
      text = blocks.pop()!;
      for (const block of blocks) {
        last = /^id: (.*)$/m.exec(block)?.[1] ?? last;
        const data = /^data: (.*)$/m.exec(block)?.[1];
        if (data !== undefined) shown.push((JSON.parse(data) as { id: string }).id);
      }
    }
  };
  read().catch(() => {});
  const stream = {
    shown,
    lastEventId: () => last,
    until: (isTrue: () => boolean) => watched.eventually(async () => isTrue()),
    end: () => stopping.abort(),
  };
  streams.push(stream);
  // What is recorded before its first look is not new to it.
  await sleep(300);
  return stream;
}

/** A transaction that has recorded an event and is not over; `commit` ends it. */
async function recordLate(): Promise<{ id: string; commit(): Promise<void> }> {
  const { db, clock } = watched.server;
  const [version] = await db.query<{ version: number }>(
    'select config_version as version from instances where id = $1',
    [watched.id],
  );
  const recorder = createRecorder({ clock, onCommitted: [] });
  const event = {
    instanceId: watched.id,
    configVersion: version!.version,
    source: 'polling' as const,
    receivedAt: clock.now(),
    payload: Buffer.from('{}'),
    payloadType: 'json' as const,
    events: [],
  };
  const recorded = Promise.withResolvers<string>();
  const ending = Promise.withResolvers<void>();
  const transaction = db.transaction(async (tx: Queryable) => {
    const [row] = await recorder.record(tx, [event]);
    recorded.resolve(row!.id);
    await ending.promise;
  });
  return {
    id: await recorded.promise,
    commit: async () => {
      ending.resolve();
      await transaction;
    },
  };
}

test('a stream of one node shows what another node records, each event once', async () => {
  const stream = await openStream();
  const ids: string[] = [];
  for (let n = 0; n < 20; n += 1) ids.push(await watched.makeEvent(String(n)));
  await stream.until(() => stream.shown.length >= ids.length);
  await sleep(1500);
  assert.deepEqual(stream.shown, ids);
  assert.equal(stream.lastEventId(), ids.at(-1));
});

test('an event committed late, behind those shown already, is shown all the same', async () => {
  const stream = await openStream();
  const late = await recordLate();
  const next = await watched.makeEvent();
  assert.ok(late.id < next);
  await stream.until(() => stream.shown.includes(next));
  assert.ok(!stream.shown.includes(late.id));
  await late.commit();
  await stream.until(() => stream.shown.includes(late.id));
  assert.deepEqual(stream.shown, [next, late.id]);
});

test('a transaction open when the stream began, and long after, is waited for', async () => {
  const late = await recordLate();
  const stream = await openStream();
  await sleep(4000);
  const next = await watched.makeEvent();
  await stream.until(() => stream.shown.includes(next));
  await late.commit();
  await stream.until(() => stream.shown.includes(late.id));
  assert.deepEqual(stream.shown, [next, late.id]);
});

test('a stream that is resumed shows what was committed late behind the last id', async () => {
  const first = await openStream();
  const late = await recordLate();
  const next = await watched.makeEvent();
  await first.until(() => first.shown.includes(next));
  first.end();
  await late.commit();
  const resumed = await openStream(first.lastEventId());
  await resumed.until(() => resumed.shown.includes(late.id));
});

test('while a transaction stays open the client is told no id behind which it could come', async () => {
  const first = await openStream();
  const early = await watched.makeEvent();
  await first.until(() => first.lastEventId() === early);
  const late = await recordLate();
  await sleep(4000);
  const next = await watched.makeEvent();
  await first.until(() => first.shown.includes(next));
  assert.equal(first.lastEventId(), early);
  first.end();
  await late.commit();
  const resumed = await openStream(first.lastEventId());
  await resumed.until(() => resumed.shown.includes(late.id) && resumed.shown.includes(next));
  assert.equal(resumed.shown.filter((id) => id === next).length, 1);
});
