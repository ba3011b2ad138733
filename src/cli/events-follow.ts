import { setTimeout as sleep } from 'node:timers/promises';
import type { Event } from '../events/schema.ts';
import { isoMillis } from '../kernel/clock.ts';
import { ApiError, type ApiClient, type Query } from './api-client.ts';

const LOOK_EVERY_MS = 1000;
/** An event may be committed this long after its date, behind ones that were shown already. */
const STRAGGLER_MS = 10_000;
const PAGE_SIZE = 100;

/**
 * The events recorded from now on, oldest first, until the signal. A server that is away for a while is asked on.
 *
 * It reads the list again and again: the server's event stream would need an egress that hands an answer on while
 * it arrives.
 * @throws ApiError when the first look fails, or asking on is useless
 */
export async function* followEvents(
  client: ApiClient,
  { path, query, signal }: { path: string; query: Query; signal: AbortSignal },
): AsyncGenerator<Event, void> {
  const look = async (from: string | undefined): Promise<Event[]> => {
    const found: Event[] = [];
    for await (const page of client.pages<Event>(path, { ...query, from, pageSize: PAGE_SIZE }))
      found.push(...page);
    return found.reverse();
  };
  const [newest] = await client.get<Event[]>(path, { ...query, pageSize: 1 });
  let from = newest === undefined ? undefined : earlier(newest.eventDate);
  let shown = new Set((newest === undefined ? [] : await look(from)).map(({ id }) => id));
  while (await pause(signal)) {
    const found = await look(from).catch(passing);
    if (found === undefined) continue;
    for (const event of found) if (!shown.has(event.id)) yield event;
    shown = new Set(found.map(({ id }) => id));
    const last = found.at(-1);
    if (last !== undefined) from = earlier(last.eventDate);
  }
}

/** False when it is time to stop. */
async function pause(signal: AbortSignal): Promise<boolean> {
  return sleep(LOOK_EVERY_MS, true, { signal }).catch(() => false);
}

function passing(error: unknown): undefined {
  if (error instanceof ApiError && error.isPassing) return undefined;
  throw error;
}

function earlier(date: string): string {
  return isoMillis(Date.parse(date) - STRAGGLER_MS);
}
