import type { Off } from './schedule-queries.ts';

/** Why an instance is not polled, and what helps. `reason`: why its polling was disabled. */
export function whyOff(off: Off, reason: string | null): string {
  if (off === 'events_off')
    return 'Events are off, or come by webhook: set event.notification.enabled and event.vendor.type.';
  if (off === 'instance_disabled') return 'The instance, its user or its account is disabled.';
  return `Polling was disabled: ${reason ?? 'sign in again'}`;
}
