/* Real instances, created through the API as a client does. */
import type { WorldPlaces } from './load.ts';
import type { TidingsNode } from './tidings-node.ts';

/** Requests under way at a time. */
const AT_A_TIME = 16;

/**
 * Creates instances of Pipedrive, each a company of its own, that are told of changes by webhooks which prove
 * themselves by HTTP Basic, or are polled. Each calls back to a path of its own; the last one, on another origin. Their
 * ids, in the order of the paths.
 */
export async function createInstances(
  node: TidingsNode,
  places: WorldPlaces,
  {
    count,
    method,
    progress,
  }: { count: number; method: 'webhook' | 'polling'; progress?: (n: number) => void },
): Promise<number[]> {
  const ids: number[] = [];
  let begun = 0;
  const work = async (): Promise<void> => {
    while (begun < count) {
      const index = begun;
      begun += 1;
      const port = places.callbacks[index === count - 1 ? 1 : 0];
      const made = await node.call<{ id: number }>('POST', '/instances', {
        element: { key: 'pipedrive' },
        name: `Instance ${index}`,
        tags: ['bench'],
        configuration: {
          'authentication.type': 'accessToken',
          'pipedrive.api.token': `t${index + 1}`,
          'base.url': `http://127.0.0.1:${places.vendor}/v1`,
          'event.notification.enabled': true,
          'event.notification.callback.url': `http://127.0.0.1:${port}/i/${index}`,
          'event.notification.signature.key': 'a-signature-key-of-the-bench',
          'event.vendor.type': method,
          ...(method === 'webhook'
            ? { 'event.inbound.basic.username': 'vendor', 'event.inbound.basic.password': 'secret' }
            : {
                'event.poller.refresh_interval': 15,
                'event.poller.configuration': { contacts: { url: '/hubs/crm/contacts', idField: 'id' } },
              }),
        },
      });
      ids[index] = made.id;
      progress?.(index + 1);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  return ids;
}
