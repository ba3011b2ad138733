import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { IconRefresh } from '@tabler/icons-react';
import { call } from '../api/client.ts';
import { count } from '../kernel/words.ts';

interface Polled {
  objectType: string;
  records: number;
  events: number;
  error?: string;
}

/** Polls now, whatever the schedule, and says what came of it. */
export function PollNow({ instanceId, size = 'xs' }: { instanceId: number; size?: 'xs' | 'sm' }) {
  const client = useQueryClient();
  const poll = useMutation({
    mutationFn: () => call<{ polled: Polled[] }>('POST', `/instances/${instanceId}/poll`),
    onSuccess: ({ polled }) => {
      const failed = polled.filter(({ error }) => error !== undefined);
      const events = polled.reduce((sum, one) => sum + one.events, 0);
      notifications.show({
        color: failed.length > 0 ? 'red' : 'teal',
        title:
          failed.length > 0
            ? `Polling ${failed.map(({ objectType }) => objectType).join(', ')} failed`
            : 'Polled',
        message:
          failed.length > 0
            ? failed.map(({ error }) => error).join(' ')
            : `${count(events, 'event')} in ${polled.map(({ objectType }) => objectType).join(', ')}.`,
      });
    },
    onSettled: async () => {
      await Promise.all(
        [['events'], ['pollers'], ['feeds'], ['overview'], ['instances']].map((queryKey) =>
          client.invalidateQueries({ queryKey }),
        ),
      );
    },
  });
  return (
    <Button
      size={size}
      variant="default"
      leftSection={<IconRefresh size={15} />}
      loading={poll.isPending}
      onClick={() => poll.mutate()}
    >
      Poll now
    </Button>
  );
}
