import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { InstanceRowView } from '../../../src/console/schema.ts';
import type { CountView, InstanceView } from '../../../src/instances/schema.ts';
import { call } from '../api/client.ts';

/** What `POST /instances` and `PUT /instances/{id}` take. */
export interface InstanceRequest {
  element: { key: string };
  name: string;
  tags?: string[];
  providerData?: { code: string; state?: string };
  configuration: Record<string, unknown>;
}

export type InstanceRow = InstanceRowView;

/** More instances than this no list shows. */
export const MOST_INSTANCES = 10_000;
/** As many as the server gives at once. */
const PAGE = 2000;

/** Every instance the user may see, with what lists show of it. */
export function useInstances() {
  return useQuery({
    queryKey: ['instances'],
    queryFn: async ({ signal }) => {
      const rows: InstanceRow[] = [];
      for (let isMore = true; isMore && rows.length < MOST_INSTANCES;) {
        const query = { after: rows.at(-1)?.id };
        const page = await call<InstanceRow[]>('GET', '/console/instances', { signal, query });
        rows.push(...page);
        isMore = page.length === PAGE;
      }
      return rows;
    },
    refetchInterval: 30_000,
  });
}

export function useInstance(id: number) {
  return useQuery({
    queryKey: ['instances', id],
    queryFn: ({ signal }) => call<InstanceView>('GET', `/instances/${id}`, { signal }),
    refetchInterval: 20_000,
  });
}

export function useInstanceCount() {
  return useQuery({
    queryKey: ['instances', 'count'],
    queryFn: ({ signal }) => call<CountView>('GET', '/instances/count', { signal }),
  });
}

/** A change of instances; every list of them is read again. `path` after `/instances`. */
export function useChangeInstance<V = void, T = InstanceView>(
  change: (variables: V) => { method: string; path: string; body?: unknown },
  onError?: (error: unknown) => void,
) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (variables: V) => {
      const { method, path, body } = change(variables);
      return call<T>(method, `/instances${path}`, { body });
    },
    ...(onError !== undefined && { onError }),
    onSettled: () => client.invalidateQueries({ queryKey: ['instances'] }),
  });
}

/** The text of a configuration entry; empty when it is not set, or no text. */
export function configured(instance: InstanceView | undefined, key: string): string {
  const value = instance?.configuration?.[key];
  return typeof value === 'string' ? value : '';
}
