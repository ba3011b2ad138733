import { Stack, Text } from '@mantine/core';
import { IconMailCheck, IconSearch } from '@tabler/icons-react';
import { useMemo } from 'react';
import { useInstances } from '../instances/queries.ts';
import { Empty, PageTitle, Problem, RowsSkeleton, Section } from '../kernel/states.tsx';
import { useUrlState } from '../kernel/url-state.ts';
import { EndpointCard } from './endpoint-card.tsx';
import { EndpointFilter } from './endpoint-filter.tsx';
import { useEndpoints } from './queries.ts';
import { Replay } from './replay.tsx';

/** What callbacks have not accepted yet, by callback, and sending again. */
export function Component() {
  const [params, change] = useUrlState();
  const search = params.get('search') ?? '';
  const isAll = params.get('show') === 'all';
  const endpoints = useEndpoints({
    show: isAll ? undefined : 'waiting',
    search: search === '' ? undefined : search,
  });
  const instances = useInstances();
  const names = useMemo(
    () => new Map((instances.data ?? []).map(({ id, name }) => [id, name])),
    [instances.data],
  );
  const nameOf = (id: number | null): string =>
    id === null ? 'Subscription' : (names.get(id) ?? `Instance ${id}`);
  return (
    <>
      <PageTitle
        title="Deliveries"
        hint="What callbacks have not accepted yet, and sending again what they lost."
      >
        <EndpointFilter search={search} show={isAll ? 'all' : 'waiting'} change={change} />
      </PageTitle>
      <Stack gap="md">
        {endpoints.isPending && (
          <div className="card">
            <RowsSkeleton rows={4} />
          </div>
        )}
        {endpoints.isError && <Problem error={endpoints.error} retry={() => void endpoints.refetch()} />}
        {endpoints.data?.map((endpoint) => (
          <EndpointCard
            key={endpoint.subscriptionId}
            endpoint={endpoint}
            instance={nameOf(endpoint.instanceId)}
          />
        ))}
        {endpoints.isSuccess && endpoints.data.length === 0 && (
          <div className="card">
            <Nothing isSearched={search !== ''} isAll={isAll} />
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

function Nothing({ isSearched, isAll }: { isSearched: boolean; isAll: boolean }) {
  if (isSearched) {
    return (
      <Empty title="No callback matches" icon={<IconSearch size={28} />}>
        Search for a part of its address or of the instance’s name
        {isAll ? '.' : ', or show all of them: here are only those with work.'}
      </Empty>
    );
  }
  if (isAll) {
    return (
      <Empty title="No callback yet" icon={<IconMailCheck size={28} />}>
        Give an instance an Event Notification Callback URL, and its changes are sent there.
      </Empty>
    );
  }
  return (
    <Empty title="Nothing waits" icon={<IconMailCheck size={28} />}>
      Every callback accepted what it was sent.
    </Empty>
  );
}
