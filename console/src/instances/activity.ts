import { useQuery } from '@tanstack/react-query';
import type { ActivityView } from '../../../src/console/schema.ts';
import { call } from '../api/client.ts';
import { useRefreshInterval } from '../events/live.tsx';

/** When each instance last had an event and was last polled. */
export function useActivity() {
  return useQuery({
    queryKey: ['overview', 'activity'],
    queryFn: async ({ signal }) => {
      const rows = await call<ActivityView[]>('GET', '/console/activity', { signal });
      return new Map(rows.map((row) => [row.instanceId, row]));
    },
    refetchInterval: useRefreshInterval(),
  });
}
