import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../database/pool.ts';
import type { Clock } from '../kernel/clock.ts';
import { presentEvent } from './present.ts';
import { startTail, type TailScope } from './stream-tail.ts';
import type { WakeUps } from './wake-ups.ts';

const LOOK_EVERY_MS = 1000;
/** Between two looks, however often it is woken. */
const REST_MS = 25;
const HEARTBEAT_MS = 15_000;

export interface StreamOptions {
  scope: TailScope;
  /** Goes on behind this id; without one it shows what is recorded from now on. */
  lastEventId: string | undefined;
  signal: AbortSignal;
}

/** Writes events as they are recorded in the form of server-sent events, each once, until the signal. */
export async function writeStream(
  deps: { db: Database; clock: Clock; wakeUps: WakeUps },
  response: ServerResponse,
  { scope, lastEventId, signal }: StreamOptions,
): Promise<void> {
  let wake = (): void => {};
  const unsubscribe = deps.wakeUps.on('recorded', () => wake());
  const heartbeat = setInterval(() => response.write(': \n\n'), HEARTBEAT_MS);
  try {
    const tail = await startTail(deps, scope, lastEventId);
    while (!signal.aborted) {
      let isWoken = false;
      const woken = new Promise<void>((resolve) => {
        wake = () => {
          isWoken = true;
          resolve();
        };
      });
      for await (const row of tail.look()) {
        // A client resumes at the last id it was told: never one that something may still come far behind.
        const id = tail.isSafe(row.id) ? `id: ${row.id}\n` : '';
        const isFlowing = response.write(`${id}event: event\ndata: ${JSON.stringify(presentEvent(row))}\n\n`);
        if (!isFlowing) await once(response, 'drain', { signal });
        if (signal.aborted) return;
      }
      if (!isWoken) await Promise.race([woken, sleep(LOOK_EVERY_MS, undefined, { signal, ref: false })]);
      await sleep(REST_MS, undefined, { signal });
    }
  } finally {
    clearInterval(heartbeat);
    unsubscribe();
  }
}
