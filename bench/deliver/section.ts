import type { Report } from '../report/report.ts';
import type { Stage } from '../stage/stage.ts';

/** What a section of the bench is given. */
export interface Scene {
  stage: Stage;
  report: Report;
  /** Short turns, small numbers, no plots: to try the bench, not the program. */
  isQuick: boolean;
}

/** Measures one thing, prints its figures and at least one verdict. */
export type Section = (scene: Scene) => Promise<void>;

/** Throughput is measured in turns of this many seconds, in which both sides meet whatever else the machine does. */
export function turnsOf({ isQuick }: Scene): {
  turns: number;
  order: { seconds: number; warmUpSeconds: number };
} {
  return isQuick
    ? { turns: 1, order: { seconds: 1, warmUpSeconds: 1 } }
    : { turns: 5, order: { seconds: 4, warmUpSeconds: 2 } };
}
