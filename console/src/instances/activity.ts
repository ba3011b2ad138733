import { keepPreviousData, useQueries } from '@tanstack/react-query';
import type { ActivityView } from '../../../src/console/schema.ts';
import { call } from '../api/client.ts';
import { useRefreshInterval } from '../events/live.tsx';

/** As many as one request may ask for. */
const CHUNK = 100;

/**
 * When instances last had an event and were last polled: of those from `first` to `last` of a list. Asked for in whole
 * chunks, so that scrolling a little asks for nothing new.
 */
export function useActivity(
  ids: readonly number[],
  { first, last }: { first: number; last: number },
): ReadonlyMap<number, ActivityView> {
  const refetchInterval = useRefreshInterval();
  const chunks: string[] = [];
  for (let at = first - (first % CHUNK); at <= last && at < ids.length; at += CHUNK)
    chunks.push(ids.slice(at, at + CHUNK).join(','));
  return useQueries({
    queries: chunks.map((chunk) => ({
      queryKey: ['overview', 'activity', chunk],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        call<ActivityView[]>('GET', '/console/activity', { signal, query: { ids: chunk } }),
      refetchInterval,
      placeholderData: keepPreviousData,
    })),
    combine: byInstance,
  });
}

function byInstance(answers: readonly { data?: ActivityView[] | undefined }[]): Map<number, ActivityView> {
  return new Map(answers.flatMap(({ data }) => (data ?? []).map((row) => [row.instanceId, row] as const)));
}
