/* From when a webhook is due to its callback's acceptance, at fixed rates, beside the bare limit at the same rate. */
import { lineChart, writePlot, type Series } from '../report/plot.ts';
import { median, short } from '../report/statistics.ts';
import type { LoadResult } from '../stage/load.ts';
import { startBare } from '../stage/rivals.ts';
import type { Scene, Section } from './section.ts';

const RATES = [100, 250, 500, 1000, 1500, 2000, 2500, 3000];
const GOAL_RATE = 1000;
const GOAL = { p50: 6, p99: 40 };

/** At the rate of the goal the turns are repeated: one of them may meet something else the machine does. */
const GOAL_TURNS = 5;

type Point = Record<'bareP50' | 'bareP99' | 'p50' | 'p99', number>;

export const latency: Section = async (scene) => {
  const { stage, report, isQuick } = scene;
  const bare = await startBare(stage);
  const node = await stage.tidings();
  const rates = isQuick ? [GOAL_RATE] : RATES;
  const points = new Map<number, Point>();
  await stage.load({ ports: [node.port], seconds: 0.1, warmUpSeconds: isQuick ? 1 : 8 });
  for (const rate of rates) {
    const turns = rate === GOAL_RATE && !isQuick ? GOAL_TURNS : 1;
    const order = { rate, seconds: isQuick ? 2 : 10, warmUpSeconds: 2 };
    const limits: LoadResult[] = [];
    const runs: LoadResult[] = [];
    for (let turn = 0; turn < turns; turn += 1) {
      limits.push(await stage.load({ ...order, ...bare.target }));
      runs.push(await stage.load({ ...order, ports: [node.port] }));
      const [limit, run] = [limits.at(-1)!, runs.at(-1)!];
      report.line(
        `latency at ${rate}/s: Tidings p50 ${short(run.p50)}, p99 ${short(run.p99)} ms, bare ${short(limit.p50)} and ${short(limit.p99)} ms; ` +
          `accepted ${run.accepted} of ${run.sent}, lost ${run.lost}`,
      );
    }
    const middle = (of: readonly LoadResult[], which: 'p50' | 'p99'): number =>
      median(of.map((one) => one[which]));
    points.set(rate, {
      bareP50: middle(limits, 'p50'),
      bareP99: middle(limits, 'p99'),
      p50: middle(runs, 'p50'),
      p99: middle(runs, 'p99'),
    });
    if (rate === GOAL_RATE) judge(scene, points.get(rate)!, runs);
  }
  await node.stop();
  bare.stop();
  if (!isQuick) report.line(`plot: ${await plot(points)}`);
};

function judge({ report }: Scene, { p50, p99 }: Point, runs: readonly LoadResult[]): void {
  const lost = runs.reduce((sum, run) => sum + run.lost, 0);
  report.verdict({
    goal: `at ${GOAL_RATE}/s p50 ≤ ${GOAL.p50} ms and p99 ≤ ${GOAL.p99} ms from when it was due, nothing lost`,
    measured: `p50 ${short(p50)} ms, p99 ${short(p99)} ms (medians of ${runs.length} turns), lost ${lost}`,
    verdict: p50 <= GOAL.p50 && p99 <= GOAL.p99 && lost === 0,
  });
}

function plot(points: ReadonlyMap<number, Point>): Promise<string> {
  const line = (name: string, of: keyof Point): Series => ({
    name,
    points: [...points].map(([rate, point]): [number, number] => [rate, point[of]]),
  });
  const chart = lineChart({
    title: 'Latency from due webhook to accepted callback',
    x: { title: 'events a second, open loop' },
    y: { title: 'ms', scale: 'log' },
    series: [
      line('Tidings p50', 'p50'),
      line('Tidings p99', 'p99'),
      line('bare p50', 'bareP50'),
      line('bare p99', 'bareP99'),
    ],
  });
  return writePlot('latency', chart);
}
