/* What an event costs in processor time, which hardly depends on what else the machine does. */
import { startBare } from '../stage/rivals.ts';
import type { LoadOrder } from '../stage/load.ts';
import { watchProcessors } from '../stage/processes.ts';
import type { Scene, Section } from './section.ts';

const GOAL = 0.45;

export const cost: Section = async (scene) => {
  const { stage, report } = scene;
  const bare = await startBare(stage);
  const limit = await measure(scene, 'bare', bare.pid, bare.target);
  bare.stop();
  const node = await stage.tidings();
  const ours = await measure(scene, 'Tidings', node.pid, { ports: [node.port] });
  await node.stop();
  report.verdict({
    goal: `where processors are the limit, the ratio that follows from their time is ≥ ${GOAL}`,
    measured: `${(limit / ours).toFixed(2)}: ${Math.round(limit)} of ${Math.round(ours)} µs an event`,
    verdict: limit / ours >= GOAL,
  });
};

/** Microseconds of all parts together; prints each. */
async function measure(
  { stage, report, isQuick }: Scene,
  name: string,
  pid: number,
  target: Partial<LoadOrder> & Pick<LoadOrder, 'ports'>,
): Promise<number> {
  await stage.load({ ...target, seconds: isQuick ? 1 : 4, warmUpSeconds: 0 });
  const stop = watchProcessors({ node: [pid], postgres: [stage.postgresPid], world: [stage.worldPid] });
  const { accepted } = await stage.load({ ...target, seconds: isQuick ? 1 : 8, warmUpSeconds: 0 });
  const { cpuMs } = stop();
  const each = (ms: number): number => Math.round((ms * 1000) / accepted);
  report.line(
    `cost of an event, ${name}: node ${each(cpuMs.node)} µs, PostgreSQL ${each(cpuMs.postgres)} µs, senders and callbacks ${each(cpuMs.world)} µs`,
  );
  return ((cpuMs.node + cpuMs.postgres + cpuMs.world) * 1000) / accepted;
}
