import type { SimulatorReply, SimulatorRequest } from './route.ts';
import { createRandom } from './random.ts';
import type { Random } from './random.ts';

/** What happens instead of (or to) the simulator's own answer. */
export type FaultEffect =
  /** Answered without reaching the route. An object body goes out as JSON. */
  | { kind: 'reply'; status: number; body?: unknown; headers?: Record<string, string> }
  /** A reply the vendor's simulator knows by name, such as `rate-limit`. */
  | { kind: 'vendor'; name: string }
  /** The true answer after `ms` of real time; without `ms` never. */
  | { kind: 'hang'; ms?: number }
  /** The connection is cut: before the route ran, or `after` (the write happened, its answer is lost). */
  | { kind: 'drop'; when?: 'before' | 'after' }
  /** The true answer's first `bytes` (default half of it), then the connection is cut. */
  | { kind: 'truncate'; bytes?: number }
  /** 200 with a body that claims to be JSON and is not. */
  | { kind: 'malformed-json'; status?: number }
  /** An HTML page such as a proxy's. */
  | { kind: 'html'; status?: number }
  /** A JSON body of about this many bytes. */
  | { kind: 'huge'; bytes: number };

export interface FaultRule {
  method?: string;
  /** The request's path starts with this. */
  path?: string;
  /** This call only, counted from 1 among the calls that match. */
  nth?: number;
  /** In [0, 1]; drawn from `seed` (default 1), so a run can be repeated. */
  probability?: number;
  seed?: number;
  /** Fires at most this often, then is ignored. */
  times?: number;
  effect: FaultEffect;
}

export interface Faults {
  /** Adds rules after the present ones; the first that fires wins. Returns their ids. */
  add(...rules: FaultRule[]): number[];
  /** Every rule with how often it matched and fired. */
  list(): Array<{ id: number; rule: FaultRule; matched: number; fired: number }>;
  clear(): void;
  /** The effect for this request, if any; counts. Called by `listen` once for each request. */
  take(request: Pick<SimulatorRequest, 'method' | 'path'>): FaultEffect | undefined;
  /** Names `{ kind: 'vendor' }` can use. */
  vendorReply(name: string): SimulatorReply | undefined;
}

/** Replies a vendor's simulator offers by name; each is built when it fires. */
export type VendorReplies = Record<string, () => SimulatorReply>;

interface Active {
  id: number;
  rule: FaultRule;
  random: Random;
  matched: number;
  fired: number;
}

export function createFaults(vendorReplies: VendorReplies = {}): Faults {
  let active: Active[] = [];
  let lastId = 0;
  return {
    add: (...rules) =>
      rules.map((rule) => {
        lastId += 1;
        active.push({ id: lastId, rule, random: createRandom(rule.seed ?? 1), matched: 0, fired: 0 });
        return lastId;
      }),
    list: () => active.map(({ id, rule, matched, fired }) => ({ id, rule, matched, fired })),
    clear() {
      active = [];
    },
    take(request) {
      for (const one of active) {
        if (!matches(one.rule, request)) continue;
        one.matched += 1;
        if (!fires(one)) continue;
        one.fired += 1;
        return one.rule.effect;
      }
      return undefined;
    },
    vendorReply: (name) => vendorReplies[name]?.(),
  };
}

function matches(rule: FaultRule, request: Pick<SimulatorRequest, 'method' | 'path'>): boolean {
  if (rule.method !== undefined && rule.method.toUpperCase() !== request.method) return false;
  return rule.path === undefined || request.path.startsWith(rule.path);
}

function fires(one: Active): boolean {
  const { rule } = one;
  if (rule.times !== undefined && one.fired >= rule.times) return false;
  if (rule.nth !== undefined && one.matched !== rule.nth) return false;
  return rule.probability === undefined || one.random.next() < rule.probability;
}
