/* Processor time, which unlike throughput does not depend on what else the machine does. Linux only. */
import { readFileSync } from 'node:fs';
import type { Stage } from './stage.ts';

/** Clock ticks of /proc are 10 ms on every Linux we know. */
const TICK_MS = 10;

function cpuMs(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  } catch {
    return 0;
  }
}

/** Microseconds each part spends on an event: the node, PostgreSQL, and the world of senders and callbacks. */
export async function measureCost(
  stage: Stage,
  node: { port: number; process: { pid?: number | undefined } },
): Promise<{ node: number; postgres: number; world: number }> {
  const backends = async (): Promise<number[]> =>
    (await stage.db.query<{ pid: number }>('select pid from pg_stat_activity')).map(({ pid }) => pid);
  const sum = (pids: readonly number[]): number => pids.reduce((total, pid) => total + cpuMs(pid), 0);
  await stage.load({ port: node.port, seconds: 1, warmUpSeconds: 1 });
  const pids = await backends();
  const parts = [[node.process.pid ?? 0], pids, [stage.worldPid]] as const;
  const before = parts.map(sum);
  const { accepted } = await stage.load({ port: node.port, seconds: 4, warmUpSeconds: 0 });
  const [spent, postgres, world] = parts.map(
    (part, index) => ((sum(part) - before[index]!) * 1000) / accepted,
  );
  return { node: Math.round(spent!), postgres: Math.round(postgres!), world: Math.round(world!) };
}
