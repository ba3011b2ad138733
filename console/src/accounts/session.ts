import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { SessionView } from '../../../src/console/schema.ts';
import { callConsole } from '../api/client.ts';

const KEY = ['session'];
const RENEW_EVERY_MS = 10 * 60 * 1000;

/** Who is signed in; asked again now and then, which prolongs the session. */
export function useSession() {
  return useQuery({
    queryKey: KEY,
    queryFn: () => callConsole<SessionView>('GET', '/session'),
    refetchInterval: RENEW_EVERY_MS,
    staleTime: 60_000,
  });
}

/** What the console knows of the server, for screens behind the sign-in. */
export function useServer(): NonNullable<SessionView['server']> {
  const { data } = useSession();
  return (
    data?.server ?? {
      version: '',
      publicUrl: location.origin,
      retentionDays: 0,
      queueRetentionDays: 0,
      simulators: [],
    }
  );
}

export function useMe(): NonNullable<SessionView['user']> | null {
  return useSession().data?.user ?? null;
}

export function useSignIn() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (credentials: { email: string; password: string }) =>
      callConsole<SessionView>('POST', '/session', credentials),
    onSuccess: (session) => {
      client.setQueryData(KEY, session);
    },
    onError: () => {},
  });
}

export function useSignOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => callConsole<SessionView>('DELETE', '/session'),
    onSuccess: () => {
      client.setQueryData(KEY, { user: null });
      // Nothing of what was shown stays for whoever signs in next.
      client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== KEY[0] });
    },
  });
}
