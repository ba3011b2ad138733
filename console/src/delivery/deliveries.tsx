import { Stack, Text } from '@mantine/core';
import { IconMailCheck } from '@tabler/icons-react';
import { useInstances } from '../instances/queries.ts';
import { Empty, PageTitle, Problem, RowsSkeleton, Section } from '../kernel/states.tsx';
import { useUrlState } from '../kernel/url-state.ts';
import { count } from '../kernel/words.ts';
import { EndpointCard } from './endpoint-card.tsx';
import { useOverview } from './queries.ts';
import { Replay } from './replay.tsx';
import { EndpointFilter } from './endpoint-filter.tsx';

/** What callbacks have not accepted yet, by callback, and sending again. */
export function Component() {
  const overview = useOverview();
  const instances = useInstances();
  const [params, change] = useUrlState();
  const search = (params.get('search') ?? '').toLowerCase();
  const show = params.get('show') ?? 'waiting';
  const nameOf = (id: number | null): string =>
    instances.data?.find((one) => one.id === id)?.name ?? (id === null ? 'Subscription' : `#${id}`);
  const endpoints = (overview.data?.endpoints ?? [])
    .filter(({ waiting, active }) => show === 'all' || waiting > 0 || !active)
    .filter(({ url, instanceId }) => `${url} ${nameOf(instanceId)}`.toLowerCase().includes(search))
    .sort((a, b) => b.waiting - a.waiting);
  return (
    <>
      <PageTitle
        title="Deliveries"
        hint="What callbacks have not accepted yet, and sending again what they lost."
      >
        <EndpointFilter search={params.get('search') ?? ''} show={show} change={change} />
      </PageTitle>
      <Stack gap="md">
        {overview.isPending && (
          <div className="card">
            <RowsSkeleton rows={4} />
          </div>
        )}
        {overview.isError && <Problem error={overview.error} retry={() => void overview.refetch()} />}
        {endpoints.map((endpoint) => (
          <EndpointCard
            key={endpoint.subscriptionId}
            endpoint={endpoint}
            instance={nameOf(endpoint.instanceId)}
          />
        ))}
        {overview.isSuccess && endpoints.length === 0 && (
          <div className="card">
            {show === 'waiting' && search === '' ? (
              <Empty title="Nothing waits" icon={<IconMailCheck size={28} />}>
                Every callback accepted what it was sent.{' '}
                {overview.data.endpoints.length > 0 &&
                  `${count(overview.data.endpoints.length, 'callback')} in all.`}
              </Empty>
            ) : (
              <Empty title="No callback matches">
                Search for a part of its address or of the instance’s name.
              </Empty>
            )}
          </div>
        )}
        <Section title="Replay">
          <Text size="sm" c="dimmed" mb="sm">
            Sends the events of a time range again, in their order, to the instance’s callback. Their ids stay
            the same.
          </Text>
          <Replay />
        </Section>
      </Stack>
    </>
  );
}
