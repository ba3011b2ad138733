/* One job per event in a well-kept PostgreSQL job queue, in turns with Tidings. */
import { join } from 'node:path';
import { pairedRatio, median, short } from '../report/statistics.ts';
import { download } from '../stage/download.ts';
import { startQueue } from '../stage/rivals.ts';
import { databaseUrl } from '../stage/stage.ts';
import { turnsOf, type Section } from './section.ts';

const VERSION = '0.16.6';
const GOAL = 5;

export const queue: Section = async (scene) => {
  const { stage, report } = scene;
  const directory = await download({ name: 'graphile-worker', version: VERSION });
  await stage.db.execute('create database queue');
  const rival = await startQueue(stage, {
    databaseUrl: databaseUrl(stage.login, 'queue'),
    module: join(directory, 'dist', 'index.js'),
  });
  const node = await stage.tidings();
  const { turns, order } = turnsOf(scene);
  const jobs: number[] = [];
  const ours: number[] = [];
  for (let turn = 0; turn < turns; turn += 1) {
    const theirs = await stage.load({ ...order, ...rival.target });
    const run = await stage.load({ ...order, ports: [node.port] });
    jobs.push(theirs.throughput);
    ours.push(run.throughput);
    report.line(
      `queue: graphile-worker ${short(theirs.throughput)}/s (p50 ${short(theirs.p50)} ms), Tidings ${short(run.throughput)}/s (p50 ${short(run.p50)} ms)`,
    );
  }
  rival.stop();
  await node.stop();
  await stage.db.execute('drop database queue with (force)');
  const { ratio, low, high } = pairedRatio(ours, jobs);
  report.verdict({
    goal: `≥ ${GOAL} × one job per event in a PostgreSQL queue (graphile-worker ${VERSION}, one addJob per webhook, 64 at a time)`,
    measured: `${short(ratio)} × (quartiles ${short(low)} to ${short(high)}): ${short(median(ours))}/s to ${short(median(jobs))}/s`,
    verdict: ratio >= GOAL,
  });
};
