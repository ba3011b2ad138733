import { Button } from '@mantine/core';
import { Link } from 'react-router';
import type { InstanceView } from '../../../src/instances/schema.ts';
import { showDone } from '../api/show-problem.ts';
import { useReleaseAll, type Endpoint } from '../delivery/queries.ts';
import { useChangeInstance } from '../instances/queries.ts';

/** What helps, in one click. */
export function Remedy({ instance, endpoint }: { instance?: InstanceView; endpoint?: Endpoint }) {
  const release = useReleaseAll();
  const change = useChangeInstance<{ method: string; path: string; body?: unknown }>((request) => request);
  if (endpoint !== undefined) {
    return (
      <Button
        size="xs"
        loading={release.isPending}
        onClick={() =>
          release.mutate(endpoint.subscriptionId, {
            onSuccess: () => showDone('The callback is active again.'),
          })
        }
      >
        Reactivate
      </Button>
    );
  }
  if (instance === undefined) return null;
  switch (instance.attention?.kind) {
    case 'polling_disabled':
      return (
        <Button
          size="xs"
          loading={change.isPending}
          onClick={() => change.mutate({ method: 'PUT', path: `/${instance.id}/enabled` })}
        >
          Enable again
        </Button>
      );
    case 'webhook_setup':
      return (
        <Button
          size="xs"
          loading={change.isPending}
          onClick={() => change.mutate({ method: 'PATCH', path: `/${instance.id}`, body: {} })}
        >
          Try again
        </Button>
      );
    case 'deletions_held':
      return (
        <Button size="xs" component={Link} to={`/instances/${instance.id}/deletions`}>
          Look at them
        </Button>
      );
    case 'reauthorize':
    case undefined:
      return (
        <Button size="xs" component={Link} to={`/instances/${instance.id}/edit`}>
          Re-Authenticate
        </Button>
      );
  }
}
