import type { InstanceView } from '../../../src/instances/schema.ts';
import { Tone, type ToneName } from '../kernel/states.tsx';

type Shown = Pick<InstanceView, 'disabled' | 'eventsEnabled' | 'attention'>;

const ATTENTION: Record<string, string> = {
  reauthorize: 'Re-authenticate',
  polling_disabled: 'Polling stopped',
  webhook_setup: 'Webhook not set up',
  deletions_held: 'Deletions on hold',
};

/** How an instance does, in two words. */
export function healthOf({ disabled, eventsEnabled, attention }: Shown): { tone: ToneName; label: string } {
  if (disabled) return { tone: 'idle', label: 'Disabled' };
  if (attention !== undefined) return { tone: 'bad', label: ATTENTION[attention.kind] ?? 'Needs attention' };
  if (!eventsEnabled) return { tone: 'idle', label: 'Events off' };
  return { tone: 'good', label: 'Healthy' };
}

export function Health({ instance }: { instance: Shown }) {
  const { tone, label } = healthOf(instance);
  return (
    <span title={instance.attention?.reason}>
      <Tone tone={tone}>{label}</Tone>
    </span>
  );
}
