import { Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { Event } from '../../../src/events/schema.ts';
import type { InstanceView } from '../../../src/instances/schema.ts';
import { useServer } from '../accounts/session.ts';
import { call } from '../api/client.ts';
import { EventRow } from '../events/event-row.tsx';
import { useRefreshInterval } from '../events/live.tsx';
import { Section, Tone } from '../kernel/states.tsx';
import { PollNow } from '../polling/poll-now.tsx';
import { isPolled } from './event-type.ts';
import { configured } from './queries.ts';
import { SendTestEvent } from './test-event.tsx';

const SHOWN = 5;

/** Waits, with whoever connected it, for the first change of a new instance, and shows it the moment it is found. */
export function FirstEvent({ instance }: { instance: InstanceView }) {
  const events = useQuery({
    queryKey: ['events', 'first', instance.id],
    queryFn: ({ signal }) =>
      call<Event[]>('GET', `/instances/${instance.id}/events`, { signal, query: { pageSize: SHOWN } }),
    refetchInterval: useRefreshInterval(),
  });
  const found = events.data ?? [];
  const callback = configured(instance, 'event.notification.callback.url');
  return (
    <Section
      title="The first event"
      actions={
        <span role="status">
          <Tone tone={found.length > 0 ? 'good' : 'busy'} live={found.length === 0}>
            {found.length > 0 ? 'It is here' : 'Waiting for a change'}
          </Tone>
        </span>
      }
      padded={false}
    >
      {found.length > 0 && (
        <ul className="plain" aria-label="First events">
          {found.map((event) => (
            <li key={event.id} style={{ height: 46 }}>
              <EventRow event={event} isFresh instance={null} />
            </li>
          ))}
        </ul>
      )}
      <Stack gap="sm" p="md">
        <Text size="sm" c="dimmed">
          <WhatToDo instance={instance} />
        </Text>
        <Group align="flex-start">
          {isPolled(instance) && <PollNow instanceId={instance.id} />}
          {callback !== '' && (
            <SendTestEvent elementKey={instance.element.key} url={callback} instanceId={instance.id} />
          )}
        </Group>
      </Stack>
    </Section>
  );
}

function WhatToDo({ instance }: { instance: InstanceView }) {
  const { simulators } = useServer();
  const vendor = instance.element.name;
  const isSimulated = simulators.some(
    ({ elementKey, configuration }) =>
      elementKey === instance.element.key && configuration['base.url'] === configured(instance, 'base.url'),
  );
  const minutes = configured(instance, 'event.poller.refresh_interval') || '15';
  const then = isPolled(instance)
    ? `The next poll, within ${minutes} minutes, finds it; “Poll now” does at once.`
    : 'Its webhook brings it here at once.';
  return isSimulated
    ? `The simulated ${vendor} changes a record every few seconds. ${then}`
    : `Change a record in ${vendor}. ${then}`;
}
