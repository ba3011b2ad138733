/* Two nodes on one database, in turns with one; where the processors went says what the limit was. */
import { availableParallelism } from 'node:os';
import { median, pairedRatio, short } from '../report/statistics.ts';
import { watchProcessors } from '../stage/processes.ts';
import { turnsOf, type Scene, type Section } from './section.ts';

const GOAL = 1.6;
/** Processors busier than this leave a second node nothing to run on. */
const FULL = 0.9;

interface Turn {
  throughput: number;
  /** Of one processor. */
  shares: { nodes: number; postgres: number; world: number };
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
  const { shares, total, nodeCost } = summary(pairs);
  const processors = availableParallelism();
  const isMachineFull = total >= FULL * processors;
  const isPostgresLimit = shares.postgres > shares.nodes;
  const where = isMachineFull
    ? `the machine is the limit: ${total.toFixed(2)} of its ${processors} processors are used`
    : isPostgresLimit
      ? 'PostgreSQL uses more than both nodes'
      : `${(processors - total).toFixed(2)} processors were free`;
  report.verdict({
    goal: `two nodes ≥ ${GOAL} × one (on 4 processors), or the machine or the database shown to be the limit`,
    measured:
      `${ratio.toFixed(2)} ×; ${where} (nodes ${shares.nodes.toFixed(2)}, PostgreSQL ${shares.postgres.toFixed(2)}, senders and callbacks ${shares.world.toFixed(2)}); ` +
      `an event costs the nodes ${Math.round(nodeCost)} µs, one alone ${Math.round(summary(singles).nodeCost)} µs`,
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
  const run = await stage.load({ ...order, ports: running.map(({ port }) => port) });
  const { shares, cpuMs } = stop();
  const events = run.throughput * (order.seconds + order.warmUpSeconds);
  report.line(
    `nodes: ${running.length} → ${short(run.throughput)}/s, p50 ${short(run.p50)} ms; of a processor: nodes ${shares.nodes.toFixed(2)}, ` +
      `PostgreSQL ${shares.postgres.toFixed(2)}, senders and callbacks ${shares.world.toFixed(2)}`,
  );
  return { throughput: run.throughput, shares, nodeCost: (cpuMs.nodes * 1000) / events };
}

function summary(turns: readonly Turn[]): Omit<Turn, 'throughput'> & { total: number } {
  const shares = {
    nodes: median(turns.map((turn) => turn.shares.nodes)),
    postgres: median(turns.map((turn) => turn.shares.postgres)),
    world: median(turns.map((turn) => turn.shares.world)),
  };
  const nodeCost = median(turns.map((turn) => turn.nodeCost));
  return { shares, nodeCost, total: shares.nodes + shares.postgres + shares.world };
}
