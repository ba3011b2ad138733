import type { InstanceRow } from './queries.ts';

/** Whether whoever knows the webhook URL can send events for the instance now. */
export function isUnsigned({ eventsEnabled, disabled, eventType, signed }: InstanceRow): boolean {
  return eventsEnabled && !disabled && eventType !== 'polling' && !signed;
}
