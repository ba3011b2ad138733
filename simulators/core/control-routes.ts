import type { SimulatorClock } from './clock.ts';
import type { Faults } from './faults.ts';
import { readFaultRules } from './read-fault-rules.ts';
import type { RequestLog } from './request-log.ts';
import { readJson } from './route.ts';
import type { Route, SimulatorReply } from './route.ts';

/** Routes under here drive a simulator from another process; no authentication, no faults, not logged. */
export const CONTROL_PREFIX = '/__simulator/';

export interface Controlled {
  clock: SimulatorClock;
  faults: Faults;
  requests: RequestLog;
}

/** `/__simulator/clock`, `/__simulator/faults` and `/__simulator/requests`. */
export function controlRoutes({ clock, faults, requests }: Controlled): Route[] {
  const time = (): SimulatorReply => ({
    status: 200,
    body: { now: clock.now(), iso: new Date(clock.now()).toISOString(), frozen: clock.isFrozen() },
  });
  return [
    { method: 'GET', path: '/__simulator/clock', handle: time },
    {
      method: 'POST',
      path: '/__simulator/clock',
      handle: (request) => {
        const problem = moveClock(clock, readJson(request));
        return problem ? refuse(problem) : time();
      },
    },
    {
      method: 'GET',
      path: '/__simulator/faults',
      handle: () => ({ status: 200, body: { rules: faults.list() } }),
    },
    {
      method: 'POST',
      path: '/__simulator/faults',
      handle: (request) => {
        const rules = readFaultRules(readJson(request));
        return typeof rules === 'string'
          ? refuse(rules)
          : { status: 201, body: { ids: faults.add(...rules) } };
      },
    },
    {
      method: 'DELETE',
      path: '/__simulator/faults',
      handle: () => {
        faults.clear();
        return { status: 204 };
      },
    },
    {
      method: 'GET',
      path: '/__simulator/requests',
      handle: ({ query }) => ({
        status: 200,
        body: {
          count: requests.count(),
          requests: requests.list(query.get('path') ?? undefined, query.get('method') ?? undefined),
        },
      }),
    },
    {
      method: 'DELETE',
      path: '/__simulator/requests',
      handle: () => {
        requests.clear();
        return { status: 204 };
      },
    },
  ];
}

/** Body: any of `{ set: ms or ISO text, advance: ms, frozen: boolean }`. Returns what is wrong with it. */
function moveClock(clock: SimulatorClock, body: unknown): string | undefined {
  const { set, advance, frozen } = (body ?? {}) as Record<string, unknown>;
  const target = typeof set === 'string' ? Date.parse(set) : set;
  if (target !== undefined && (typeof target !== 'number' || !Number.isFinite(target))) {
    return '`set` must be milliseconds since 1970 or an ISO-8601 text';
  }
  if (advance !== undefined && (typeof advance !== 'number' || !Number.isFinite(advance))) {
    return '`advance` must be milliseconds';
  }
  if (frozen === true) clock.freeze();
  if (frozen === false) clock.resume();
  if (typeof target === 'number') clock.set(target);
  if (typeof advance === 'number') clock.advance(advance);
  return undefined;
}

const refuse = (message: string): SimulatorReply => ({ status: 400, body: { error: message } });
