import { readEventSettings } from '../instances/event-configuration.ts';
import type { Instance } from '../instances/instance.ts';
import type { Target } from './send.ts';

/** Callback settings of this many instances are kept in memory. */
const KEPT = 10_000;

/**
 * How to call each instance back, read once per configuration version. Undefined when the instance has gone.
 */
export function createTargets(
  load: (instanceId: number) => Promise<Instance | undefined>,
): (instanceId: number, configVersion: number) => Promise<Target | undefined> {
  const kept = new Map<number, { configVersion: number; target: Target }>();
  return async (instanceId, configVersion) => {
    const found = kept.get(instanceId);
    if (found !== undefined && found.configVersion >= configVersion) return found.target;
    const instance = await load(instanceId);
    if (instance === undefined) return undefined;
    const settings = readEventSettings(instance);
    const target: Target = {
      headers: settings.callbackHeaders,
      ...(settings.signatureKey !== null && { signatureKey: settings.signatureKey }),
      ...(settings.basic !== null && { basic: settings.basic }),
    };
    kept.set(instanceId, { configVersion: instance.configVersion, target });
    const oldest = kept.keys().next();
    if (kept.size > KEPT && oldest.done !== true) kept.delete(oldest.value);
    return target;
  };
}
