/*
 * `node bench/deliver.ts [section …]`: webhook in → callback accepted, beside the bare limit of the same run.
 * Sections: throughput cost queue latency hanging nodes growth lane; all of them unless named.
 */
import { cpus } from 'node:os';
import { measureGrowth, measureLane } from './deliver/growth.ts';
import { measureCost } from './deliver/cpu.ts';
import { installJobQueue } from './deliver/job-queue.ts';
import { openStage, type Stage } from './deliver/stage.ts';
import type { LoadResult } from './deliver/world.ts';

const sections = new Set(process.argv.slice(2));
const wants = (section: string): boolean => sections.size === 0 || sections.has(section);
const TURNS = 5;
const round = (value: number): number => Math.round(value * 10) / 10;

console.log(
  `${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.version}, ${new Date().toISOString()}`,
);
const stage = await openStage({ instances: 100 });
try {
  if (wants('throughput')) await measureThroughput(stage);
  if (wants('cost')) await compareCosts(stage);
  if (wants('queue')) await compareJobQueue(stage);
  if (wants('latency')) await measureLatency(stage);
  if (wants('hanging')) {
    for (const hangingInstance of [0, 50]) {
      const node = await stage.node({ kind: 'tidings', hangingInstance });
      const run = await stage.load({ port: node.port, rate: 1000, seconds: 15 });
      console.log(
        `${hangingInstance === 0 ? 'no' : '1 of 100'} endpoint hangs, 1,000/s: p50 ${round(run.p50)} ms, p99 ${round(run.p99)} ms of those that do not`,
      );
      node.process.kill();
    }
    await stage.db.execute('delete from outbox');
    await stage.db.execute(`update subscriptions set open_until = '-infinity', active = true`);
  }
  if (wants('nodes')) {
    const recording = await stage.node({ kind: 'tidings', sends: false });
    const senders = [await stage.node({ kind: 'tidings' }), await stage.node({ kind: 'tidings' })];
    const run = await stage.load({ port: recording.port, rate: 1000 });
    console.log(
      `one node records, two others send, 1,000/s: p50 ${round(run.p50)} ms, p99 ${round(run.p99)} ms, accepted ${run.accepted} of ${run.sent}`,
    );
    for (const node of [recording, ...senders]) node.process.kill();
  }
  if (wants('growth')) await measureGrowth(stage);
  if (wants('lane')) await measureLane(stage);
} finally {
  await stage.close();
}

/** The bare limit and Tidings take turns, so that whatever else the machine does meets both. */
async function measureThroughput(stage: Stage): Promise<void> {
  const bare = await stage.node({ kind: 'bare' });
  const node = await stage.node({ kind: 'tidings' });
  const pairs: [bare: LoadResult, tidings: LoadResult][] = [];
  for (let turn = 0; turn < TURNS; turn += 1) {
    const order = { seconds: 3, warmUpSeconds: 1 };
    pairs.push([
      await stage.load({ ...order, port: bare.port }),
      await stage.load({ ...order, port: node.port }),
    ]);
  }
  bare.process.kill();
  node.process.kill();
  for (const [limit, run] of pairs) {
    const lost = run.sent - run.refused - run.accepted;
    console.log(
      `throughput: bare ${round(limit.throughput)}/s (p50 ${round(limit.p50)} ms), tidings ${round(run.throughput)}/s (p50 ${round(run.p50)}, p99 ${round(run.p99)} ms), lost ${lost}, ratio ${(run.throughput / limit.throughput).toFixed(2)}`,
    );
  }
  const best = (side: 0 | 1): number => Math.max(...pairs.map((pair) => pair[side].throughput));
  console.log(
    `throughput: best ${round(best(1))}/s of ${round(best(0))}/s, ratio ${(best(1) / best(0)).toFixed(2)}`,
  );
  const ratios = pairs.map(([limit, run]) => run.throughput / limit.throughput).toSorted((a, b) => a - b);
  console.log(`throughput: median ratio ${ratios[Math.floor(ratios.length / 2)]!.toFixed(2)}`);
}

/** At fixed rates, beside the bare limit's at the same rate. */
async function measureLatency(stage: Stage): Promise<void> {
  const bare = await stage.node({ kind: 'bare' });
  const node = await stage.node({ kind: 'tidings' });
  for (const rate of [500, 1000]) {
    for (const [name, { port }] of [
      ['bare', bare],
      ['tidings', node],
    ] as const) {
      const run = await stage.load({ port, rate });
      console.log(
        `latency at ${rate}/s (open loop), ${name}: p50 ${round(run.p50)} ms, p99 ${round(run.p99)} ms, accepted ${run.accepted} of ${run.sent}`,
      );
    }
  }
  bare.process.kill();
  node.process.kill();
}

/** What an event costs in processor time, and the ratio that follows where processors are the limit. */
async function compareCosts(stage: Stage): Promise<void> {
  const costs: number[] = [];
  for (const kind of ['bare', 'tidings'] as const) {
    const node = await stage.node({ kind });
    const cost = await measureCost(stage, node);
    node.process.kill();
    costs.push(cost.node + cost.postgres + cost.world);
    console.log(
      `cost of an event, ${kind}: node ${cost.node} µs, PostgreSQL ${cost.postgres} µs, senders and callbacks ${cost.world} µs`,
    );
  }
  console.log(`cost: ratio ${(costs[0]! / costs[1]!).toFixed(2)}`);
}

/** One job per event in a well-kept PostgreSQL job queue, in turns with Tidings. */
async function compareJobQueue(stage: Stage): Promise<void> {
  const queue = await stage.node({ kind: 'queue', jobQueue: await installJobQueue() });
  const node = await stage.node({ kind: 'tidings' });
  const ratios: number[] = [];
  for (let turn = 0; turn < 3; turn += 1) {
    const order = { seconds: 3, warmUpSeconds: 1 };
    const jobs = await stage.load({ ...order, port: queue.port });
    const ours = await stage.load({ ...order, port: node.port });
    ratios.push(ours.throughput / jobs.throughput);
    console.log(`graphile-worker ${round(jobs.throughput)}/s, tidings ${round(ours.throughput)}/s`);
  }
  console.log(`job queue: tidings is ${ratios.map((ratio) => ratio.toFixed(1)).join(', ')} times as fast`);
  queue.process.kill();
  node.process.kill();
}
