import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../database/pool.ts';
import type { Clock } from '../kernel/clock.ts';
import { uuidv7Floor } from '../kernel/ids.ts';
import { findDepth, listEventsAfter, type EventScope } from './log-queries.ts';
import { presentEvent } from './present.ts';
import type { WakeUps } from './wake-ups.ts';

const PAGE = 200;
const LOOK_EVERY_MS = 1000;
/** Between two looks, however often it is woken. */
const REST_MS = 25;
const HEARTBEAT_MS = 15_000;
/** An event may be committed this long after its id was made, behind ones that were shown already. */
const STRAGGLER_MS = 5000;
/** Beyond this many in that time nobody watches for stragglers. */
const MOST_REMEMBERED = 5000;

export interface StreamOptions {
  scope: EventScope & { instanceId?: number | undefined };
  /** Goes on behind this id; without one it shows what is recorded from now on. */
  lastEventId: string | undefined;
  signal: AbortSignal;
}

/** Writes events as they are recorded, oldest first, in the form of server-sent events, until the signal. */
export async function writeStream(
  { db, clock, wakeUps }: { db: Database; clock: Clock; wakeUps: WakeUps },
  response: ServerResponse,
  { scope, lastEventId, signal }: StreamOptions,
): Promise<void> {
  let wake = (): void => {};
  const unsubscribe = wakeUps.on('recorded', () => wake());
  const heartbeat = setInterval(() => response.write(': \n\n'), HEARTBEAT_MS);
  try {
    const start = lastEventId ?? (await findDepth(db, scope, 1)) ?? uuidv7Floor(0);
    const shown = new Set<string>();
    let last = start;
    while (!signal.aborted) {
      let isWoken = false;
      const woken = new Promise<void>((resolve) => {
        wake = () => {
          isWoken = true;
          resolve();
        };
      });
      const recent = uuidv7Floor(clock.now() - STRAGGLER_MS);
      const since = shown.size > MOST_REMEMBERED ? last : max(start, min(last, recent));
      for (const id of shown) if (id <= since) shown.delete(id);
      let after = since;
      for (let isMore = true; isMore && !signal.aborted;) {
        const rows = await listEventsAfter(db, { ...scope, after, limit: PAGE });
        for (const row of rows) {
          after = row.id;
          if (shown.has(row.id)) continue;
          shown.add(row.id);
          last = max(last, row.id);
          const isFlowing = response.write(
            `id: ${row.id}\nevent: event\ndata: ${JSON.stringify(presentEvent(row))}\n\n`,
          );
          if (!isFlowing) await once(response, 'drain', { signal });
        }
        isMore = rows.length === PAGE;
      }
      if (!isWoken) await Promise.race([woken, sleep(LOOK_EVERY_MS, undefined, { signal, ref: false })]);
      await sleep(REST_MS, undefined, { signal });
    }
  } finally {
    clearInterval(heartbeat);
    unsubscribe();
  }
}

function max(a: string, b: string): string {
  return a > b ? a : b;
}

function min(a: string, b: string): string {
  return a < b ? a : b;
}
