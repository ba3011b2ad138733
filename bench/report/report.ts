/* What every section of the bench prints: the machine, the goal, what was measured, whether it was reached. */
import { cpus, loadavg, totalmem } from 'node:os';

/** `met` and `missed` are what they say; `not shown`: this machine cannot tell, and the text says why. */
export type Verdict = 'met' | 'missed' | 'not shown';

export interface Report {
  /** A line of figures. */
  line(text: string): void;
  /** Goal, measured value and verdict of a section, in one line. */
  verdict(outcome: { goal: string; measured: string; verdict: Verdict | boolean }): void;
  /** Repeats all verdicts; with `--check` the process ends with 1 when a goal was missed. */
  finish(): void;
}

export interface BenchArguments {
  /** What is neither a flag nor its value: sections, numbers. */
  rest: string[];
  /** Ends with 1 when a goal is missed. */
  isCheck: boolean;
  /** Tries the bench itself in as little time as possible: its figures mean nothing, and it writes no plots. */
  isQuick: boolean;
}

export function readArguments(args: readonly string[] = process.argv.slice(2)): BenchArguments {
  const unknown = args.filter((arg) => arg.startsWith('--') && arg !== '--check' && arg !== '--quick');
  if (unknown.length > 0) throw new Error(`there is no ${unknown.join(', ')}, only --check and --quick`);
  return {
    rest: args.filter((arg) => !arg.startsWith('--')),
    isCheck: args.includes('--check'),
    isQuick: args.includes('--quick'),
  };
}

/** Prints the machine, the date and what else it was doing before this run began. */
export function openReport({ isCheck, isQuick }: BenchArguments): Report {
  const [minute = 0, five = 0] = loadavg();
  console.log(
    `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GB, ` +
      `${process.platform}, Node ${process.version}, ${new Date().toISOString()}\n` +
      `load average before: ${minute.toFixed(2)} (a minute), ${five.toFixed(2)} (five)`,
  );
  if (isQuick) console.log('a quick try of the bench itself: these are no figures');
  const verdicts: string[] = [];
  let missed = 0;
  return {
    line: (text) => console.log(text),
    verdict: ({ goal, measured, verdict }) => {
      const word = verdict === true ? 'met' : verdict === false ? 'missed' : verdict;
      if (word === 'missed') missed += 1;
      const text = `${word.toUpperCase()}: ${goal} | measured: ${measured}`;
      verdicts.push(text);
      console.log(`→ ${text}`);
    },
    finish: () => {
      console.log(`\n${verdicts.join('\n')}`);
      if (isCheck && missed > 0) process.exitCode = 1;
    },
  };
}
