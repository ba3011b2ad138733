import type { EpochMs } from './clock.ts';

/** One answered (or dropped) request. */
export interface LoggedRequest {
  method: string;
  path: string;
  /** Raw query text without the `?`. */
  query: string;
  /** 0 when the connection was dropped or never answered. */
  status: number;
  at: EpochMs;
}

/** The last requests of a simulator, oldest first. */
export interface RequestLog {
  add(request: LoggedRequest): void;
  /** Those whose method is `method` (when given) and whose path starts with `pathPrefix`. */
  list(pathPrefix?: string, method?: string): LoggedRequest[];
  /** All requests since the start or the last `clear`, also those no longer kept. */
  count(): number;
  clear(): void;
}

/** Keeps the last `limit` requests; older ones fall out. */
export function createRequestLog(limit = 10_000): RequestLog {
  let kept: LoggedRequest[] = [];
  let total = 0;
  return {
    add(request) {
      total += 1;
      kept.push(request);
      // Trimmed in one go at twice the limit, so that a busy simulator does not shift on every request.
      if (kept.length >= limit * 2) kept = kept.slice(-limit);
    },
    list: (pathPrefix = '', method) =>
      kept
        .slice(-limit)
        .filter((one) => one.path.startsWith(pathPrefix) && (method === undefined || one.method === method)),
    count: () => total,
    clear() {
      kept = [];
      total = 0;
    },
  };
}
