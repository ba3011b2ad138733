import type { InstanceView } from '../../../src/instances/schema.ts';
import { configured } from './queries.ts';

/** How changes are found, in people's words. */
export const EVENT_TYPE_NAMES: Record<string, string> = {
  polling: 'Polling',
  webhook: 'Webhooks',
  both: 'Both',
};

/** Whether the vendor is asked for changes now. */
export function isPolled(instance: InstanceView): boolean {
  const { eventsEnabled, disabled } = instance;
  return eventsEnabled && !disabled && !/^webhooks?$/.test(configured(instance, 'event.vendor.type'));
}
