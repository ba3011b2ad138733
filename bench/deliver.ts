/*
 * `node bench/deliver.ts [section …]`: webhook in → callback accepted, beside the bare limit of the same run.
 * Sections: throughput latency hanging nodes growth lane; all of them unless named.
 */
import { cpus } from 'node:os';
import { measureGrowth, measureLane } from './deliver/growth.ts';
import { openStage } from './deliver/stage.ts';

const sections = new Set(process.argv.slice(2));
const wants = (section: string): boolean => sections.size === 0 || sections.has(section);
const round = (value: number): number => Math.round(value * 10) / 10;

console.log(
  `${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.version}, ${new Date().toISOString()}`,
);
const stage = await openStage({ instances: 100 });
try {
  let limit = 0;
  if (wants('throughput')) {
    const bare = await stage.node({ kind: 'bare' });
    const limitRun = await stage.load({ port: bare.port });
    bare.process.kill();
    const node = await stage.node({ kind: 'tidings' });
    const run = await stage.load({ port: node.port });
    node.process.kill();
    limit = limitRun.throughput;
    console.log(
      `throughput, bare limit: ${round(limitRun.throughput)} events/s, p50 ${round(limitRun.p50)} ms, p99 ${round(limitRun.p99)} ms`,
    );
    console.log(
      `throughput, tidings: ${round(run.throughput)} events/s, p50 ${round(run.p50)} ms, p99 ${round(run.p99)} ms, answered p50 ${round(run.answerP50)} ms; lost ${run.sent - run.refused - run.accepted}; ratio ${(run.throughput / limit).toFixed(2)}`,
    );
  }
  if (wants('latency')) {
    const node = await stage.node({ kind: 'tidings' });
    for (const rate of [1000, 2000]) {
      const run = await stage.load({ port: node.port, rate });
      console.log(
        `latency at ${rate}/s (open loop): p50 ${round(run.p50)} ms, p99 ${round(run.p99)} ms, accepted ${run.accepted} of ${run.sent}`,
      );
    }
    node.process.kill();
  }
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
