import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createPipedriveSimulator, type PipedriveSimulator } from '../../simulators/pipedrive/simulator.ts';
import { startCallback, type Callback } from '../support/callback.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  PROCESS_AUTHORIZATION,
  startTidingsProcess,
  type TidingsProcess,
} from '../support/tidings-process.ts';

const RECORDS = 1000;
const PAGE_SIZE = 100;
const PAGES = RECORDS / PAGE_SIZE;
const PERSONS = '/api/v2/persons';

let database: TestDatabase;
let vendor: PipedriveSimulator;
let callback: Callback;
let server: TidingsProcess;

async function call(path: string, body?: unknown): Promise<{ status: number; body: { id: number } }> {
  const answer = await fetch(`${server.url}/elements/api-v2${path}`, {
    method: 'POST',
    headers: { authorization: PROCESS_AUTHORIZATION, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as { id: number } };
}

/** The example, watching contacts alone, in pages small enough that there is something to kill between. */
function instanceBody(): unknown {
  const text = readFileSync(new URL('../../examples/pipedrive-polling.json', import.meta.url), 'utf8');
  const body = JSON.parse(text) as { configuration: Record<string, unknown> };
  const pollers = body.configuration['event.poller.configuration'] as { contacts: object };
  return {
    ...body,
    name: 'Acme',
    configuration: {
      ...body.configuration,
      'pipedrive.email': vendor.credentials.email,
      'pipedrive.password': vendor.credentials.password,
      'event.notification.callback.url': callback.url,
      'base.url': vendor.url,
      'event.poller.configuration': { contacts: { ...pollers.contacts, pageSize: PAGE_SIZE } },
    },
  };
}

/** As after the minute in which a dead process's leases end. */
async function endLeases(): Promise<void> {
  await database.db.execute(`update pollers set lease_until = '-infinity' where lease is not null`);
  await database.db.execute(`update outbox set due_at = '-infinity', lease = null where lease is not null`);
}

before(async () => {
  database = await createTestDatabase();
  vendor = await createPipedriveSimulator({ limits: { enforced: false } });
  callback = await startCallback();
  server = await startTidingsProcess(database.url);
});
after(async () => {
  await server.stop();
  await callback.close();
  await vendor.close();
  await database.drop();
});

test('1,000 new records arrive once each although the process is killed between every two pages', async () => {
  const created = await call('/instances', instanceBody());
  assert.equal(created.status, 200, JSON.stringify(created.body));
  await sleep(1100);
  const ids = Array.from(
    { length: RECORDS },
    (_, n) => vendor.store.persons.create({ name: `Person ${n}` }).id,
  );
  let kills = 0;
  for (let page = 1; page <= PAGES; page += 1) {
    const before = vendor.requests.list(PERSONS).length;
    const poll = call(`/instances/${created.body.id}/poll`).catch(() => 'killed');
    // Each round dies one page later than it began: after the first answer was served, before or after it was stored.
    while (vendor.requests.list(PERSONS).length < before + 2) {
      if ((await Promise.race([poll, sleep(2, 'running')])) !== 'running') break;
    }
    await server.kill();
    kills += (await poll) === 'killed' ? 1 : 0;
    await endLeases();
    server = await startTidingsProcess(database.url);
  }
  assert.ok(kills >= PAGES / 2, `only ${kills} polls were cut off by a kill`);
  assert.equal((await call(`/instances/${created.body.id}/poll`)).status, 200);
  const eventOf = new Map<string, Set<string>>();
  const gather = (): number => {
    for (const { message } of callback.received) {
      for (const event of message.events) {
        const line = `${event.eventType} ${event.objectType} ${event.objectId}`;
        eventOf.set(line, (eventOf.get(line) ?? new Set()).add(message.eventId));
      }
    }
    return eventOf.size;
  };
  await callback.until(() => gather() >= RECORDS, 30_000);
  assert.deepEqual([...eventOf.keys()].sort(), ids.map((id) => `CREATED contacts ${id}`).sort());
  // A delivery may come twice after a crash, under the same id; a change has one event only.
  assert.deepEqual(
    [...eventOf].filter(([, events]) => events.size > 1),
    [],
  );
});
