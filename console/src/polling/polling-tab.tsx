import { SimpleGrid, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconClockPause } from '@tabler/icons-react';
import type { FeedView } from '../../../src/console/schema.ts';
import type { InstanceView } from '../../../src/instances/schema.ts';
import type { PollerRecordView } from '../../../src/polling/schema.ts';
import { call } from '../api/client.ts';
import { useRefreshInterval } from '../events/live.tsx';
import { Empty, Problem, RowsSkeleton } from '../kernel/states.tsx';
import { useUrlState } from '../kernel/url-state.ts';
import { Budgets } from './budgets.tsx';
import { ReadAgain } from './read-again.tsx';
import { ResourceCard } from './resource-card.tsx';

/** How each resource of an instance is polled. */
export function PollingTab({ instance }: { instance: InstanceView }) {
  const refetchInterval = useRefreshInterval();
  const [params, change] = useUrlState();
  const pollers = useQuery({
    queryKey: ['pollers', instance.id],
    queryFn: ({ signal }) =>
      call<PollerRecordView[]>('GET', '/instances/event-poller-records', { signal, token: instance.token }),
    refetchInterval,
  });
  const feeds = useQuery({
    queryKey: ['feeds', instance.id],
    queryFn: ({ signal }) => call<FeedView[]>('GET', `/console/instances/${instance.id}/feeds`, { signal }),
    refetchInterval,
  });
  if (pollers.isPending) {
    return (
      <div className="card">
        <RowsSkeleton rows={4} />
      </div>
    );
  }
  if (pollers.isError) return <Problem error={pollers.error} retry={() => void pollers.refetch()} />;
  if (pollers.data.length === 0) {
    return (
      <div className="card">
        <Empty title="Nothing is polled" icon={<IconClockPause size={28} />}>
          {instance.eventsEnabled
            ? 'Its event type is webhooks. Choose polling or both under Edit to have the vendor asked as well.'
            : 'Its events are off. Switch Events Enabled on under Edit.'}
        </Empty>
      </div>
    );
  }
  const again = params.get('again');
  return (
    <Stack gap="md">
      <Budgets instanceId={instance.id} />
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        {pollers.data.map((poller) => (
          <ResourceCard
            key={poller.id}
            poller={poller}
            feeds={(feeds.data ?? []).filter(({ objectType }) => objectType === poller.objectType)}
            onReadAgain={() => change({ again: poller.objectType })}
          />
        ))}
      </SimpleGrid>
      <ReadAgain
        instanceId={instance.id}
        objectType={pollers.data.find(({ objectType }) => objectType === again)?.objectType ?? null}
        onClose={() => change({ again: null })}
      />
    </Stack>
  );
}
