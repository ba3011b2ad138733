/* Two nodes on one database, in turns with one; where the processors went says what the limit was. */
import { availableParallelism } from 'node:os';
import { median, pairedRatio, short } from '../report/statistics.ts';
import { watchProcessors } from '../stage/processes.ts';
import { turnsOf, type Scene, type Section } from './section.ts';

const GOAL = 1.6;
/** Processors with less than this share left give a second node nothing to run on. */
const LEFT = 0.1;
/** More than elsewhere: two nodes must not wait for senders. */
const CONNECTIONS = 256;

interface Turn {
  throughput: number;
  /** Of one processor. */
  shares: { nodes: number; postgres: number; world: number; idle: number };
  /** Microseconds an event. */
  nodeCost: number;
}

export const nodes: Section = async (scene) => {
  const { stage, report } = scene;
  const one = await stage.tidings({ name: 'one' });
  const other = await stage.tidings({ name: 'other' });
  const singles: Turn[] = [];
  const pairs: Turn[] = [];
  for (let turn = 0; turn < turnsOf(scene).turns; turn += 1) {
    singles.push(await measure(scene, [one]));
    pairs.push(await measure(scene, [one, other]));
  }
  await Promise.all([one.stop(), other.stop()]);
  const { ratio } = pairedRatio(
    pairs.map(({ throughput }) => throughput),
    singles.map(({ throughput }) => throughput),
  );
  const shares = sharesOf(pairs);
  const processors = availableParallelism();
  const isMachineFull = shares.idle <= LEFT * processors;
  const isPostgresLimit = shares.postgres > shares.nodes;
  const where = isMachineFull
    ? `the machine is the limit, ${short(shares.idle)} of its ${processors} processors were idle`
    : isPostgresLimit
      ? 'PostgreSQL uses more than both nodes'
      : `${short(shares.idle)} of ${processors} processors were idle`;
  const costOf = (turns: readonly Turn[]): number =>
    Math.round(median(turns.map(({ nodeCost }) => nodeCost)));
  report.verdict({
    goal: `two nodes ≥ ${GOAL} × one (on 4 processors), or the machine or the database shown to be the limit`,
    measured:
      `${short(ratio)} ×; ${where} (${describe(shares)}); ` +
      `an event costs two nodes ${costOf(pairs)} µs, one alone ${costOf(singles)} µs`,
    verdict: ratio >= GOAL ? 'met' : isMachineFull || isPostgresLimit ? 'not shown' : 'missed',
  });
};

async function measure(scene: Scene, running: readonly { port: number; pid: number }[]): Promise<Turn> {
  const { stage, report } = scene;
  const { order } = turnsOf(scene);
  const stop = watchProcessors({
    nodes: running.map(({ pid }) => pid),
    postgres: [stage.postgresPid],
    world: [stage.worldPid],
  });
  const ports = running.map(({ port }) => port);
  const run = await stage.load({ ...order, ports, connections: CONNECTIONS });
  const { shares, cpuMs, idle } = stop();
  const events = run.throughput * (order.seconds + order.warmUpSeconds);
  const turn = {
    throughput: run.throughput,
    shares: { ...shares, idle },
    nodeCost: (cpuMs.nodes * 1000) / events,
  };
  report.line(
    `nodes: ${running.length} → ${short(run.throughput)}/s, p50 ${short(run.p50)} ms, lost ${run.lost}; ${describe(turn.shares)}`,
  );
  return turn;
}

/** What is left over is what other programs used. */
function describe(shares: Turn['shares']): string {
  const others = availableParallelism() - Object.values(shares).reduce((sum, share) => sum + share, 0);
  return (
    `of a processor: nodes ${short(shares.nodes)}, PostgreSQL ${short(shares.postgres)}, ` +
    `senders and callbacks ${short(shares.world)}, other programs ${short(Math.max(0, others))}, idle ${short(shares.idle)}`
  );
}

function sharesOf(turns: readonly Turn[]): Turn['shares'] {
  const middle = (part: keyof Turn['shares']): number => median(turns.map(({ shares }) => shares[part]));
  return {
    nodes: middle('nodes'),
    postgres: middle('postgres'),
    world: middle('world'),
    idle: middle('idle'),
  };
}
