import { Pool } from 'undici';
import type { buildConnector } from 'undici';

/** The connections to one origin, and how many requests are on them. */
export interface OriginPool {
  readonly origin: string;
  readonly pool: Pool;
  inFlight: number;
}

export interface Pools {
  /** The pool of an origin, made when there is none; counts one request more. */
  take(origin: string): OriginPool;
  /** One request less; the least recently used idle pool is closed when there are too many. */
  release(entry: OriginPool): void;
  size(): number;
  /** Ends every connection; what is in flight fails with `reason`. */
  destroy(reason: Error): Promise<void>;
}

/** An idle connection is closed before most servers close it (Node's after 5 s), and kept longer where one says so. */
const KEEP_ALIVE_MS = 4_000;
const KEEP_ALIVE_MAX_MS = 30_000;

/**
 * One pool per origin. A pool in use is never closed; the idle ones form a list by last use (a Map keeps the order
 * of insertion), of at most `maxIdlePools`.
 */
export function createPools(deps: {
  connect: buildConnector.connector;
  connectionsPerOrigin: number;
  maxIdlePools: number;
}): Pools {
  const busy = new Map<string, OriginPool>();
  const idle = new Map<string, OriginPool>();

  const open = (origin: string): OriginPool => {
    const pool = new Pool(origin, {
      connect: deps.connect,
      connections: deps.connectionsPerOrigin,
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MAX_MS,
      // One timer per request bounds everything; undici's own would be two more.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    return { origin, pool, inFlight: 0 };
  };

  const closeOldest = (): void => {
    for (const [origin, entry] of idle) {
      idle.delete(origin);
      void entry.pool.close();
      return;
    }
  };

  return {
    take: (origin) => {
      const entry = busy.get(origin) ?? idle.get(origin) ?? open(origin);
      entry.inFlight += 1;
      if (entry.inFlight === 1) {
        idle.delete(origin);
        busy.set(origin, entry);
      }
      return entry;
    },
    release: (entry) => {
      entry.inFlight -= 1;
      if (entry.inFlight > 0) return;
      busy.delete(entry.origin);
      idle.set(entry.origin, entry);
      if (idle.size > deps.maxIdlePools) closeOldest();
    },
    size: () => busy.size + idle.size,
    destroy: async (reason) => {
      await Promise.all([...busy.values(), ...idle.values()].map(async ({ pool }) => pool.destroy(reason)));
      busy.clear();
      idle.clear();
    },
  };
}
