/* Starting what Tidings is held against, and how to load it. */
import type { LoadOrder } from './load.ts';
import type { Rival, RivalOrder } from './rival.ts';
import type { Stage } from './stage.ts';

export interface StartedRival {
  /** What a load needs to know to reach it. */
  target: Pick<LoadOrder, 'ports' | 'paths' | 'body'>;
  pid: number;
  stop: () => void;
}

/** Where everything that is not Tidings calls back. */
export function callbackUrl({ places }: Pick<Stage, 'places'>): string {
  return `http://127.0.0.1:${places.callbacks[0]}/i/0`;
}

/** The most this machine can do: in, signed, out, nothing stored. */
export async function startBare(stage: Stage): Promise<StartedRival> {
  return start(stage, { kind: 'bare', callbackUrl: callbackUrl(stage) });
}

/** graphile-worker in its own schema of `databaseUrl`. */
export async function startQueue(
  stage: Stage,
  { databaseUrl, module }: { databaseUrl: string; module: string },
): Promise<StartedRival> {
  return start(stage, { kind: 'queue', callbackUrl: callbackUrl(stage), databaseUrl, module });
}

async function start(stage: Stage, order: RivalOrder): Promise<StartedRival> {
  const { answer, pid, stop } = await stage.child(new URL('rival.ts', import.meta.url), order);
  return { target: { ports: [(answer as Rival).port], paths: ['/'], body: 'webhook' }, pid, stop };
}
