import { Alert, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconClockPause } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { FeedView } from '../../../src/console/schema.ts';
import type { InstanceView } from '../../../src/instances/schema.ts';
import type { PollerRecordView } from '../../../src/polling/schema.ts';
import { call } from '../api/client.ts';
import { useRefreshInterval } from '../events/live.tsx';
import { Empty, Problem, RowsSkeleton, Tone } from '../kernel/states.tsx';
import { Time } from '../kernel/time.tsx';
import { count, duration } from '../kernel/words.ts';
import { Lateness } from './lateness.tsx';

const STATUS = {
  ok: { tone: 'good', label: 'Polled' },
  waiting: { tone: 'idle', label: 'Not polled yet' },
  failing: { tone: 'bad', label: 'Failing' },
  paused: { tone: 'warn', label: 'Paused' },
  stopped: { tone: 'bad', label: 'Stopped' },
} as const;

/** How each resource of an instance is polled. */
export function PollingTab({ instance }: { instance: InstanceView }) {
  const refetchInterval = useRefreshInterval();
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
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }}>
      {pollers.data.map((poller) => (
        <Resource
          key={poller.id}
          poller={poller}
          feeds={(feeds.data ?? []).filter(({ objectType }) => objectType === poller.objectType)}
        />
      ))}
    </SimpleGrid>
  );
}

function Resource({ poller, feeds }: { poller: PollerRecordView; feeds: FeedView[] }) {
  const { tone, label } = STATUS[poller.status];
  return (
    <section className="card" aria-label={poller.objectType} style={{ padding: 16 }}>
      <Group justify="space-between" mb="sm">
        <Text fw={600}>{poller.objectType}</Text>
        <Tone tone={tone}>{label}</Tone>
      </Group>
      <SimpleGrid cols={2} spacing="sm" verticalSpacing={10}>
        <Fact name="Last poll">
          {poller.lastPollDate === null ? 'not yet' : <Time at={poller.lastPollDate} relative />}
        </Fact>
        <Fact name="Next poll">
          {poller.nextPollDate === null ? 'never' : <Time at={poller.nextPollDate} relative future />}
        </Fact>
        {feeds.map((feed) => (
          <Fact key={feed.feed} name={feeds.length > 1 ? `Cursor (${feed.feed})` : 'Cursor'}>
            {feed.cursor === null ? 'no pass is complete yet' : <Time at={feed.cursor} />}
          </Fact>
        ))}
        {feeds[0] !== undefined && (
          <Fact name="Known records">
            {count(feeds[0].knownRecords, 'record')}
            {feeds[0].baselineDone ? '' : ', baseline under way'}
          </Fact>
        )}
        {poller.reconcile !== undefined && (
          <Fact name="Search for deletions">
            {poller.reconcile.nextDate === null ? (
              'off'
            ) : (
              <Time at={poller.reconcile.nextDate} relative future />
            )}
            , every {duration(poller.reconcile.intervalMinutes * 60_000)}
          </Fact>
        )}
        <Fact name="Largest lateness of 7 days">{largest(feeds)}</Fact>
      </SimpleGrid>
      {feeds.map((feed) => (feed.lateness.length > 0 ? <Lateness key={feed.feed} feed={feed} /> : null))}
      <Stack gap={6} mt="sm">
        {poller.lastError !== undefined && poller.consecutiveFailures > 0 && (
          <Alert color="red" p="xs">
            {count(poller.consecutiveFailures, 'failure')} in a row: {poller.lastError}
          </Alert>
        )}
        {poller.reconcile?.note !== undefined && (
          <Text size="xs" c="dimmed">
            {poller.reconcile.note}
          </Text>
        )}
        {poller.warnings.map((warning) => (
          <Alert key={warning} color="yellow" p="xs">
            {warning}
          </Alert>
        ))}
      </Stack>
    </section>
  );
}

function largest(feeds: readonly FeedView[]): string {
  const ms = Math.max(0, ...feeds.flatMap(({ lateness }) => lateness.map(({ maxMs }) => maxMs)));
  return ms === 0 ? 'none was late' : duration(ms);
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div style={{ minWidth: 0 }}>
      <Text size="xs" c="dimmed">
        {name}
      </Text>
      <Text size="sm" component="div" className="clip">
        {children}
      </Text>
    </div>
  );
}
