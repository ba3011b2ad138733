/* A million due rows in one lane: what the claims of the other lanes notice. */
import { median, pairedRatio, short } from '../report/statistics.ts';
import { fillFirstLane, openHouse, ROWS, timeInTurns } from './house.ts';
import type { Section } from './section.ts';

const GOAL = 1.2;

export const lane: Section = async ({ stage, report, isQuick }) => {
  const waiting = isQuick ? 10_000 : 1_000_000;
  const empty = await openHouse(stage, 'lane_empty');
  const full = await openHouse(stage, 'lane_full');
  try {
    await fillFirstLane(full, waiting);
    const [without = [], withRows = []] = await timeInTurns(
      [empty, full],
      isQuick ? { rounds: 5, warmUp: 2 } : { rounds: 300, warmUp: 40 },
    );
    for (const step of ['claim', 'settle'] as const) {
      const values = withRows.map((round) => round[step]);
      const others = without.map((round) => round[step]);
      const { ratio, low, high } = pairedRatio(values, others);
      report.verdict({
        goal: `${step} of ${ROWS} rows of other lanes stays flat (≤ +20 %) with ${waiting.toLocaleString('en')} due rows in one lane`,
        measured: `${ratio.toFixed(2)} × (quartiles ${low.toFixed(2)} to ${high.toFixed(2)}): ${short(median(values))} ms to ${short(median(others))} ms`,
        verdict: ratio <= GOAL,
      });
    }
  } finally {
    await empty.close();
    await full.close();
  }
};
