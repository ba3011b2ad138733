/*
 * `node bench/ingest.ts [--check] [--quick]`: webhook in → durable → 200 by a real server with real instances that
 * have no callback, in turns with a bare Fastify endpoint that only parses the same bodies over as many connections.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { IngestOrder, IngestResult } from './ingest/load.ts';
import { openReport, readArguments } from './report/report.ts';
import { median, pairedRatio, short } from './report/statistics.ts';
import { watchProcessors } from './stage/processes.ts';
import { openStage } from './stage/stage.ts';

const GOAL = 0.8;
const INSTANCES = 100;
const given = readArguments();
const report = openReport(given);
const stage = await openStage({ instances: INSTANCES });
const senders = fork(fileURLToPath(new URL('ingest/senders.ts', import.meta.url)));
const { turns, seconds, warmUpSeconds } = given.isQuick
  ? { turns: 1, seconds: 1, warmUpSeconds: 1 }
  : { turns: 5, seconds: 4, warmUpSeconds: 2 };

/** The load, and the processor time each part spent on a request, in microseconds. */
async function load(port: number, pid: number): Promise<IngestResult & { cost: Record<string, number> }> {
  const order: IngestOrder = {
    port,
    paths: stage.paths,
    connections: 64,
    seconds,
    warmUpSeconds,
    bodyBytes: 1024,
  };
  const stop = watchProcessors({ node: [pid], PostgreSQL: [stage.postgresPid], senders: [senders.pid!] });
  const answered = new Promise<IngestResult>((resolve) => {
    senders.once('message', resolve);
  });
  senders.send(order);
  const result = await answered;
  const { cpuMs } = stop();
  const each = Object.entries(cpuMs).map(([part, ms]) => [part, (ms * 1000) / result.acknowledged]);
  return { ...result, cost: Object.fromEntries(each) as Record<string, number> };
}

const costOf = ({ cost }: { cost: Record<string, number> }): string =>
  Object.entries(cost)
    .map(([part, us]) => `${part} ${Math.round(us)}`)
    .join(' + ');

try {
  // Nothing is to be delivered: what is stored is all that a webhook leaves.
  await stage.db.execute(`update subscriptions set url = ''`);
  const bare = await stage.child(new URL('ingest/bare.ts', import.meta.url), {});
  const node = await stage.tidings();
  const limits: number[] = [];
  const ours: number[] = [];
  let acknowledged = 0;
  let refused = 0;
  for (let turn = 0; turn < turns; turn += 1) {
    const limit = await load(bare.answer as number, bare.pid);
    const run = await load(node.port, node.pid);
    limits.push(limit.throughput);
    ours.push(run.throughput);
    acknowledged += run.acknowledged;
    refused += run.refused;
    report.line(
      `ingest: bare ${short(limit.throughput)}/s (p50 ${short(limit.p50)} ms; µs a request: ${costOf(limit)}), ` +
        `Tidings ${short(run.throughput)}/s (p50 ${short(run.p50)}, p99 ${short(run.p99)} ms; µs: ${costOf(run)}), refused ${run.refused}`,
    );
  }
  const [row] = await stage.db.query<{ n: number }>('select count(*)::int as n from events');
  await node.stop();
  bare.stop();
  const lost = acknowledged - row!.n;
  const { ratio, low, high } = pairedRatio(ours, limits);
  report.verdict({
    goal: `webhook → durable → 200 at ≥ ${GOAL} of a Fastify endpoint that only parses, nothing lost or refused`,
    measured: `${ratio.toFixed(2)} (quartiles ${low.toFixed(2)} to ${high.toFixed(2)}): ${short(median(ours))}/s of ${short(median(limits))}/s; refused ${refused}, acknowledged and not stored ${Math.max(lost, 0)}`,
    verdict: ratio >= GOAL && refused === 0 && lost <= 0,
  });
} finally {
  senders.kill();
  await stage.close();
}
report.finish();
