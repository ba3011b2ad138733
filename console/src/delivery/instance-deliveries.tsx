import { Anchor, Stack, Text } from '@mantine/core';
import { Link } from 'react-router';
import type { InstanceView } from '../../../src/instances/schema.ts';
import { configured } from '../instances/queries.ts';
import { SendTestEvent } from '../instances/test-event.tsx';
import { Empty, Problem, RowsSkeleton, Section } from '../kernel/states.tsx';
import { EndpointCard } from './endpoint-card.tsx';
import { useEndpoints } from './queries.ts';
import { Replay } from './replay.tsx';

/** What waits for an instance's callback, a test of it, and sending again. */
export function InstanceDeliveries({ instance }: { instance: InstanceView }) {
  const endpoints = useEndpoints({ instanceId: instance.id });
  const callback = configured(instance, 'event.notification.callback.url');
  if (endpoints.isError) return <Problem error={endpoints.error} retry={() => void endpoints.refetch()} />;
  if (endpoints.isPending) return <RowsSkeleton rows={3} />;
  if (callback === '') {
    return (
      <div className="card">
        <Empty title="No callback URL">
          Events of this instance are kept here only. Set a callback URL under{' '}
          <Anchor component={Link} to={`/instances/${instance.id}/edit`} size="sm">
            Edit
          </Anchor>{' '}
          to have them delivered.
        </Empty>
      </div>
    );
  }
  return (
    <Stack gap="md">
      {endpoints.data.map((endpoint) => (
        <EndpointCard key={endpoint.subscriptionId} endpoint={endpoint} instance={instance.name} />
      ))}
      <Section title="Test">
        <SendTestEvent elementKey={instance.element.key} url={callback} instanceId={instance.id} />
      </Section>
      <Section title="Replay">
        <Text size="sm" c="dimmed" mb="sm">
          Sends the events of a time range again, in their order.
        </Text>
        <Replay instanceId={instance.id} />
      </Section>
    </Stack>
  );
}
