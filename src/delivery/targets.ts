import { readEventSettings } from '../instances/event-configuration.ts';
import type { Instance } from '../instances/instance.ts';

/** How to call back, and the snapshot of the instance that its notifications carry, at one configuration version. */
export interface Target {
  configVersion: number;
  url: string;
  signatureKey?: string;
  headers: Record<string, string>;
  basic?: { username: string; password: string };
  snapshot: {
    instance_id: number;
    account_id: number;
    user_id: number;
    element_key: string;
    instance_name: string;
    instance_tags: string[];
  };
}

/** At once when it is in memory. Undefined: the instance has gone. */
export type FindTarget = (
  instanceId: number,
  configVersion: number,
) => Target | undefined | Promise<Target | undefined>;

/** Targets of this many instances are kept in memory. */
const KEPT = 10_000;

/** Reads each instance once per configuration version; a newer one may come than was asked for. */
export function createTargets(load: (instanceId: number) => Promise<Instance | undefined>): FindTarget {
  const kept = new Map<number, Target>();
  const loading = new Map<number, Promise<Target | undefined>>();

  const read = async (instanceId: number): Promise<Target | undefined> => {
    const instance = await load(instanceId);
    if (instance === undefined) return undefined;
    const target = toTarget(instance);
    kept.delete(instanceId);
    kept.set(instanceId, target);
    const oldest = kept.keys().next();
    if (kept.size > KEPT && oldest.done !== true) kept.delete(oldest.value);
    return target;
  };
  return (instanceId, configVersion) => {
    const found = kept.get(instanceId);
    if (found !== undefined && found.configVersion >= configVersion) return found;
    const underWay = loading.get(instanceId);
    // One that was begun for an older version may have read that one.
    if (underWay !== undefined) {
      return underWay.then((target) =>
        target === undefined || target.configVersion >= configVersion ? target : read(instanceId),
      );
    }
    const reading = read(instanceId).finally(() => loading.delete(instanceId));
    loading.set(instanceId, reading);
    return reading;
  };
}

function toTarget(instance: Instance): Target {
  const settings = readEventSettings(instance);
  return {
    configVersion: instance.configVersion,
    url: settings.callbackUrl ?? '',
    headers: settings.callbackHeaders,
    ...(settings.signatureKey !== null && { signatureKey: settings.signatureKey }),
    ...(settings.basic !== null && { basic: settings.basic }),
    snapshot: {
      instance_id: instance.id,
      account_id: instance.accountId,
      user_id: instance.userId,
      element_key: instance.elementKey,
      instance_name: instance.name,
      instance_tags: instance.tags,
    },
  };
}
