/* Webhook in → callback accepted, as fast as it goes, in turns with the bare limit. */
import { barChart, writePlot } from '../report/plot.ts';
import { median, pairedRatio, short } from '../report/statistics.ts';
import { startBare } from '../stage/rivals.ts';
import { turnsOf, type Section } from './section.ts';

const GOAL = 0.45;

export const throughput: Section = async (scene) => {
  const { stage, report, isQuick } = scene;
  const bare = await startBare(stage);
  const node = await stage.tidings();
  const { turns, order } = turnsOf(scene);
  const limits: number[] = [];
  const ours: number[] = [];
  let lost = 0;
  let repeated = 0;
  for (let turn = 0; turn < turns; turn += 1) {
    const limit = await stage.load({ ...order, ...bare.target });
    const run = await stage.load({ ...order, ports: [node.port] });
    limits.push(limit.throughput);
    ours.push(run.throughput);
    lost += run.lost;
    repeated += run.repeated;
    report.line(
      `throughput: bare ${short(limit.throughput)}/s (p50 ${short(limit.p50)} ms), Tidings ${short(run.throughput)}/s ` +
        `(p50 ${short(run.p50)}, p99 ${short(run.p99)} ms, webhooks answered in ${short(run.answerP50)} ms), refused ${run.refused}, lost ${run.lost}, twice ${run.repeated}`,
    );
  }
  await node.stop();
  bare.stop();
  const { ratio, low, high } = pairedRatio(ours, limits);
  report.verdict({
    goal: `throughput ≥ ${GOAL} of the bare limit of the same run (aim 0.55), nothing lost`,
    measured: `${ratio.toFixed(2)} (quartiles ${low.toFixed(2)} to ${high.toFixed(2)}): ${short(median(ours))}/s of ${short(median(limits))}/s; lost ${lost}, twice ${repeated}`,
    verdict: ratio >= GOAL && lost === 0,
  });
  if (isQuick) return;
  const chart = barChart({
    title: 'Webhook in → callback accepted, 64 connections, 1 KB',
    y: { title: 'events a second (median)' },
    bars: [
      { name: 'the limit: nothing stored', value: median(limits) },
      { name: 'Tidings', value: median(ours) },
    ],
  });
  report.line(`plot: ${await writePlot('throughput', chart)}`);
};
