/* Whether inserting, claiming and settling cost the same however much is stored. */
import { lineChart, writePlot } from '../report/plot.ts';
import { median, pairedRatio, quantile, short } from '../report/statistics.ts';
import { fillLog, openHouse, ROWS, timeInTurns, type House, type Round } from './house.ts';
import type { Section } from './section.ts';

const SIZES = [10_000, 100_000, 1_000_000, 10_000_000];
const QUICK_SIZES = [1_000, 20_000];
const STEPS = ['insert', 'claim', 'settle'] as const;
const GOAL = 1.2;

/** Each size is a database of its own on the same server, and their rounds take turns. */
export const growth: Section = async ({ stage, report, isQuick }) => {
  const sizes = isQuick ? QUICK_SIZES : SIZES;
  const houses: House[] = [];
  try {
    for (const size of sizes) {
      const startedAt = performance.now();
      const house = await openHouse(stage, `growth_${size}`);
      houses.push(house);
      await fillLog(house, size, (text) => report.line(text));
      report.line(
        `growth: ${size.toLocaleString('en')} events stored in ${short((performance.now() - startedAt) / 1000)} s`,
      );
    }
    const rounds = await timeInTurns(
      houses,
      isQuick ? { rounds: 5, warmUp: 2 } : { rounds: 300, warmUp: 40 },
    );
    for (const [index, size] of sizes.entries()) {
      const parts = STEPS.map((step) => describe(step, rounds[index]!));
      report.line(`growth at ${size.toLocaleString('en')}: ${parts.join(', ')} for ${ROWS} events`);
    }
    for (const step of STEPS) {
      const of = (index: number): number[] => rounds.at(index)!.map((round) => round[step]);
      const { ratio, low, high } = pairedRatio(of(-1), of(0));
      const isFlat = ratio <= GOAL;
      report.verdict({
        goal: `${step} stays flat (≤ +20 %) from ${short(sizes[0]!)} to ${short(sizes.at(-1)!)} stored events`,
        measured: `${isFlat ? 'flat' : 'not flat'}: ${ratio.toFixed(2)} × (quartiles of the rounds ${low.toFixed(2)} to ${high.toFixed(2)})`,
        verdict: isFlat,
      });
    }
    if (isQuick) return;
    const chart = lineChart({
      title: `Statements for ${ROWS} events as the log grows`,
      x: { title: 'events stored', scale: 'log' },
      y: { title: 'ms (median)' },
      series: STEPS.map((step) => ({
        name: step,
        points: sizes.map((size, index): [number, number] => [
          size,
          median(rounds[index]!.map((round) => round[step])),
        ]),
      })),
    });
    report.line(`plot: ${await writePlot('growth', chart)}`);
  } finally {
    for (const house of houses) await house.close();
  }
};

function describe(step: keyof Round, rounds: readonly Round[]): string {
  const values = rounds.map((round) => round[step]);
  return `${step} ${short(median(values))} ms (${short(quantile(values, 0.25))} to ${short(quantile(values, 0.75))})`;
}
