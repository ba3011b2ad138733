import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { InboundView } from '../../../src/console/schema.ts';
import type { WebhookView } from '../../../src/webhooks/schema.ts';
import { call, download } from '../api/client.ts';
import { useRefreshInterval } from '../events/live.tsx';

const KEY = 'webhooks';
/** The watchdog looks at vendors far less often; a person who sets something up wants to see it soon. */
const LOOK_MS = 10_000;

/** How an instance hears of changes by webhook. */
export function useWebhooks(instanceId: number) {
  return useQuery({
    queryKey: [KEY, instanceId],
    queryFn: ({ signal }) => call<WebhookView>('GET', `/instances/${instanceId}/webhooks`, { signal }),
    refetchInterval: LOOK_MS,
  });
}

/** Saves the instance as it is, which brings what exists at the vendor in step with it. */
export function useSetUpAgain(instanceId: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => call('PATCH', `/instances/${instanceId}`, { body: {} }),
    onSettled: async () => {
      await Promise.all(
        [[KEY, instanceId], ['instances']].map((queryKey) => client.invalidateQueries({ queryKey })),
      );
    },
  });
}

/** What an administrator deploys at the vendor, as a file of the browser. */
export function useDownloadPackage(instanceId: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (path: string) => download(path),
    onSuccess: () => client.invalidateQueries({ queryKey: [KEY, instanceId] }),
  });
}

/** The last webhooks that came in. */
export function useInbound(instanceId: number) {
  return useQuery({
    queryKey: ['events', 'inbound', instanceId],
    queryFn: ({ signal }) =>
      call<InboundView[]>('GET', `/console/instances/${instanceId}/inbound`, { signal }),
    refetchInterval: useRefreshInterval(),
  });
}
