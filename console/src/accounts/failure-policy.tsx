import { Radio, Skeleton, Stack } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { Settings } from '../../../src/accounts/schema.ts';
import { call } from '../api/client.ts';
import { showDone } from '../api/show-problem.ts';
import { Problem, Section } from '../kernel/states.tsx';
import { useMe } from './session.ts';

const POLICY = 'notification.webhook.failure.policy';

/** What happens to a notification that a callback does not accept. */
export function FailurePolicy() {
  const client = useQueryClient();
  const me = useMe();
  const settings = useQuery({
    queryKey: ['settings'],
    queryFn: ({ signal }) => call<Settings>('GET', '/accounts/settings', { signal }),
  });
  const change = useMutation({
    mutationFn: (policy: string) =>
      call<Settings>('PATCH', '/accounts/settings', { body: { [POLICY]: policy } }),
    onSuccess: (answer) => {
      client.setQueryData(['settings'], answer);
      showDone('The failure policy was changed.');
    },
  });
  return (
    <Section title="When a callback fails">
      {settings.isError && <Problem error={settings.error} retry={() => void settings.refetch()} />}
      {settings.isPending && <Skeleton h={80} />}
      {settings.isSuccess && (
        <Radio.Group
          aria-label="Failure policy"
          value={settings.data[POLICY]}
          onChange={(policy) => change.mutate(policy)}
          readOnly={me?.role === 'member'}
        >
          <Stack gap="md">
            <Radio
              value="retry"
              label="Retry"
              disabled={me?.role === 'member'}
              description="Tries again after 4, 16, 64 … seconds, nine times within three days. Then the callback is deactivated, and what follows is queued."
            />
            <Radio
              value="queue"
              label="Queue"
              disabled={me?.role === 'member'}
              description="Tries once. What fails waits until somebody asks for it under Deliveries, or by the API."
            />
          </Stack>
        </Radio.Group>
      )}
    </Section>
  );
}
