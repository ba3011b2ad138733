/* One of a hundred endpoints never answers: what the other ninety-nine notice. */
import { median, short } from '../report/statistics.ts';
import type { Section } from './section.ts';

const RATE = 500;
const GOAL = 2;
/** Below this a p99 is the noise of the machine, and twice of it says nothing. */
const NOISE_MS = 10;

/** The index of the instance that hangs; the last one has a host of its own. */
const CASES = [
  { name: 'none hangs', hanging: [] },
  { name: 'one hangs on its path of the host of all', hanging: [49] },
  { name: 'one hangs on a host of its own', hanging: [99] },
];

/** In turns; each turn has a fresh node and goes on past the first timeouts (15 s), so that both phases are in it. */
export const hanging: Section = async ({ stage, report, isQuick }) => {
  const p99s = CASES.map((): number[] => []);
  const p50s = CASES.map((): number[] => []);
  for (let turn = 0; turn < (isQuick ? 1 : 3); turn += 1) {
    for (const [index, one] of CASES.entries()) {
      const node = await stage.tidings();
      const order = { rate: RATE, seconds: isQuick ? 3 : 24, warmUpSeconds: 4 };
      const run = await stage.load({ ...order, ports: [node.port], hanging: one.hanging });
      await node.stop();
      await stage.clear();
      p50s[index]!.push(run.p50);
      p99s[index]!.push(run.p99);
      report.line(
        `hanging, ${one.name}: p50 ${short(run.p50)}, p99 ${short(run.p99)} ms of the others at ${RATE}/s, lost ${run.lost}`,
      );
    }
  }
  const [without = Number.NaN, ...withOne] = p99s.map(median);
  for (const [index, p99] of withOne.entries()) {
    report.verdict({
      goal: `${CASES[index + 1]!.name}: p99 of the other 99 ≤ ${GOAL} × what it is when none hangs`,
      measured: `${(p99 / without).toFixed(2)} ×: ${short(p99)} ms to ${short(without)} ms`,
      verdict: p99 <= GOAL * Math.max(without, NOISE_MS),
    });
  }
};
