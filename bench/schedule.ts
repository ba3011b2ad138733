/*
 * `node bench/schedule.ts [--check] [instances] [seconds]`: what it costs to have idle instances, polled every 15 minutes: one
 * claims those that are due, reads what they are, records that nothing changed, and gives them back. The vendor answers
 * at once and the instances' configuration is at hand, so what is measured is the scheduling.
 */
import { connectors } from '../src/connectors/registry.ts';
import type { VendorRequest, VendorResponse } from '../src/connectors/vendor-http.ts';
import { createRecorder } from '../src/events/record.ts';
import { createContexts } from '../src/hubs/contexts.ts';
import type { Instance } from '../src/instances/instance.ts';
import { systemClock } from '../src/kernel/clock.ts';
import { createSilentLog } from '../src/kernel/log.ts';
import { createPoller } from '../src/polling/poller.ts';
import { release } from '../src/polling/schedule-queries.ts';
import { startPolling } from '../src/polling/start-polling.ts';
import { insertAccount, insertInstance } from '../test/support/rows.ts';
import { openReport, readArguments } from './report/report.ts';
import { short } from './report/statistics.ts';
import { openDatabase } from './stage/database.ts';
import { createVault } from '../src/vault/vault.ts';

const GOAL_PERCENT = 5;
const INTERVAL_S = 900;

const given = readArguments();
const [INSTANCES = given.isQuick ? 1_000 : 100_000, SECONDS = given.isQuick ? 4 : 60] =
  given.rest.map(Number);
const report = openReport(given);
const { db, close } = await openDatabase();
const log = createSilentLog();
const first = await insertInstance(db, await insertAccount(db), { elementKey: 'pipedrive' });

/** Copies of the first instance, each with a poller, a resource and its feeds, evenly spread over the interval. */
async function fill(): Promise<void> {
  await db.execute(
    `insert into instances (account_id, user_id, element_key, name, token_hash, token_sealed, tags, events_enabled,
       created_at)
     select account_id, user_id, element_key, name, decode(md5(n::text) || md5('x' || n), 'hex'), '', tags, true,
       created_at
     from instances, generate_series(2, $1::int) n where id = $2`,
    [INSTANCES, first],
  );
  await db.execute(
    `insert into pollers (instance_id, config_version, next_poll_at)
     select id, config_version, $1::timestamptz + (id % $2) * interval '1 s' from instances`,
    [new Date(), INTERVAL_S],
  );
  await db.execute(
    `insert into polled_resources (instance_id, name, identity, enabled_at, baseline_from, is_vendor_time,
       is_baseline_done, next_poll_at, status)
     select instance_id, 'contacts', 'person', $1, $1, true, true, next_poll_at, 'ok' from pollers`,
    [new Date(Date.now() - 86_400_000)],
  );
  await db.execute(
    `insert into polled_feeds (resource_id, name, cursor_at, previous_started_at, capped_at)
     select id, f, $1, $1, $1 from polled_resources, unnest($2::text[]) f`,
    [new Date(), ['changes', 'deleted']],
  );
  await db.execute('analyze');
}

const ask = async (_instance: Instance, { path }: VendorRequest): Promise<VendorResponse> => {
  const body = path.includes('/v2/')
    ? { success: true, data: [], additional_data: { next_cursor: null } }
    : { success: true, data: [], additional_data: { pagination: { more_items_in_collection: false } } };
  return { status: 200, headers: {}, text: '', body, date: systemClock.now() };
};

const instanceOf = (id: number): Instance => ({
  id,
  accountId: 2,
  userId: 2,
  name: 'bench',
  elementKey: 'pipedrive',
  tags: [],
  configuration: {
    'event.notification.enabled': true,
    'event.poller.configuration': { contacts: { url: '/hubs/crm/contacts', idField: 'id' } },
    'event.poller.reconcile_interval': 0,
  },
  disabled: false,
  eventsEnabled: true,
  configVersion: 1,
  tenantId: null,
  facts: {},
  attention: null,
  createdAt: 0,
});

await fill();
let polls = 0;
const poller = createPoller({
  db,
  clock: systemClock,
  log,
  recorder: createRecorder({ clock: systemClock, onCommitted: [] }),
  random: Math.random,
  vault: createVault([Buffer.alloc(32, 9)]),
  vendor: { call: ask },
  contexts: createContexts({ vendor: { call: (of, request) => ask(of, request) }, clock: systemClock }),
  connectors,
  loadInstance: async (id) => {
    polls += 1;
    return instanceOf(id);
  },
});

/** Scheduling alone: due instances are claimed and given back unpolled, due again an interval later. */
async function measureScheduling(): Promise<void> {
  let claimed = 0;
  const loop = await startPolling({
    db,
    clock: systemClock,
    log,
    poller: {
      ...poller,
      pollClaimed: async ({ instance_id: instanceId }, lease) => {
        claimed += 1;
        await release(db, { instanceId, lease, notBefore: Date.now() + INTERVAL_S * 1000 });
      },
      stop: async () => {},
    },
  });
  const cpu = process.cpuUsage();
  const seconds = SECONDS / 2;
  await new Promise((resolve) => {
    setTimeout(resolve, seconds * 1000);
  });
  const { user, system } = process.cpuUsage(cpu);
  await loop.stop();
  const percent = (user + system) / seconds / 10_000;
  report.verdict({
    goal: `scheduling ${INSTANCES.toLocaleString('en')} idle instances at 15 min takes ≤ ${GOAL_PERCENT} % of a core`,
    measured: `${percent.toFixed(1)} %, ${(claimed / seconds).toFixed(0)} claims/s (${(INSTANCES / INTERVAL_S).toFixed(0)} are due)`,
    verdict: percent <= GOAL_PERCENT,
  });
}

await measureScheduling();
polls = 0;
const cpu = process.cpuUsage();
const loop = await startPolling({ db, clock: systemClock, log, poller });
await new Promise((resolve) => {
  setTimeout(resolve, SECONDS * 1000);
});
const { user, system } = process.cpuUsage(cpu);
const late = await db.query<{ n: number }>(
  `select count(*)::int as n from pollers where next_poll_at < $1 and lease is null`,
  [new Date(Date.now() - 10_000)],
);
const percent = (user + system) / SECONDS / 10_000;
const isKept = polls / SECONDS >= (INSTANCES / INTERVAL_S) * 0.95 && late[0]!.n === 0;
report.verdict({
  goal: 'all that are due are polled, none late by more than 10 s',
  measured:
    `${short(polls / SECONDS)} polls/s (${short(INSTANCES / INTERVAL_S)} are due), ${late[0]!.n} late; ` +
    `${percent.toFixed(1)} % of a core with the polls themselves, ${Math.round(process.memoryUsage.rss() / 2 ** 20)} MB`,
  verdict: isKept,
});
await loop.stop();
await close();
report.finish();
