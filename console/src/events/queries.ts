import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import type { Event, EventStatus } from '../../../src/events/schema.ts';
import { call, callPage } from '../api/client.ts';
import { useRefreshInterval } from './live.tsx';

const PAGE_SIZE = 200;

/** What the list is narrowed to; absent: everything. */
export interface EventFilter {
  instanceId?: string | undefined;
  status?: string | undefined;
  eventType?: string | undefined;
  objectType?: string | undefined;
  objectId?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
}

/**
 * The log, newest first. Only its first page is kept fresh; what was read of the rest stays as it was, so that ten
 * thousand rows cost no more than the first two hundred.
 */
export function useEvents(filter: EventFilter) {
  const client = useQueryClient();
  const refetchInterval = useRefreshInterval();
  const read = (nextPage: string | undefined, signal: AbortSignal) => {
    const { instanceId, ...rest } = filter;
    const path = instanceId === undefined ? '/instances/events' : `/instances/${instanceId}/events`;
    return callPage<Event[]>('GET', path, { signal, query: { ...rest, nextPage, pageSize: PAGE_SIZE } });
  };
  const pages = useInfiniteQuery({
    queryKey: ['event-pages', filter],
    queryFn: ({ pageParam, signal }) => read(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.nextPage,
    staleTime: Infinity,
    gcTime: 0,
  });
  const head = useQuery({
    queryKey: ['events', filter],
    queryFn: async ({ signal }) => (await read(undefined, signal)).body,
    refetchInterval,
    placeholderData: keepPreviousData,
    enabled: pages.isSuccess,
  });
  const { data: fresh, isPlaceholderData } = head;
  const read1 = pages.data?.pages;
  const newestRead = read1?.[0]?.body[0]?.id;
  const oldestFresh = fresh?.at(-1)?.id;
  // More arrived between two looks than one page holds: the list starts anew, or rows would be missing between.
  const hasGap =
    !isPlaceholderData &&
    fresh?.length === PAGE_SIZE &&
    (newestRead ?? '') < (oldestFresh ?? '') &&
    newestRead !== undefined;
  useEffect(() => {
    if (hasGap) void client.resetQueries({ queryKey: ['event-pages', filter] });
  }, [client, filter, hasGap]);

  const events = useMemo(() => {
    const byId = new Map<string, Event>();
    if (!isPlaceholderData) for (const event of fresh ?? []) byId.set(event.id, event);
    for (const page of read1 ?? [])
      for (const event of page.body) if (!byId.has(event.id)) byId.set(event.id, event);
    return [...byId.values()].sort((a, b) => (a.id < b.id ? 1 : -1));
  }, [fresh, isPlaceholderData, read1]);
  return { ...pages, events };
}

export function useEvent(id: string) {
  const refetchInterval = useRefreshInterval();
  return useQuery({
    queryKey: ['event', id],
    queryFn: ({ signal }) => call<Event>('GET', `/instances/events/${id}`, { signal }),
    refetchInterval,
  });
}

/** A status in people's words, and how it looks. */
export const STATUS_WORDS: Record<
  EventStatus,
  { label: string; tone: 'good' | 'busy' | 'warn' | 'idle'; hint: string }
> = {
  NEW: { label: 'New', tone: 'idle', hint: 'Received, not looked at yet.' },
  RECEIVED: {
    label: 'Received',
    tone: 'idle',
    hint: 'Recorded; it waits for its first try, or has no callback.',
  },
  DISPATCHED: { label: 'Trying', tone: 'warn', hint: 'Sent to the callback, which has not accepted it yet.' },
  CONSUMED: { label: 'Hint', tone: 'idle', hint: 'A webhook that only told what to read.' },
  NOTIFIED: { label: 'Delivered', tone: 'good', hint: 'The callback accepted it.' },
};
