/*
 * `node --max-semi-space-size=8 --heap-growing-percent=70 bench/poll.ts [--check] [records]`, with the flags of
 * `tidings serve`: one instance whose every record is read, beside the bare limit of the same run (the same requests,
 * answers parsed and dropped). The vendor is a process of its own that serves from memory.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { connectors } from '../src/connectors/registry.ts';
import type { VendorRequest, VendorResponse } from '../src/connectors/vendor-http.ts';
import { createEgress } from '../src/egress/egress.ts';
import { parseHttpDate } from '../src/egress/http-date.ts';
import { createRecorder } from '../src/events/record.ts';
import { createContexts } from '../src/hubs/contexts.ts';
import type { Instance } from '../src/instances/instance.ts';
import { systemClock } from '../src/kernel/clock.ts';
import type { Json } from '../src/kernel/json.ts';
import { createSilentLog } from '../src/kernel/log.ts';
import { createPoller } from '../src/polling/poller.ts';
import { insertAccount, insertInstance } from '../test/support/rows.ts';
import { openReport, readArguments } from './report/report.ts';
import { openDatabase } from './stage/database.ts';
import { createVault } from '../src/vault/vault.ts';

const PAGE = 500;
const GOALS = { unchanged: 30_000, changed: 20_000, memoryMb: 250 };

const given = readArguments();
const [RECORDS = given.isQuick ? 5_000 : 1_000_000] = given.rest.map(Number);
const report = openReport(given);

const base = Math.floor(Date.now() / 1000) * 1000;
const child = fork(fileURLToPath(new URL('./poll/vendor.ts', import.meta.url)), [
  String(RECORDS),
  String(base),
]);
const [port] = (await once(child, 'message')) as [number];
const log = createSilentLog();
const egress = createEgress({ allowPrivate: true, log, clock: systemClock });
const { db, close } = await openDatabase();

async function ask(request: VendorRequest): Promise<VendorResponse> {
  const url = new URL(request.path, `http://127.0.0.1:${port}`);
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  const answer = await egress.send({ method: 'GET', url: url.href, timeoutMs: 60_000 });
  const text = answer.body.toString();
  const date = parseHttpDate(String(answer.headers['date']));
  const { headers } = answer;
  return { status: answer.status, headers, text, body: JSON.parse(text) as Json, ...(date && { date }) };
}

const id = await insertInstance(db, await insertAccount(db), { elementKey: 'pipedrive' });
const instance: Instance = {
  id,
  accountId: 2,
  userId: 2,
  name: 'bench',
  elementKey: 'pipedrive',
  tags: [],
  configuration: {
    'event.notification.enabled': true,
    // Everything is asked for again in every pass.
    'event.poller.configuration': {
      contacts: { url: '/hubs/crm/contacts', idField: 'id', pollDelay: 86_400 },
    },
    'event.poller.reconcile_interval': 0,
  },
  disabled: false,
  eventsEnabled: true,
  configVersion: 1,
  tenantId: 'account-1',
  facts: {},
  attention: null,
  createdAt: base,
};
const poller = createPoller({
  db,
  clock: systemClock,
  log,
  recorder: createRecorder({ clock: systemClock, onCommitted: [] }),
  random: Math.random,
  vault: createVault([Buffer.alloc(32, 9)]),
  vendor: { call: async (_instance, request) => ask(request) },
  contexts: createContexts({ vendor: { call: async (_of, request) => ask(request) }, clock: systemClock }),
  connectors,
  loadInstance: async () => instance,
  baselineWaitMs: 3_600_000,
});

let peakBytes = 0;
const watch = setInterval(() => {
  peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
}, 50);

interface Measured {
  /** Records per second. */
  rate: number;
  peakMb: number;
}

async function measure(what: string, work: () => Promise<string>): Promise<Measured> {
  peakBytes = 0;
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  const detail = await work();
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const rate = Math.round(RECORDS / seconds);
  const peakMb = Math.round(peakBytes / 2 ** 20);
  const cpuShare = Math.round(((user + system) / 1e6 / seconds) * 100);
  report.line(
    `${what}: ${rate.toLocaleString('en')} records/s (${seconds.toFixed(1)} s, own CPU ${cpuShare} %), peak ${peakMb} MB${detail}`,
  );
  return { rate, peakMb };
}

async function setVersion(version: number): Promise<void> {
  child.send(version);
  await once(child, 'message');
}

async function pollOnce(): Promise<string> {
  const polled = await poller.pollNow(instance);
  return `, ${polled.map(({ records, events, error }) => `${records} records ${events} events ${error ?? ''}`).join()}`;
}

function judge(limit: Measured, baseline: Measured, changed: Measured, unchanged: readonly Measured[]): void {
  const rate = ({ rate }: Measured): string =>
    `${rate.toLocaleString('en')}/s, ${(rate / limit.rate).toFixed(2)} of fetching and parsing alone`;
  report.verdict({
    goal: `≥ ${GOALS.changed.toLocaleString('en')} changed records/s of one instance`,
    measured: rate(changed),
    verdict: changed.rate >= GOALS.changed,
  });
  const [best] = unchanged.toSorted((a, b) => b.rate - a.rate);
  report.verdict({
    goal: `≥ ${GOALS.unchanged.toLocaleString('en')} unchanged records/s`,
    measured: rate(best!),
    verdict: best!.rate >= GOALS.unchanged,
  });
  const peakMb = Math.max(...[baseline, changed, ...unchanged].map((one) => one.peakMb));
  report.verdict({
    goal: `≤ ${GOALS.memoryMb} MB for ${RECORDS.toLocaleString('en')} records`,
    measured: `${peakMb} MB, the vendor's client of this bench included`,
    verdict: peakMb <= GOALS.memoryMb,
  });
}

try {
  const fetchOnly = async (): Promise<string> => {
    for (let cursor = 0; cursor < RECORDS; cursor += PAGE) {
      await ask({ method: 'GET', path: '/api/v2/persons', query: { limit: PAGE, cursor } });
    }
    return '';
  };
  const limit = await measure('fetch and parse only', fetchOnly);
  await setVersion(0);
  const baseline = await measure('the silent baseline', async () => {
    await poller.lifecycle.started(instance);
    return '';
  });
  await new Promise((resolve) => {
    setTimeout(resolve, 4000);
  });
  const unchanged = await measure('unchanged', pollOnce);
  await setVersion(3);
  const changed = await measure('changed', pollOnce);
  const again = await measure('unchanged again', pollOnce);
  await measure('fetch and parse only', fetchOnly);
  judge(limit, baseline, changed, [unchanged, again]);
} finally {
  clearInterval(watch);
  await poller.stop();
  await egress.close();
  child.kill();
  await close();
}
report.finish();
