import { Anchor, Button, Group, Skeleton, Text } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { Endpoint } from '../delivery/queries.ts';
import { healthOf } from '../instances/health.tsx';
import { useInstance, type InstanceRow } from '../instances/queries.ts';
import { isUnsigned } from '../instances/unsigned.ts';
import { Section, Tone } from '../kernel/states.tsx';
import { count } from '../kernel/words.ts';
import { Remedy } from './remedy.tsx';

/** Of each kind; whoever has more trouble than that looks at the list. */
const SHOWN = 5;

interface AttentionProps {
  instances: readonly InstanceRow[];
  stopped: readonly Endpoint[];
}

/** What needs a person, each with what helps. */
export function Attention({ instances, stopped }: AttentionProps) {
  const troubled = instances.filter((instance) => healthOf(instance).tone === 'bad');
  const unsigned = instances.filter(isUnsigned);
  const nameOf = (id: number | null): string =>
    instances.find((one) => one.id === id)?.name ?? 'a subscription';
  return (
    <Section title="Needs attention" padded={false}>
      {troubled.length + stopped.length + unsigned.length === 0 ? (
        <Group p="md" gap="sm" wrap="nowrap">
          <IconCircleCheck size={20} color="var(--tone-good)" aria-hidden style={{ flex: 'none' }} />
          <Text size="sm">Nothing does. Every account is signed in and every callback is active.</Text>
        </Group>
      ) : (
        <ul style={{ listStyle: 'none', margin: 0, padding: 0 }}>
          {troubled.slice(0, SHOWN).map((instance) => (
            <Trouble
              key={`instance-${instance.id}`}
              title={instance.name}
              to={`/instances/${instance.id}`}
              label={healthOf(instance).label}
              reason={instance.attention?.reason ?? ''}
              remedy={<InstanceRemedy id={instance.id} />}
            />
          ))}
          <More of={troubled.length} what="instance" to="/instances?health=attention" />
          {stopped.slice(0, SHOWN).map((endpoint) => (
            <Trouble
              key={`endpoint-${endpoint.subscriptionId}`}
              title={nameOf(endpoint.instanceId)}
              to={
                endpoint.instanceId === null ? '/deliveries' : `/instances/${endpoint.instanceId}/deliveries`
              }
              label="Callback deactivated"
              reason={endpoint.reason ?? ''}
              remedy={<Remedy endpoint={endpoint} />}
            />
          ))}
          <More of={stopped.length} what="callback" to="/deliveries" />
          {unsigned.slice(0, SHOWN).map((instance) => (
            <Trouble
              key={`unsigned-${instance.id}`}
              title={instance.name}
              to={`/instances/${instance.id}/webhooks`}
              label="Webhooks unsigned"
              tone="warn"
              reason="Whoever knows the webhook URL can send events."
              remedy={
                <Button size="xs" variant="default" component={Link} to={`/instances/${instance.id}/edit`}>
                  Set a secret
                </Button>
              }
            />
          ))}
          <More of={unsigned.length} what="instance" to="/instances?health=unsigned" />
        </ul>
      )}
    </Section>
  );
}

/** Whose trouble is of a kind that only the whole instance tells. */
function InstanceRemedy({ id }: { id: number }) {
  const instance = useInstance(id);
  return instance.data === undefined ? <Skeleton h={30} w={96} /> : <Remedy instance={instance.data} />;
}

function More({ of, what, to }: { of: number; what: string; to: string }) {
  if (of <= SHOWN) return null;
  return (
    <li className="trouble">
      <Anchor component={Link} to={to} size="sm">
        {count(of - SHOWN, `more ${what}`)}
      </Anchor>
    </li>
  );
}

interface TroubleProps {
  title: string;
  to: string;
  label: string;
  reason: string;
  remedy: ReactNode;
  tone?: 'bad' | 'warn';
}

function Trouble({ title, to, label, reason, remedy, tone = 'bad' }: TroubleProps) {
  return (
    <li className="trouble">
      <Group justify="space-between" gap="sm" wrap="nowrap">
        <div style={{ minWidth: 0 }}>
          <Group gap="sm">
            <Anchor
              component={Link}
              to={to}
              size="sm"
              underline="hover"
              fw={600}
              c="var(--mantine-color-text)"
            >
              {title}
            </Anchor>
            <Text size="sm" component="span">
              <Tone tone={tone}>{label}</Tone>
            </Text>
          </Group>
          <Text size="xs" c="dimmed" lineClamp={2}>
            {reason}
          </Text>
        </div>
        <div style={{ flex: 'none' }}>{remedy}</div>
      </Group>
    </li>
  );
}
