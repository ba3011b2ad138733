/* Processor time and memory of processes with all their children. Linux only. */
import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks of /proc are 10 ms on every Linux we know. */
const TICK_MS = 10;

interface Process {
  pid: number;
  parent: number;
  /** Its own and that of children that have ended. */
  cpuMs: number;
}

function readProcess(pid: number): Process | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [, parent = 0] = fields;
    return { pid, parent, cpuMs: fields.slice(11, 15).reduce((sum, ticks) => sum + ticks, 0) * TICK_MS };
  } catch {
    return undefined;
  }
}

function familyOf(root: number): Process[] {
  const all = readdirSync('/proc').flatMap((name) =>
    /^\d+$/.test(name) ? (readProcess(Number(name)) ?? []) : [],
  );
  const family = all.filter(({ pid }) => pid === root);
  // It grows while it is walked: children of children are found too.
  for (const { pid } of family) family.push(...all.filter(({ parent }) => parent === pid));
  return family;
}

/** 0 when there is no such process. */
export function parentOf(pid: number): number {
  return readProcess(pid)?.parent ?? 0;
}

/** Milliseconds of processor time that a process and its children have used so far. */
export function cpuMsOf(root: number): number {
  return familyOf(root).reduce((sum, { cpuMs }) => sum + cpuMs, 0);
}

/** Resident memory of a process and its children, in bytes. */
export function memoryOf(root: number): number {
  return familyOf(root).reduce((sum, { pid }) => sum + residentBytes(pid), 0);
}

function residentBytes(pid: number): number {
  try {
    const [, kilobytes = '0'] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes) * 1024;
  } catch {
    return 0;
  }
}

/** Milliseconds that all processors together had nothing to do since the machine started. */
function idleMs(): number {
  const [, , , , idle = 0, waiting = 0] = readFileSync('/proc/stat', 'utf8').split(/\s+/, 6).map(Number);
  return (idle + waiting) * TICK_MS;
}

export interface Spent<Part extends string> {
  /** Of one processor. */
  shares: Record<Part, number>;
  cpuMs: Record<Part, number>;
  /** What no program used, as a share of one processor. */
  idle: number;
}

/** Processor time of several parts between two moments. */
export function watchProcessors<Part extends string>(
  parts: Record<Part, readonly number[]>,
): () => Spent<Part> {
  const names = Object.keys(parts) as Part[];
  const read = (): number[] => names.map((name) => parts[name].reduce((sum, pid) => sum + cpuMsOf(pid), 0));
  const startedAt = performance.now();
  const idleBefore = idleMs();
  const before = read();
  return () => {
    const spent = read().map((value, index) => value - before[index]!);
    const elapsed = performance.now() - startedAt;
    const entries = (values: readonly number[]): Record<Part, number> =>
      Object.fromEntries(names.map((name, index) => [name, values[index]!])) as Record<Part, number>;
    return {
      shares: entries(spent.map((value) => value / elapsed)),
      cpuMs: entries(spent),
      idle: (idleMs() - idleBefore) / elapsed,
    };
  };
}
