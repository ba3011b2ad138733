import { Anchor, Button, Group, Skeleton, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { IconRepeat } from '@tabler/icons-react';
import { Link, useParams } from 'react-router';
import type { Event } from '../../../src/events/schema.ts';
import { call } from '../api/client.ts';
import { showDone } from '../api/show-problem.ts';
import { configured, useInstance } from '../instances/queries.ts';
import { Copyable } from '../kernel/copy.tsx';
import { PageTitle, Problem, Section, Tone } from '../kernel/states.tsx';
import { Changes } from './changes.tsx';
import { Life } from './life.tsx';
import { Payloads } from './payloads.tsx';
import { STATUS_WORDS, useEvent } from './queries.ts';

/** One event: its life, what the vendor sent, and what was sent on. */
export function Component() {
  const { eventId = '' } = useParams();
  const event = useEvent(eventId);
  if (event.isError) return <Problem error={event.error} retry={() => void event.refetch()} />;
  if (event.isPending) return <Skeleton h={420} radius="lg" />;
  return <Shown event={event.data} />;
}

function Shown({ event }: { event: Event }) {
  const instance = useInstance(event.instanceId);
  const status = STATUS_WORDS[event.status];
  const [first, ...more] = event.events;
  const callback = configured(instance.data, 'event.notification.callback.url');
  return (
    <>
      <PageTitle
        name={first === undefined ? 'Hint' : `${first.objectType} ${first.objectId}`}
        title={
          <Group gap="sm" component="span">
            {first !== undefined && (
              <span className="kind" data-kind={first.eventType}>
                {first.eventType}
              </span>
            )}
            {first === undefined ? 'Hint' : `${first.objectType} ${first.objectId}`}
            {more.length > 0 && <Text c="dimmed" span>{`and ${more.length} more`}</Text>}
          </Group>
        }
        hint={
          <Group gap="xs">
            <Copyable value={event.id} label="the event id" />
            <span>
              of{' '}
              <Anchor component={Link} to={`/instances/${event.instanceId}`} size="sm">
                {instance.data?.name ?? `instance ${event.instanceId}`}
              </Anchor>
            </span>
          </Group>
        }
      >
        <Redeliver event={event} hasCallback={event.notifiedData !== undefined} />
      </PageTitle>
      <div className="split" data-aside-first>
        <Stack gap="md">
          <Section title="Changes" padded={false}>
            <Changes event={event} />
          </Section>
          <Payloads event={event} callback={callback} />
        </Stack>
        <aside>
          <Section title="Its life" actions={<Tone tone={status.tone}>{status.label}</Tone>}>
            <Life event={event} callback={callback} />
          </Section>
        </aside>
      </div>
    </>
  );
}

function Redeliver({ event, hasCallback }: { event: Event; hasCallback: boolean }) {
  const client = useQueryClient();
  const redeliver = useMutation({
    mutationFn: () => call('POST', `/instances/${event.instanceId}/events/${event.id}/redeliver`),
    onSuccess: () => showDone('The event is on its way again.'),
    onSettled: async () => {
      await new Promise((resolve) => {
        setTimeout(resolve, 400);
      });
      await client.invalidateQueries({ queryKey: ['event', event.id] });
    },
  });
  return (
    <Button
      leftSection={<IconRepeat size={16} />}
      onClick={() => redeliver.mutate()}
      loading={redeliver.isPending}
      disabled={!hasCallback}
      title={hasCallback ? undefined : 'The instance had no callback URL when this happened.'}
    >
      Redeliver
    </Button>
  );
}
