import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { EndpointView, OverviewView } from '../../../src/console/schema.ts';
import type { DeliveryView, ReplayView } from '../../../src/delivery/schema.ts';
import { call } from '../api/client.ts';
import { useRefreshInterval } from '../events/live.tsx';

/** A callback URL, as much of it as a deactivated one is told by. */
export type Endpoint = OverviewView['stopped'][number];

/** How deliveries do now and in the last hour, or less where much is sent. */
export function useOverview() {
  return useQuery({
    queryKey: ['overview'],
    queryFn: ({ signal }) => call<OverviewView>('GET', '/console/overview', { signal }),
    refetchInterval: useRefreshInterval(),
  });
}

/** Which callbacks to show; `show` absent: all. */
export interface EndpointWish {
  show?: 'waiting' | undefined;
  search?: string | undefined;
  instanceId?: number | undefined;
}

/** Callbacks and what waits for them: those that wait longest first, a hundred at most. */
export function useEndpoints(wish: EndpointWish) {
  return useQuery({
    queryKey: ['overview', 'endpoints', wish],
    queryFn: ({ signal }) =>
      call<EndpointView[]>('GET', '/console/endpoints', { signal, query: { ...wish } }),
    refetchInterval: useRefreshInterval(),
    placeholderData: keepPreviousData,
  });
}

const DELIVERIES = '/notifications/subscriptions/deliveries';
const SHOWN = 100;

/** What waits for one callback URL, in order of arrival; `SHOWN` at most. */
export function useOpenDeliveries(subscriptionId: number, isOpen: boolean) {
  return useQuery({
    queryKey: ['deliveries', subscriptionId],
    queryFn: ({ signal }) =>
      call<DeliveryView[]>('GET', DELIVERIES, {
        signal,
        query: { where: `subscriptionId=${subscriptionId}`, pageSize: SHOWN },
      }),
    enabled: isOpen,
    refetchInterval: useRefreshInterval(),
  });
}

function useRefreshDeliveries() {
  const client = useQueryClient();
  return async () => {
    await Promise.all(
      [['overview'], ['deliveries'], ['events'], ['event']].map((queryKey) =>
        client.invalidateQueries({ queryKey }),
      ),
    );
  };
}

/** Reactivates the subscription and sends everything that waits for it. */
export function useReleaseAll() {
  const refresh = useRefreshDeliveries();
  return useMutation({
    mutationFn: (subscriptionId: number) =>
      call('PUT', DELIVERIES, { query: { where: `subscriptionId=${subscriptionId}`, pageSize: 1 } }),
    onSettled: refresh,
  });
}

export function useRedeliver() {
  const refresh = useRefreshDeliveries();
  return useMutation({
    mutationFn: ({ instanceId, eventId }: { instanceId: number; eventId: string }) =>
      call('POST', `/instances/${instanceId}/events/${eventId}/redeliver`),
    onSettled: refresh,
  });
}

export interface ReplayWish {
  instanceId: number;
  from: string;
  to: string | undefined;
  status: string | undefined;
}

export function useReplay() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ instanceId, dryRun, ...range }: ReplayWish & { dryRun: boolean }) =>
      call<ReplayView>('POST', `/instances/${instanceId}/events/replay`, { body: { ...range, dryRun } }),
    onSettled: (_answer, _error, { instanceId }) =>
      client.invalidateQueries({ queryKey: ['replays', instanceId] }),
  });
}

/** The instance's replays, the newest first; watched closely while one goes on. */
export function useReplays(instanceId: number | null) {
  return useQuery({
    queryKey: ['replays', instanceId],
    queryFn: ({ signal }) => call<ReplayView[]>('GET', `/instances/${instanceId}/events/replays`, { signal }),
    enabled: instanceId !== null,
    refetchInterval: ({ state }) =>
      state.data?.some(({ finishedDate }) => finishedDate === undefined) ? 1000 : false,
  });
}
