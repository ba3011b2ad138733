/* From when a webhook is due to its callback's acceptance, at fixed rates, beside the bare limit at the same rate. */
import { lineChart, writePlot } from '../report/plot.ts';
import { short } from '../report/statistics.ts';
import { startBare } from '../stage/rivals.ts';
import type { Section } from './section.ts';

const RATES = [100, 250, 500, 1000, 1500, 2000, 2500, 3000];
const GOAL_RATE = 1000;
const GOAL = { p50: 6, p99: 40 };

export const latency: Section = async ({ stage, report, isQuick }) => {
  const bare = await startBare(stage);
  const node = await stage.tidings();
  const rates = isQuick ? [GOAL_RATE] : RATES;
  const points = { bareP50: [], bareP99: [], p50: [], p99: [] } as Record<
    'bareP50' | 'bareP99' | 'p50' | 'p99',
    [number, number][]
  >;
  await stage.load({ ports: [node.port], seconds: 0.1, warmUpSeconds: isQuick ? 1 : 8 });
  for (const rate of rates) {
    const order = { rate, seconds: isQuick ? 2 : 10, warmUpSeconds: 2 };
    const limit = await stage.load({ ...order, ...bare.target });
    const run = await stage.load({ ...order, ports: [node.port] });
    points.bareP50.push([rate, limit.p50]);
    points.bareP99.push([rate, limit.p99]);
    points.p50.push([rate, run.p50]);
    points.p99.push([rate, run.p99]);
    report.line(
      `latency at ${rate}/s: Tidings p50 ${short(run.p50)}, p99 ${short(run.p99)} ms, bare ${short(limit.p50)} and ${short(limit.p99)} ms; ` +
        `accepted ${run.accepted} of ${run.sent}, lost ${run.lost}`,
    );
    if (rate === GOAL_RATE) {
      report.verdict({
        goal: `at ${rate}/s p50 ≤ ${GOAL.p50} ms and p99 ≤ ${GOAL.p99} ms from when it was due, nothing lost`,
        measured: `p50 ${short(run.p50)} ms, p99 ${short(run.p99)} ms, lost ${run.lost}`,
        verdict: run.p50 <= GOAL.p50 && run.p99 <= GOAL.p99 && run.lost === 0,
      });
    }
  }
  await node.stop();
  bare.stop();
  if (isQuick) return;
  const chart = lineChart({
    title: 'Latency from due webhook to accepted callback',
    x: { title: 'events a second, open loop' },
    y: { title: 'ms', scale: 'log' },
    series: [
      { name: 'Tidings p50', points: points.p50 },
      { name: 'Tidings p99', points: points.p99 },
      { name: 'bare p50', points: points.bareP50 },
      { name: 'bare p99', points: points.bareP99 },
    ],
  });
  report.line(`plot: ${await writePlot('latency', chart)}`);
};
