import type { Instance } from '../../instances/instance.ts';
import type { JsonObject } from '../../kernel/json.ts';

/** A connected Pipedrive account. */
export function pipedriveInstance(
  id: number,
  configuration: JsonObject,
  more: Partial<Instance> = {},
): Instance {
  return {
    id,
    accountId: 2,
    userId: 2,
    name: 'Pipedrive',
    elementKey: 'pipedrive',
    tags: [],
    configuration,
    disabled: false,
    eventsEnabled: false,
    configVersion: 1,
    tenantId: null,
    facts: {},
    attention: null,
    createdAt: 0,
    ...more,
  };
}
