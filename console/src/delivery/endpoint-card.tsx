import { Anchor, Button, Group, Text } from '@mantine/core';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { useState } from 'react';
import { Link } from 'react-router';
import type { EndpointView } from '../../../src/console/schema.ts';
import type { DeliveryView } from '../../../src/delivery/schema.ts';
import { showDone } from '../api/show-problem.ts';
import { Copyable } from '../kernel/copy.tsx';
import { Empty, Problem, RowsSkeleton, Tone } from '../kernel/states.tsx';
import { Time } from '../kernel/time.tsx';
import { count, duration } from '../kernel/words.ts';
import { useOpenDeliveries, useRedeliver, useReleaseAll } from './queries.ts';

/** One callback: how it does, and what waits for it. */
export function EndpointCard({ endpoint, instance }: { endpoint: EndpointView; instance: string }) {
  const [isOpen, setIsOpen] = useState(false);
  const release = useReleaseAll();
  const { active, waiting, isMore, failures, tries, p95Ms } = endpoint;
  const Chevron = isOpen ? IconChevronDown : IconChevronRight;
  const tone = !active ? 'bad' : waiting > 0 && failures > 0 ? 'warn' : 'good';
  return (
    <section className="card" aria-label={`Callback of ${instance}`}>
      <Group p="md" justify="space-between" gap="md" wrap="wrap">
        <div style={{ minWidth: 0, flex: '1 1 300px' }}>
          <Group gap="sm">
            <Tone tone={tone}>{!active ? 'Deactivated' : tone === 'warn' ? 'Failing' : 'Active'}</Tone>
            {endpoint.instanceId === null ? (
              <Text fw={600}>{instance}</Text>
            ) : (
              <Anchor
                component={Link}
                to={`/instances/${endpoint.instanceId}/deliveries`}
                underline="hover"
                fw={600}
                c="var(--mantine-color-text)"
              >
                {instance}
              </Anchor>
            )}
          </Group>
          <Text size="sm" c="dimmed" component="div" mt={2}>
            <Copyable value={endpoint.url} label="the callback URL" />
          </Text>
          {endpoint.reason !== null && (
            <Text size="sm" c="var(--mantine-color-error)" mt={4}>
              {endpoint.reason}
            </Text>
          )}
          <Text size="xs" c="dimmed" mt={4}>
            {tries === 0
              ? 'No try within the last hour'
              : `Last ${count(tries, 'try', 'tries')} within an hour: ${failures.toLocaleString()} failed`}
            {p95Ms === null ? '' : `, 95 % answered within ${duration(p95Ms)}`}
          </Text>
        </div>
        <Group gap="xs">
          <Button
            size="xs"
            variant="default"
            leftSection={<Chevron size={14} />}
            aria-expanded={isOpen}
            onClick={() => setIsOpen(!isOpen)}
            disabled={waiting === 0}
          >
            {waiting.toLocaleString()}
            {isMore ? '+' : ''} waiting
          </Button>
          <Button
            size="xs"
            loading={release.isPending}
            disabled={waiting === 0 && active}
            onClick={() =>
              release.mutate(endpoint.subscriptionId, {
                onSuccess: () => showDone('What waited is on its way, in order of arrival.'),
              })
            }
          >
            {active ? 'Retry all' : 'Reactivate and retry all'}
          </Button>
        </Group>
      </Group>
      {isOpen && <Waiting endpoint={endpoint} />}
    </section>
  );
}

function Waiting({ endpoint }: { endpoint: EndpointView }) {
  const deliveries = useOpenDeliveries(endpoint.subscriptionId, true);
  if (deliveries.isPending) return <RowsSkeleton rows={3} />;
  if (deliveries.isError) return <Problem error={deliveries.error} retry={() => void deliveries.refetch()} />;
  if (deliveries.data.length === 0) return <Empty title="Nothing waits any more" />;
  return (
    <div style={{ borderTop: '1px solid var(--line)', overflowX: 'auto' }}>
      <table className="rows">
        <thead>
          <tr>
            <th>Event</th>
            <th>Status</th>
            <th className="number">Tries</th>
            <th data-wide>Arrived</th>
            <th data-wide>Next try</th>
            <th />
          </tr>
        </thead>
        <tbody>
          {deliveries.data.map((delivery) => (
            <DeliveryRow key={delivery.notificationId} delivery={delivery} instanceId={endpoint.instanceId} />
          ))}
        </tbody>
      </table>
      {endpoint.waiting > deliveries.data.length && (
        <Text size="xs" c="dimmed" p="sm">
          The first {deliveries.data.length} of {endpoint.waiting.toLocaleString()}.
        </Text>
      )}
    </div>
  );
}

const STATUS = {
  created: { tone: 'idle', label: 'Waiting' },
  retry: { tone: 'warn', label: 'Retrying' },
  queued: { tone: 'bad', label: 'Queued' },
  delivered: { tone: 'good', label: 'Delivered' },
  notified: { tone: 'good', label: 'Delivered' },
} as const;

function DeliveryRow({ delivery, instanceId }: { delivery: DeliveryView; instanceId: number | null }) {
  const redeliver = useRedeliver();
  const { tone, label } = STATUS[delivery.status];
  return (
    <tr>
      <td>
        <Anchor component={Link} to={`/events/${delivery.notificationId}`} size="sm" className="mono">
          …{delivery.notificationId.slice(-12)}
        </Anchor>
      </td>
      <td>
        <Tone tone={tone}>{label}</Tone>
      </td>
      <td className="number">{delivery.attempts}</td>
      <td data-wide>
        <Time at={delivery.createdDate} />
      </td>
      <td data-wide>
        {delivery.nextTryDate === undefined ? (
          'when asked for'
        ) : (
          <Time at={delivery.nextTryDate} relative future />
        )}
      </td>
      <td className="number">
        {instanceId !== null && (
          <Button
            size="compact-xs"
            variant="default"
            loading={redeliver.isPending}
            onClick={() => redeliver.mutate({ instanceId, eventId: delivery.notificationId })}
            aria-label={`Retry event ${delivery.notificationId}`}
          >
            Retry
          </Button>
        )}
      </td>
    </tr>
  );
}
