import type { InstanceView } from '../../../src/instances/schema.ts';
import { Tone, type ToneName } from '../kernel/states.tsx';

const ATTENTION: Record<NonNullable<InstanceView['attention']>['kind'], string> = {
  reauthorize: 'Re-authenticate',
  polling_disabled: 'Polling stopped',
  webhook_setup: 'Webhook not set up',
};

/** How an instance does, in two words. */
export function healthOf(instance: InstanceView): { tone: ToneName; label: string } {
  if (instance.disabled) return { tone: 'idle', label: 'Disabled' };
  if (instance.attention !== undefined) return { tone: 'bad', label: ATTENTION[instance.attention.kind] };
  if (!instance.eventsEnabled) return { tone: 'idle', label: 'Events off' };
  return { tone: 'good', label: 'Healthy' };
}

export function Health({ instance }: { instance: InstanceView }) {
  const { tone, label } = healthOf(instance);
  return (
    <span title={instance.attention?.reason}>
      <Tone tone={tone}>{label}</Tone>
    </span>
  );
}

/** `polling`, `webhooks` or `both`; a dash while events are off. */
export function eventType({ eventsEnabled, configuration }: InstanceView): string {
  if (!eventsEnabled) return '–';
  const type = configuration?.['event.vendor.type'];
  return type === 'webhook' || type === 'webhooks'
    ? 'webhooks'
    : typeof type === 'string' && type !== ''
      ? type
      : 'polling';
}
