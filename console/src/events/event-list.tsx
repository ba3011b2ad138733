import { Button, Group, Loader, Select, Text } from '@mantine/core';
import { IconInbox, IconSearch } from '@tabler/icons-react';
import { useCallback, useEffect, useMemo, useState } from 'react';
import type { Event } from '../../../src/events/schema.ts';
import { useInstances } from '../instances/queries.ts';
import { SearchInput } from '../kernel/search-input.tsx';
import { Empty, Problem, RowsSkeleton } from '../kernel/states.tsx';
import { useUrlState } from '../kernel/url-state.ts';
import { useIsNarrow, VirtualRows } from '../kernel/virtual-rows.tsx';
import { EventRow } from './event-row.tsx';
import { STATUS_WORDS, useEvents, type EventFilter } from './queries.ts';

const WIDE_ROW = 42;
const NARROW_ROW = 60;

/** The live log, of one instance or of all, its filters in the URL. */
export function EventList({ instanceId }: { instanceId?: number }) {
  const [params, change] = useUrlState();
  const filter: EventFilter = useMemo(() => {
    const given = (name: string): string | undefined => params.get(name) ?? undefined;
    return {
      instanceId: instanceId === undefined ? given('instance') : String(instanceId),
      status: given('status'),
      eventType: given('change'),
      objectType: given('type'),
      objectId: given('object'),
      from: given('from'),
      to: given('to'),
    };
  }, [params, instanceId]);
  const log = useEvents(filter);
  const isFiltered = [
    'status',
    'change',
    'type',
    'object',
    'from',
    'to',
    ...(instanceId === undefined ? ['instance'] : []),
  ].some((name) => params.has(name));
  return (
    <section className="card" aria-label="Events" style={{ overflow: 'hidden' }}>
      <Filters instanceId={instanceId} params={params} change={change} />
      {log.isPending && <RowsSkeleton rows={10} />}
      {log.isError && <Problem error={log.error} retry={() => void log.refetch()} />}
      {log.isSuccess && log.events.length > 0 && (
        <Rows
          events={log.events}
          showInstance={instanceId === undefined}
          hasMore={log.hasNextPage}
          isReading={log.isFetchingNextPage}
          readMore={() => void log.fetchNextPage()}
        />
      )}
      {log.isSuccess && log.events.length === 0 && (
        <Nothing
          isFiltered={isFiltered}
          clear={() =>
            change({ status: '', change: '', type: '', object: '', from: '', to: '', instance: '' })
          }
        />
      )}
    </section>
  );
}

function Nothing({ isFiltered, clear }: { isFiltered: boolean; clear: () => void }) {
  if (isFiltered) {
    return (
      <Empty
        title="No event matches"
        icon={<IconSearch size={28} />}
        action={
          <Button variant="default" onClick={clear}>
            Clear the filters
          </Button>
        }
      >
        Widen or clear the filters above.
      </Empty>
    );
  }
  return (
    <Empty title="No events yet" icon={<IconInbox size={28} />}>
      Change a record at the vendor. It appears here after the next poll, or as soon as the vendor’s webhook
      arrives.
    </Empty>
  );
}

interface FiltersProps {
  instanceId: number | undefined;
  params: URLSearchParams;
  change: (changes: Record<string, string | null>) => void;
}

function Filters({ instanceId, params, change }: FiltersProps) {
  const instances = useInstances();
  const names = (instances.data ?? []).map(({ id, name }) => ({ value: String(id), label: name }));
  return (
    <div className="filters">
      <SearchInput
        label="Search by object id"
        placeholder="Object id"
        value={params.get('object') ?? ''}
        onChange={(object) => change({ object })}
      />
      <Select
        aria-label="Change"
        placeholder="Any change"
        clearable
        size="xs"
        w={132}
        data={[
          { value: 'CREATED', label: 'Created' },
          { value: 'UPDATED', label: 'Updated' },
          { value: 'DELETED', label: 'Deleted' },
        ]}
        value={params.get('change')}
        onChange={(value) => change({ change: value })}
      />
      <SearchInput
        label="Object type"
        placeholder="Object type"
        value={params.get('type') ?? ''}
        onChange={(type) => change({ type })}
        width={132}
      />
      <Select
        aria-label="Status"
        placeholder="Any status"
        clearable
        size="xs"
        w={132}
        data={Object.entries(STATUS_WORDS).map(([value, { label }]) => ({ value, label }))}
        value={params.get('status')}
        onChange={(status) => change({ status })}
      />
      {instanceId === undefined && (
        <Select
          aria-label="Instance"
          placeholder="Any instance"
          clearable
          searchable
          limit={100}
          size="xs"
          w={170}
          data={names}
          value={params.get('instance')}
          onChange={(instance) => change({ instance })}
        />
      )}
    </div>
  );
}

interface RowsProps {
  events: readonly Event[];
  showInstance: boolean;
  hasMore: boolean;
  isReading: boolean;
  readMore: () => void;
}

function Rows({ events, showInstance, hasMore, isReading, readMore }: RowsProps) {
  const isNarrow = useIsNarrow();
  const instances = useInstances();
  const names = useMemo(
    () => new Map((instances.data ?? []).map(({ id, name }) => [id, name])),
    [instances.data],
  );
  const fresh = useFresh(events);
  const [last, setLast] = useState(0);
  useEffect(() => {
    if (hasMore && !isReading && last >= events.length - 30) readMore();
  }, [hasMore, isReading, last, events.length, readMore]);
  return (
    <>
      <VirtualRows
        items={events}
        keyOf={({ id }) => id}
        rowHeight={isNarrow ? NARROW_ROW : WIDE_ROW}
        list={{
          className: 'event-list',
          role: 'list',
          'aria-label': 'Events, newest first',
          tabIndex: 0,
        }}
        row={() => ({ role: 'listitem' })}
        onShown={useCallback((_first: number, shown: number) => setLast(shown), [])}
      >
        {(event) => (
          <EventRow
            event={event}
            isFresh={fresh.has(event.id)}
            instance={showInstance ? (names.get(event.instanceId) ?? `#${event.instanceId}`) : null}
          />
        )}
      </VirtualRows>
      <Group px="md" py={6} gap="xs" style={{ borderTop: '1px solid var(--line)' }} mih={32}>
        <Text size="xs" c="dimmed" role="status">
          {events.length.toLocaleString()}{' '}
          {hasMore
            ? 'read, more below'
            : events.length === 1
              ? 'event, all there is'
              : 'events, all there are'}
        </Text>
        {isReading && <Loader size={12} aria-label="Reading more" />}
      </Group>
    </>
  );
}

/** Events that came while the list was shown. */
function useFresh(events: readonly Event[]): ReadonlySet<string> {
  const [newestAtStart] = useState(() => events[0]?.id ?? '');
  return useMemo(() => {
    const found = new Set<string>();
    for (const { id } of events) {
      if (id <= newestAtStart) break;
      found.add(id);
    }
    return found;
  }, [events, newestAtStart]);
}
