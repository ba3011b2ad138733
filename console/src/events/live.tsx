import { useQueryClient } from '@tanstack/react-query';
import { createContext, useContext, useEffect, useState, type ReactNode } from 'react';
import { streamUrl } from '../api/client.ts';

export type LiveState = 'connecting' | 'live' | 'polling';

const Live = createContext<LiveState>('connecting');

/** What changes when an event is recorded or delivered. */
const MOVED_BY_EVENTS = [
  ['events'],
  ['event'],
  ['overview'],
  ['deliveries'],
  ['analytics'],
  ['subscriptions'],
  ['pollers'],
];
const GATHER_MS = 700;
/** The stream tells of what is recorded; a little later most of it is delivered. */
const SETTLED_MS = 2500;
const RETRY_MS = 30_000;
/** How often lists are asked again without the stream, and with it: deliveries that end later are no news of its. */
const POLL_MS = { polling: 5000, connecting: 5000, live: 10_000 } as const;

/**
 * Keeps every screen live: a message of the server's event stream refreshes, at most about once a second, what is shown.
 * Without the stream (an older server, a proxy that holds it back) lists are asked again every few seconds.
 */
export function LiveProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const [state, setState] = useState<LiveState>('connecting');
  useEffect(() => {
    let source: EventSource | undefined;
    let gathering: ReturnType<typeof setTimeout> | undefined;
    let retrying: ReturnType<typeof setTimeout> | undefined;
    let settling: ReturnType<typeof setTimeout> | undefined;
    const refreshAll = (): void => {
      for (const queryKey of MOVED_BY_EVENTS) void client.invalidateQueries({ queryKey });
    };
    const refresh = (): void => {
      gathering ??= setTimeout(() => {
        gathering = undefined;
        refreshAll();
      }, GATHER_MS);
      clearTimeout(settling);
      settling = setTimeout(refreshAll, SETTLED_MS);
    };
    const open = (): void => {
      source = new EventSource(streamUrl('/instances/events/stream'));
      source.addEventListener('open', () => setState('live'));
      source.addEventListener('event', refresh);
      source.addEventListener('error', () => {
        setState('polling');
        if (source?.readyState !== EventSource.CLOSED) return;
        retrying = setTimeout(open, RETRY_MS);
      });
    };
    open();
    return () => {
      source?.close();
      clearTimeout(gathering);
      clearTimeout(settling);
      clearTimeout(retrying);
    };
  }, [client]);
  return <Live value={state}>{children}</Live>;
}

export function useLiveState(): LiveState {
  return useContext(Live);
}

/** For `refetchInterval`. */
export function useRefreshInterval(): number {
  return POLL_MS[useLiveState()];
}
