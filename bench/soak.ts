/*
 * `node bench/soak.ts [--check] [--quick] [minutes] [rate]`: a real server under a steady load, 30 minutes at half of
 * what it takes at most unless told. Memory, outbox and latency are sampled every 10 seconds into bench/plots/soak.csv
 * and a plot; every event is counted by its number.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { lineChart, writePlot, type Series } from './report/plot.ts';
import { openReport, readArguments } from './report/report.ts';
import { median, quantile, short } from './report/statistics.ts';
import { memoryOf } from './stage/processes.ts';
import { openStage } from './stage/stage.ts';

const INSTANCES = 100;
const MEMORY_GOAL = 1.1;
/** What is open at a time, in seconds of the load: more would be a backlog. */
const OUTBOX_SECONDS = 1;

interface Row {
  seconds: number;
  memoryMb: number;
  heapMb: number;
  outbox: number;
  accepted: number;
  p50: number;
  p99: number;
}

const given = readArguments();
const { isQuick } = given;
const [minutes = isQuick ? 0.5 : 30, wanted] = given.rest.map(Number);
const everyMs = isQuick ? 2_000 : 10_000;
const report = openReport(given);
const stage = await openStage({ instances: INSTANCES });
try {
  await soak();
} finally {
  await stage.close();
}
report.finish();

async function soak(): Promise<void> {
  const node = await stage.tidings();
  const rate = wanted ?? (await halfOfMost(node.port));
  report.line(
    `soak: ${minutes} minutes at ${short(rate)}/s, all roles, retention and partition maintenance on`,
  );
  const running = stage.load({
    ports: [node.port],
    rate,
    seconds: minutes * 60,
    warmUpSeconds: 0,
  });
  const rows: Row[] = [];
  const startedAt = performance.now();
  while (performance.now() - startedAt < minutes * 60_000) {
    await sleep(everyMs);
    rows.push(await takeRow(node, (performance.now() - startedAt) / 1000));
    const last = rows.at(-1)!;
    report.line(
      `  ${short(last.seconds)} s: ${short(last.memoryMb)} MB (heap ${short(last.heapMb)}), outbox ${last.outbox}, p50 ${short(last.p50)}, p99 ${short(last.p99)} ms`,
    );
  }
  const result = await running;
  await node.stop();
  const [open] = await stage.db.query<{ n: number }>('select count(*)::int as n from outbox');
  judge(rows, rate);
  report.verdict({
    goal: 'every acknowledged event is delivered, counted by its number',
    measured: `sent ${result.sent}, refused ${result.refused}, accepted ${result.accepted}, lost ${result.lost}, twice ${result.repeated}, left in the outbox ${open!.n}`,
    verdict: result.lost === 0 && result.refused === 0,
  });
  await write(rows);
}

async function halfOfMost(port: number): Promise<number> {
  const { throughput } = await stage.load({ ports: [port], seconds: isQuick ? 2 : 15, warmUpSeconds: 5 });
  return Math.round(throughput / 2);
}

async function takeRow(
  node: { pid: number; metric(name: string): Promise<number | undefined> },
  seconds: number,
): Promise<Row> {
  const { accepted, p50, p99 } = await stage.sample();
  const [open] = await stage.db.query<{ n: number }>('select count(*)::int as n from outbox');
  const heap = await node.metric('nodejs_heap_size_used_bytes');
  return {
    seconds: Math.round(seconds),
    memoryMb: memoryOf(node.pid) / 2 ** 20,
    heapMb: (heap ?? Number.NaN) / 2 ** 20,
    outbox: open!.n,
    accepted,
    p50,
    p99,
  };
}

/** The beginning, a sixth and five minutes at most, is for caches to fill and code to be compiled. */
function judge(all: readonly Row[], rate: number): void {
  const from = Math.min(300, minutes * 10);
  const rows = all.filter(({ seconds }) => seconds >= from);
  const third = Math.max(1, Math.floor(rows.length / 3));
  const memory = (part: readonly Row[]): number => median(part.map(({ memoryMb }) => memoryMb));
  const before = memory(rows.slice(0, third));
  const after = memory(rows.slice(-third));
  report.verdict({
    goal: `memory after the beginning is flat: the last third's median ≤ ${MEMORY_GOAL} × the first third's`,
    measured: `${(after / before).toFixed(2)} ×: ${short(after)} MB to ${short(before)} MB, most ${short(Math.max(...all.map(({ memoryMb }) => memoryMb)))} MB`,
    verdict: after <= MEMORY_GOAL * before,
  });
  const depth = quantile(
    rows.slice(-third).map(({ outbox }) => outbox),
    0.95,
  );
  report.verdict({
    goal: `the outbox is bounded: in the last third ≤ ${OUTBOX_SECONDS} s of the load in 95 of 100 samples`,
    measured: `${depth} rows of ${Math.round(rate * OUTBOX_SECONDS)}; most ${Math.max(...all.map(({ outbox }) => outbox))}`,
    verdict: depth <= rate * OUTBOX_SECONDS,
  });
  report.line(
    `latency over all samples: p50 ${short(median(rows.map(({ p50 }) => p50)))}, p99 ${short(median(rows.map(({ p99 }) => p99)))} ms (medians), worst p99 ${short(Math.max(...rows.map(({ p99 }) => p99)))} ms`,
  );
}

async function write(rows: readonly Row[]): Promise<void> {
  if (isQuick) return;
  const names = ['seconds', 'memoryMb', 'heapMb', 'outbox', 'accepted', 'p50', 'p99'] as const;
  const lines = rows.map((row) => names.map((name) => Math.round(row[name] * 100) / 100).join(','));
  const directory = fileURLToPath(new URL('plots', import.meta.url));
  await mkdir(directory, { recursive: true });
  await writeFile(`${directory}/soak.csv`, `${names.join(',')}\n${lines.join('\n')}\n`);
  const series = (name: string, of: keyof Row): Series => ({
    name,
    points: rows.map((row): [number, number] => [row.seconds / 60, row[of]]),
  });
  const memory = lineChart({
    title: 'Memory of the server under a steady load',
    x: { title: 'minutes' },
    y: { title: 'MB' },
    series: [series('resident', 'memoryMb'), series('heap', 'heapMb')],
  });
  const flow = lineChart({
    title: 'Latency and outbox under a steady load',
    x: { title: 'minutes' },
    y: { title: 'ms, rows', scale: 'log' },
    series: [series('p50, ms', 'p50'), series('p99, ms', 'p99'), series('outbox, rows', 'outbox')],
  });
  report.line(`plots: ${await writePlot('soak-memory', memory)}, ${await writePlot('soak-latency', flow)}`);
}
