import type { ConnectorContext, Resource } from '../connectors/define-connector.ts';
import { GiveUp } from '../connectors/failures.ts';
import type { Instance } from '../instances/instance.ts';
import type { Clock, EpochMs } from '../kernel/clock.ts';
import type { Json } from '../kernel/json.ts';
import type { VendorCalls } from './vendor-calls.ts';

/** Discoveries kept in memory; of a Salesforce object one is some 10 KB. */
const MAX_KEPT = 2000;

interface Discovery {
  configVersion: number;
  keptUntil: EpochMs;
  value: Promise<Json>;
}

export interface Contexts {
  /** What the connector's functions need to know of an instance; asks the vendor when the resource discovers. */
  of: (instance: Instance, resource: Resource) => Promise<ConnectorContext>;
  /** Drops what was discovered: the vendor refused a field that is no longer there. */
  forget: (instance: Instance, resource: Resource) => void;
  /** Runs `work`, and once more with a fresh discovery when the vendor refuses the request made from a kept one. */
  within<T>(
    instance: Instance,
    resource: Resource,
    work: (context: ConnectorContext) => Promise<T>,
  ): Promise<T>;
}

/** Keeps what resources discover of the vendor per instance; callers at the same time share one question. */
export function createContexts({ vendor, clock }: { vendor: VendorCalls; clock: Clock }): Contexts {
  const kept = new Map<string, Discovery>();
  const keyOf = (instance: Instance, resource: Resource): string => `${instance.id}:${resource.name}`;

  const forget: Contexts['forget'] = (instance, resource) => {
    kept.delete(keyOf(instance, resource));
  };

  const discover = (instance: Instance, resource: Resource): Promise<Json> | null => {
    const { discover } = resource;
    if (discover === undefined) return null;
    const key = keyOf(instance, resource);
    const known = kept.get(key);
    if (known?.configVersion === instance.configVersion && known.keptUntil > clock.now()) return known.value;
    const request = discover.request(contextOf(instance, null, clock));
    const value = vendor.call(instance, request).then((response) => discover.read(response));
    const entry = { configVersion: instance.configVersion, keptUntil: clock.now() + discover.ttlMs, value };
    kept.delete(key);
    kept.set(key, entry);
    for (const oldest of kept.keys()) {
      if (kept.size <= MAX_KEPT) break;
      kept.delete(oldest);
    }
    // A failed question is asked again by the next caller; whoever waits for this one hears of the failure.
    value.catch(() => {
      if (kept.get(key) === entry) kept.delete(key);
    });
    return value;
  };

  const of: Contexts['of'] = async (instance, resource) =>
    contextOf(instance, await discover(instance, resource), clock);

  return {
    of,
    forget,
    within: async (instance, resource, work) => {
      const wasKept = kept.has(keyOf(instance, resource));
      try {
        return await work(await of(instance, resource));
      } catch (error) {
        if (!wasKept || !(error instanceof GiveUp) || error.status !== 400) throw error;
        forget(instance, resource);
        return work(await of(instance, resource));
      }
    },
  };
}

function contextOf(instance: Instance, discovered: Json | null, clock: Clock): ConnectorContext {
  return { configuration: instance.configuration, facts: instance.facts, discovered, now: clock.now() };
}
