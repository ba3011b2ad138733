import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCourier, type Courier } from '../../simulators/core/courier.ts';
import { createRandom, type Random } from '../../simulators/core/random.ts';
import { judge, type Told } from '../../src/polling/testing/judge.ts';
import type { Version } from '../../src/polling/testing/model-vendor.ts';
import { startCallback, type Callback, type Received } from '../support/callback.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  PROCESS_AUTHORIZATION,
  startTidingsProcess,
  type TidingsProcess,
} from '../support/tidings-process.ts';
import { startRelay, type Relay } from './detection-relay.ts';
import { HISTORY_VENDORS, versionIn, type HistoryVendor } from './detection-vendors.ts';

/** The long form: `TIDINGS_HISTORY_INSTANCES=200 TIDINGS_HISTORY_SECONDS=300`. */
const INSTANCES = Number(process.env['TIDINGS_HISTORY_INSTANCES'] ?? 12);
const SECONDS = Number(process.env['TIDINGS_HISTORY_SECONDS'] ?? 12);
const SEED = Number(process.env['TIDINGS_HISTORY_SEED'] ?? 1);
const KILL_EVERY_MS = 3_000;
const SETTLE_MS = 60_000 + INSTANCES * 500;
const SWEEP_EVERY_MS = 2_000;
/** Of webhooks that Pipedrive sends. */
const COURIER_RULES = { lost: 0.3, repeated: 0.3, delayMs: 1500 };
const OLD_RECORDS = 3;
const RECORDS = 8;

/** One account with what was done in it. */
interface Account {
  vendor: HistoryVendor;
  instanceId: number;
  enabledAt: number;
  versions: Version[];
  /** Of each record by its number: its id, whether it lives. */
  records: { id: string; n: number; isLive: boolean; isOld: boolean }[];
}

let database: TestDatabase;
let callback: Callback;
let courier: Courier;
let relay: Relay;
let servers: TidingsProcess[] = [];
const accounts: Account[] = [];

/** Vendors reach the processes by the relay, whichever lives. */
function startProcess(): Promise<TidingsProcess> {
  return startTidingsProcess(database.url, { TIDINGS_PUBLIC_URL: relay.url });
}

async function call(
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(`${relay.url}/elements/api-v2${path}`, {
    method,
    headers: { authorization: PROCESS_AUTHORIZATION, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: await answer.json() };
}

async function open(index: number): Promise<Account> {
  const start = HISTORY_VENDORS[index % HISTORY_VENDORS.length]!;
  const vendor = await start({
    callback: { url: callback.url, signatureKey: '' },
    courierUrl: courier.url,
  });
  const account: Account = { vendor, instanceId: 0, enabledAt: 0, versions: [], records: [] };
  for (let n = 0; n < OLD_RECORDS; n += 1) write(account, undefined, 0, true);
  await sleep(1100);
  const created = await call('POST', '/instances', vendor.instance);
  assert.equal(created.status, 200, `${vendor.vendor}: ${JSON.stringify(created.body)}`);
  const { id, webhookUrl } = created.body as { id: number; webhookUrl: string };
  account.instanceId = id;
  account.enabledAt = Date.now();
  vendor.connect?.({ webhookUrl });
  return account;
}

/** The next version of one of the account's records, or a new record. */
function write(
  account: Account,
  record: Account['records'][number] | undefined,
  lagMs: number,
  isOld = false,
): void {
  const n = (record?.n ?? 0) + 1;
  const stamp = Date.now();
  const id = account.vendor.write(record?.id, n, lagMs);
  account.versions.push({ id, n, stamp, created: stamp, visibleAt: stamp + lagMs, deleted: false });
  if (record === undefined) account.records.push({ id, n, isLive: true, isOld });
  else record.n = n;
}

function change(account: Account, random: Random): void {
  const record = account.records[random.int(0, RECORDS - 1)];
  const lagMs = random.int(0, 3) === 0 ? random.int(1, 1500) : 0;
  if (record === undefined) write(account, undefined, lagMs);
  else if (!record.isLive) return;
  else if (random.int(0, 9) > 0) write(account, record, lagMs);
  else remove(account, record);
}

function remove(account: Account, record: Account['records'][number]): void {
  const stamp = Date.now();
  account.vendor.remove(record.id);
  record.isLive = false;
  const n = record.n + 1;
  account.versions.push({ id: record.id, n, stamp, created: stamp, visibleAt: stamp, deleted: true });
}

/** A 404 says that a record is gone only while another one answers. */
function removeOneOfTwo(account: Account): void {
  write(account, undefined, 0);
  const gone = account.records.find((record) => record.isLive)!;
  if (account.records.filter(({ isLive }) => isLive).length > 1) remove(account, gone);
}

function addFaults({ faults }: HistoryVendor, seed: number): void {
  faults.add(
    { probability: 0.02, seed, effect: { kind: 'reply', status: 503 } },
    { probability: 0.02, seed: seed + 1, effect: { kind: 'drop' } },
    { probability: 0.02, seed: seed + 2, effect: { kind: 'truncate' } },
    { probability: 0.01, seed: seed + 3, effect: { kind: 'html' } },
    { probability: 0.01, seed: seed + 4, effect: { kind: 'malformed-json' } },
    { probability: 0.02, seed: seed + 5, effect: { kind: 'hang', ms: 700 } },
  );
}

/** Every instance is due, as if its interval had passed. */
async function makeDue(): Promise<void> {
  await database.db.execute('update polled_resources set next_poll_at = to_timestamp(0)');
  await database.db.execute('update pollers set next_poll_at = to_timestamp(0) where off is null');
}

/** As after the minute in which a dead process's leases end; those of the living end too, which they must survive. */
async function endLeases(): Promise<void> {
  await database.db.execute('update pollers set lease_until = to_timestamp(0) where lease is not null');
  await database.db.execute(
    'update outbox set due_at = to_timestamp(0), lease = null where lease is not null',
  );
}

/** What is listed nowhere as deleted is looked for; a poll that is under way, or a process that dies, puts it off. */
async function sweepAll({ isLast }: { isLast: boolean }): Promise<void> {
  const swept = accounts.filter(({ vendor }) => vendor.isSwept);
  for (const { instanceId } of swept) {
    if (isLast) await call('POST', `/instances/${instanceId}/deletions/release`);
    await call('POST', `/instances/${instanceId}/poll`, { reconcile: true });
  }
}

async function killOne(index: number): Promise<void> {
  await servers[index]!.kill();
  await endLeases();
  servers[index] = await startProcess();
}

/** What the callback was told of an account, each event once, in the order of the log. */
function toldOf({ vendor, instanceId }: Account): Told[] {
  const byId = new Map<string, Received['message']>();
  for (const { message } of callback.received) {
    if (message.instanceId === instanceId) byId.set(message.eventId, message);
  }
  const messages = [...byId].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, message]) => message);
  return messages.flatMap(({ events, raw }) => {
    const records = raw[vendor.objectType] as unknown[] | undefined;
    return events
      .filter(({ objectType }) => objectType === vendor.objectType)
      .map((event, index) => {
        const type = event.eventType as Told['type'];
        return { id: event.objectId, type, version: type === 'DELETED' ? null : versionIn(records?.[index]) };
      });
  });
}

/** What is wrong with what was told of an account; undefined when the oracle is content. */
function problemOf(account: Account, told = toldOf(account)): string | undefined {
  const { versions, vendor, enabledAt } = account;
  const old = account.records.filter(({ isOld }) => isOld).map(({ id }) => `${id}#1`);
  try {
    judge(vendor, { versions, silent: new Set(old), told, enabledAt });
    return undefined;
  } catch (error) {
    return `${vendor.vendor} ${account.instanceId}: ${(error as Error).message}`;
  }
}

before(async () => {
  database = await createTestDatabase();
  callback = await startCallback();
  relay = await startRelay(() => servers.map(({ url }) => url));
  courier = await createCourier({ random: createRandom(SEED) });
  courier.carryTo(relay.url);
  courier.setRules(COURIER_RULES);
  servers = await Promise.all([startProcess(), startProcess()]);
  for (let first = 0; first < INSTANCES; first += 10) {
    const batch = Array.from({ length: Math.min(10, INSTANCES - first) }, (_, n) => open(first + n));
    accounts.push(...(await Promise.all(batch)));
  }
});
after(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  await courier.close();
  await relay.close();
  await callback.close();
  await Promise.all(accounts.map(({ vendor }) => vendor.close()));
  await database.drop();
});

test(
  'of every object of every vendor each final state is told and none twice, through faults and kills of both processes',
  { timeout: (SECONDS + 180) * 1000 + SETTLE_MS },
  async (t) => {
    const random = createRandom(SEED);
    await sleep(1100);
    accounts.forEach(({ vendor }, index) => addFaults(vendor, SEED + 10 * index));
    const endsAt = Date.now() + SECONDS * 1000;
    let killAt = Date.now() + KILL_EVERY_MS;
    let kills = 0;
    let sweepAt = Date.now() + SWEEP_EVERY_MS;
    let killing: Promise<void> = Promise.resolve();
    let sweeping: Promise<void> = Promise.resolve();
    while (Date.now() < endsAt) {
      for (const account of accounts) if (random.int(0, 1) === 0) change(account, random);
      await makeDue();
      for (const { vendor } of accounts) vendor.flush?.();
      await sleep(150 + random.int(0, 200));
      if (Date.now() >= sweepAt) {
        sweepAt = Date.now() + SWEEP_EVERY_MS;
        await sweeping;
        sweeping = sweepAll({ isLast: false });
      }
      if (Date.now() < killAt) continue;
      killAt = Date.now() + KILL_EVERY_MS;
      kills += 1;
      await killing;
      killing = killOne(kills % 2);
    }
    await Promise.all([killing, sweeping]);
    for (const { vendor } of accounts) vendor.faults.clear();
    for (const account of accounts) if (account.vendor.deletions === 'sweep') removeOneOfTwo(account);
    assert.ok(kills >= 2, `${kills} kills`);
    await endLeases();
    const settlesAt = Date.now();
    const settledBy = settlesAt + SETTLE_MS;
    let open = accounts;
    while (open.length > 0 && Date.now() < settledBy) {
      await makeDue();
      for (const { vendor } of accounts) vendor.flush?.();
      await sleep(1000);
      await sweepAll({ isLast: true });
      open = open.filter((account) => problemOf(account) !== undefined);
    }
    const settledMs = Date.now() - settlesAt;
    // Whatever would be told too much is told by now.
    await makeDue();
    await sleep(2500);
    assert.deepEqual(
      accounts.flatMap((account) => problemOf(account) ?? []),
      [],
    );
    const count = accounts.reduce((sum, account) => sum + toldOf(account).length, 0);
    const versions = accounts.reduce((sum, account) => sum + account.versions.length, 0);
    const { taken, lost } = courier.counts();
    t.diagnostic(
      `${INSTANCES} instances, ${versions} versions, ${count} events, ${kills} kills; ` +
        `${taken} webhooks by courier, ${lost} lost; settled in ${settledMs} ms`,
    );
    assert.ok(taken > 0, 'webhooks were sent');
    const deletions = accounts.filter(({ vendor }) => vendor.deletions === 'sweep');
    for (const account of deletions) {
      assert.ok(
        toldOf(account).some(({ type }) => type === 'DELETED'),
        account.vendor.vendor,
      );
    }
    assert.ok(count >= INSTANCES, `${count} events`);
    const [busiest] = accounts.toSorted((a, b) => toldOf(b).length - toldOf(a).length);
    const told = toldOf(busiest!);
    assert.ok(problemOf(busiest!, [...told, told.at(-1)!]), 'the oracle sees an event told twice');
    const { id } = told.at(-1)!;
    const last = told.findLastIndex((event) => event.id === id);
    assert.ok(problemOf(busiest!, told.toSpliced(last, 1)), 'the oracle sees one that is missing');
  },
);
