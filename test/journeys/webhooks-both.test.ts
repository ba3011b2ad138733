import assert from 'node:assert/strict';
import { after, before, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCourier, type Courier, type CourierRules } from '../../simulators/core/courier.ts';
import { createRandom } from '../../simulators/core/random.ts';
import type { WriteOptions } from '../../simulators/core/store.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { judge, type Told } from '../../src/polling/testing/judge.ts';
import type { Version } from '../../src/polling/testing/model-vendor.ts';
import { startCallback, type Callback, type Received } from '../support/callback.ts';
import { createRunningClock, type RunningClock } from '../support/running-clock.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { versionIn } from './detection-vendors.ts';
import { HOOKING_VENDORS, type HookingVendor } from './webhooks-vendors.ts';

/** The long form: `TIDINGS_HISTORY_SECONDS=300`. */
const SECONDS = Number(process.env['TIDINGS_HISTORY_SECONDS'] ?? 6);
const SEED = Number(process.env['TIDINGS_HISTORY_SEED'] ?? 1);
const SETTLE_MS = 30_000;
const RECORDS = 10;
const DAY_MS = 86_400_000;

/** One vendor account with what was done in it. */
interface Account {
  vendor: HookingVendor;
  instanceId: number;
  enabledAt: number;
  versions: Version[];
  /** What the silent baseline read. */
  silent: Set<string>;
  records: { id: string; n: number; createdAt: number; isLive: boolean }[];
}

let courier: Courier;
let server: TestServer<RunningClock>;
let callback: Callback;
/** All with `both`; `direct` is beside the second, at the same vendor, and makes an event of every webhook. */
let accounts: Account[];
let direct: number;
const random = createRandom(SEED);

async function create(body: JsonObject): Promise<{ id: number; webhookUrl: string }> {
  const created = await server.call<{ id: number; webhookUrl: string }>('POST', '/instances', { body });
  assert.equal(created.status, 200, JSON.stringify(created.body));
  return created.body;
}

/** With a record that changed a moment ago, which the baseline reads, and one of long ago, which it does not. */
async function open(start: (typeof HOOKING_VENDORS)[number]): Promise<Account> {
  const vendor = await start({ url: callback.url, signatureKey: '' });
  const account: Account = {
    vendor,
    instanceId: 0,
    enabledAt: 0,
    versions: [],
    silent: new Set(),
    records: [],
  };
  write(account, undefined, {});
  write(account, undefined, {});
  for (const { id } of account.records) account.silent.add(`${id}#1`);
  const longAgo = Date.now() - 2 * DAY_MS;
  for (let nth = 0; nth < 2; nth += 1)
    write(account, undefined, { createdAt: longAgo, updatedAt: longAgo, silent: true });
  await sleep(1100);
  const { id, webhookUrl } = await create(vendor.instance);
  account.instanceId = id;
  account.enabledAt = Date.now();
  vendor.connect?.({ webhookUrl });
  return account;
}

/** The next version of one of the account's records, or a new record. */
function write(
  account: Account,
  record: Account['records'][number] | undefined,
  options: WriteOptions,
): void {
  const n = (record?.n ?? 0) + 1;
  const stamp = options.updatedAt ?? Date.now();
  const id = account.vendor.write(record?.id, n, options);
  const created = record?.createdAt ?? stamp;
  account.versions.push({
    id,
    n,
    stamp,
    created,
    visibleAt: stamp + (options.lag?.ms ?? 0),
    deleted: false,
  });
  if (record === undefined) account.records.push({ id, n, createdAt: created, isLive: true });
  else record.n = n;
}

function remove(account: Account, record: Account['records'][number]): void {
  const { id, createdAt } = record;
  account.vendor.remove(id);
  record.isLive = false;
  const stamp = Date.now();
  account.versions.push({
    id,
    n: record.n + 1,
    stamp,
    created: createdAt,
    visibleAt: stamp,
    deleted: true,
  });
}

/** A new record, an edit, several within one tick of the vendor's clock, a deletion; shown at once or late. */
function change(account: Account, { canRemove, isLate }: { canRemove: boolean; isLate: boolean }): void {
  const { vendor, records } = account;
  const options = (): WriteOptions =>
    isLate && random.int(0, 3) === 0 ? { lag: { kind: vendor.late, ms: random.int(1, 1500) } } : {};
  const live = records.filter((record) => record.isLive);
  const record = live[random.int(0, RECORDS - 1)];
  if (record === undefined) return write(account, undefined, options());
  if (canRemove && random.int(0, 6) === 0) return remove(account, record);
  const times = random.int(0, 3) === 0 ? 3 : 1;
  for (let nth = 0; nth < times; nth += 1) write(account, record, options());
}

async function makeDue(): Promise<void> {
  await server.db.execute('update polled_resources set next_poll_at = to_timestamp(0)', []);
  await server.db.execute('update pollers set next_poll_at = to_timestamp(0) where off is null', []);
}

type Message = Received['message'];

const byEventId = (a: Message, b: Message): number => (a.eventId < b.eventId ? -1 : 1);

/** What the callback was told of an instance, each message once, in the order of the log. */
function messagesOf(instanceId: number): Message[] {
  const own = callback.received.map(({ message }) => message).filter((one) => one.instanceId === instanceId);
  return [...new Map(own.map((message) => [message.eventId, message])).values()].toSorted(byEventId);
}

/** The events of messages, with the version that the record behind each carries. */
function toldIn(
  messages: readonly Message[],
  recordOf: (message: Message, index: number) => unknown,
): Told[] {
  return messages.flatMap((message) =>
    message.events.map(({ objectId: id, eventType }, index) => {
      const type = eventType as Told['type'];
      return { id, type, version: type === 'DELETED' ? null : versionIn(recordOf(message, index)) };
    }),
  );
}

function recordAt({ vendor }: Account, raw: Message['raw'], index: number): unknown {
  return (raw[vendor.objectType] as unknown[] | undefined)?.[index];
}

function toldOf(account: Account): Told[] {
  return toldIn(messagesOf(account.instanceId), ({ raw }, index) => recordAt(account, raw, index));
}

/** What is wrong with what was told of an account; undefined when the oracle is content. */
function problemOf(account: Account, told = toldOf(account)): string | undefined {
  const { versions, vendor, silent, enabledAt } = account;
  try {
    judge({ kind: 'window', late: vendor.late }, { versions, silent, told, enabledAt });
    return undefined;
  } catch (error) {
    return `${vendor.name}: ${(error as Error).message}`;
  }
}

/** What vendors have gathered is sent, and everything on its way has arrived. */
async function deliverAll(): Promise<void> {
  for (let round = 0; round < 2; round += 1) {
    await Promise.all(accounts.map(({ vendor }) => vendor.flush()));
    await courier.idle();
  }
}

interface Round {
  rules: CourierRules;
  /** Polls come due meanwhile; without, hints alone must do. */
  polls: boolean;
}

/** Histories in every account at once, then as much time as they need to be told. */
async function run(t: TestContext, { rules, polls }: Round): Promise<void> {
  courier.setRules(rules);
  const before = courier.counts();
  const endsAt = Date.now() + (SECONDS * 1000) / 3;
  while (Date.now() < endsAt) {
    for (const account of accounts) {
      const canRemove = rules.lost === 0 || !account.vendor.hidesDeletions;
      // Of what hints read too early, only polls can tell.
      const isLate = polls || account.vendor.late === 'commit';
      if (random.int(0, 1) === 0) change(account, { canRemove, isLate });
    }
    if (polls && random.int(0, 3) === 0) await makeDue();
    await sleep(random.int(20, 120));
  }
  // Whatever is shown late is shown by now.
  await sleep(1500);
  await deliverAll();
  const settledBy = Date.now() + SETTLE_MS;
  while (accounts.some((account) => problemOf(account) !== undefined) && Date.now() < settledBy) {
    if (polls) await makeDue();
    await sleep(500);
  }
  // Whatever would be told too much is told by now.
  if (polls) await makeDue();
  await sleep(1500);
  assert.deepEqual(
    accounts.flatMap((account) => problemOf(account) ?? []),
    [],
  );
  const { taken, lost, carried, refused } = courier.counts();
  t.diagnostic(
    `${taken - before.taken} webhooks, ${lost - before.lost} lost, ${carried - before.carried} carried; ` +
      `${accounts.map(({ versions }) => versions.length).join('+')} versions, ` +
      `${accounts.map((account) => toldOf(account).length).join('+')} events`,
  );
  assert.equal(refused, 0, 'no webhook was refused');
  assert.ok(taken - before.taken >= accounts.length);
}

before(async () => {
  callback = await startCallback();
  courier = await createCourier({ random: createRandom(SEED) });
  server = await startTestServer({
    clock: createRunningClock(),
    env: { TIDINGS_ROLES: 'api,poller,delivery', TIDINGS_PUBLIC_URL: courier.url },
  });
  courier.carryTo(server.url);
  accounts = await Promise.all(HOOKING_VENDORS.map(open));
  const { vendor } = accounts[1]!;
  const configuration = {
    ...(vendor.instance['configuration'] as JsonObject),
    'event.vendor.type': 'webhook',
  };
  direct = (await create({ ...vendor.instance, configuration })).id;
});
after(async () => {
  await server.close();
  await courier.close();
  await callback.close();
  await Promise.all(accounts.map(({ vendor }) => vendor.close()));
});

const timeout = SECONDS * 1000 + SETTLE_MS + 60_000;

test('a list that lags behind what a hint has read, within one tick of the vendor, tells nothing', async () => {
  const account = accounts[1]!;
  const toldSoon = async (version: number): Promise<void> => {
    const { id } = account.records.at(-1)!;
    await callback.until(() => toldOf(account).some((told) => told.id === id && told.version === version));
  };
  write(account, undefined, {});
  await toldSoon(1);
  const record = account.records.at(-1);
  // The next tick, so that both edits are in one and their record was made in another.
  await sleep(1000 - (Date.now() % 1000));
  write(account, record, {});
  write(account, record, { lag: { kind: 'index', ms: 3000 } });
  await toldSoon(3);
  await makeDue();
  const readBehind = await server.call<{ polled: { records: number }[] }>(
    'POST',
    `/instances/${account.instanceId}/poll`,
  );
  assert.equal(readBehind.status, 200);
  await sleep(300);
  assert.equal(problemOf(account), undefined);
});

test('hints alone, repeated, late and in any order, tell of every change once', { timeout }, async (t) => {
  await run(t, { rules: { lost: 0, repeated: 0.3, delayMs: 1200 }, polls: false });
  const hints = await server.db.query('select from hints', []);
  assert.deepEqual(hints, [], 'all were read');
});

test('with half of the webhooks lost, polls tell of the rest, and nothing twice', { timeout }, async (t) => {
  await run(t, { rules: { lost: 0.5, repeated: 0.3, delayMs: 1200 }, polls: true });
});

test('with all of them lost, polls tell of everything', { timeout }, async (t) => {
  await run(t, { rules: { lost: 1, repeated: 0, delayMs: 0 }, polls: true });
});

test('the oracle fails where a webhook is recorded as an event by itself', () => {
  const account = accounts[1]!;
  const asEvents = toldIn(messagesOf(direct), ({ raw }) => raw['data']);
  assert.ok(asEvents.length > 10, `${asEvents.length} events`);
  assert.ok(problemOf(account, asEvents), 'it sees what was lost or overtaken');
  const messages = [...messagesOf(account.instanceId), ...messagesOf(direct)].toSorted(byEventId);
  const told = toldIn(messages, ({ instanceId, raw }, index) =>
    instanceId === direct ? raw['data'] : recordAt(account, raw, index),
  );
  assert.match(problemOf(account, told) ?? '', /twice|out of order|CREATED/);
});
