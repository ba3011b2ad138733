import { useQueries, useQuery } from '@tanstack/react-query';
import type { ElementDetail, ElementMetadata, ElementSummary } from '../../../src/elements/schema.ts';
import { call } from '../api/client.ts';

/** The catalogue changes with a release only. */
const FOR_GOOD = { staleTime: Infinity, gcTime: Infinity };

export function useElements() {
  return useQuery({
    queryKey: ['elements'],
    queryFn: ({ signal }) => call<ElementSummary[]>('GET', '/elements', { signal }),
    ...FOR_GOOD,
  });
}

export function useElement(key: string) {
  return useQuery({
    queryKey: ['elements', key],
    queryFn: ({ signal }) => call<ElementDetail>('GET', `/elements/${encodeURIComponent(key)}`, { signal }),
    ...FOR_GOOD,
  });
}

function metadataQuery(key: string) {
  return {
    queryKey: ['elements', key, 'metadata'],
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      call<ElementMetadata>('GET', `/elements/${encodeURIComponent(key)}/metadata`, { signal }),
    ...FOR_GOOD,
  };
}

export function useMetadata(key: string) {
  return useQuery(metadataQuery(key));
}

export function useAllMetadata(keys: readonly string[]) {
  return useQueries({ queries: keys.map(metadataQuery) });
}
