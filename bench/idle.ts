/*
 * `node bench/idle.ts [--check] [--quick] [instances]`: what a real server holds in memory when it has 10,000 enabled
 * instances, polled every 15 minutes, and nothing happens. They are created through the API first; then a new process
 * starts, and its memory is read for a minute.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { openReport, readArguments } from './report/report.ts';
import { median, short } from './report/statistics.ts';
import { memoryOf, watchProcessors } from './stage/processes.ts';
import { openStage } from './stage/stage.ts';

const GOAL_MB = 200;

const given = readArguments();
const [instances = given.isQuick ? 50 : 10_000] = given.rest.map(Number);
const report = openReport(given);
const stage = await openStage({
  instances,
  method: 'polling',
  progress: (n) => {
    if (n % 1000 === 0) report.line(`  ${n.toLocaleString('en')} instances created`);
  },
});
try {
  const node = await stage.tidings();
  const seconds = given.isQuick ? 5 : 60;
  const stop = watchProcessors({ node: [node.pid], postgres: [stage.postgresPid] });
  const samples: number[] = [];
  for (let second = 0; second < seconds + 15; second += 1) {
    await sleep(1000);
    if (second >= seconds) samples.push(memoryOf(node.pid) / 2 ** 20);
  }
  const { shares } = stop();
  const heap = await node.metric('nodejs_heap_size_used_bytes');
  const [counted] = await stage.db.query<{ polled: number; failing: number }>(
    `select count(*) filter (where last_poll_at is not null)::int as polled,
       count(*) filter (where status = 'failing')::int as failing from polled_resources`,
  );
  report.line(
    `idle: ${instances.toLocaleString('en')} instances, ${counted!.polled} polled so far, ${counted!.failing} failing; ` +
      `of a processor: node ${short(shares.node * 100)} %, PostgreSQL ${short(shares.postgres * 100)} %; heap ${short((heap ?? Number.NaN) / 2 ** 20)} MB`,
  );
  const measured = median(samples);
  report.verdict({
    goal: `≤ ${GOAL_MB} MB resident after a minute with ${instances.toLocaleString('en')} instances enabled`,
    measured: `${short(measured)} MB (most ${short(Math.max(...samples))} MB)`,
    verdict: measured <= GOAL_MB,
  });
  await node.stop();
} finally {
  await stage.close();
}
report.finish();
