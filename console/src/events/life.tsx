import { Anchor, Badge, Group, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { Event } from '../../../src/events/schema.ts';
import type { ToneName } from '../kernel/states.tsx';
import { Time } from '../kernel/time.tsx';
import { count, duration } from '../kernel/words.ts';

/** received → normalised → each try. */
export function Life({ event, callback }: { event: Event; callback: string }) {
  const tries = event.tries ?? [];
  return (
    <ol className="timeline">
      <Step tone="good" title="Received" at={event.eventDate}>
        {event.events.some(({ pollDate }) => pollDate !== undefined)
          ? 'Found by a poll.'
          : 'By a webhook of the vendor.'}
      </Step>
      <Step tone="good" title="Normalised">
        {count(event.events.length, 'change')}
      </Step>
      {tries.map((one) => (
        <Step
          key={`${one.attempt}-${one.date}`}
          tone={one.outcome === 'delivered' ? 'good' : 'bad'}
          title={one.outcome === 'delivered' ? `Try ${one.attempt}: accepted` : `Try ${one.attempt}: failed`}
          at={one.date}
        >
          <Group gap={6}>
            {one.status !== null && (
              <Badge variant="default" radius="sm" tt="none">
                HTTP {one.status}
              </Badge>
            )}
            <span>{duration(one.latencyMs)}</span>
          </Group>
          {one.outcome !== 'delivered' && one.response !== '' && (
            <pre className="code" data-wrap style={{ marginTop: 6, maxHeight: 140 }} tabIndex={0}>
              {one.response.slice(0, 1200)}
            </pre>
          )}
        </Step>
      ))}
      <Ending event={event} tries={tries.length} callback={callback} />
    </ol>
  );
}

function Ending({ event, tries, callback }: { event: Event; tries: number; callback: string }) {
  if (event.status === 'NOTIFIED' || event.status === 'CONSUMED') return null;
  if (event.notifiedData === undefined) {
    return (
      <Step tone="idle" title="Kept here only">
        The instance had no callback URL when this happened.
      </Step>
    );
  }
  return (
    <Step tone="busy" title={tries === 0 ? 'Waiting for its first try' : 'To be tried again'}>
      {tries === 0 ? (
        <span className="mono">{callback}</span>
      ) : (
        <>
          See{' '}
          <Anchor component={Link} to="/deliveries" size="sm">
            Deliveries
          </Anchor>{' '}
          for when, or redeliver it now.
        </>
      )}
    </Step>
  );
}

function Step({
  tone,
  title,
  at,
  children,
}: {
  tone: ToneName;
  title: string;
  at?: string;
  children?: ReactNode;
}) {
  return (
    <li data-tone={tone}>
      <Group justify="space-between" gap="xs" wrap="nowrap">
        <Text size="sm" fw={600}>
          {title}
        </Text>
        {at !== undefined && (
          <Text size="xs" c="dimmed" component="span">
            <Time at={at} />
          </Text>
        )}
      </Group>
      <Text size="sm" c="dimmed" component="div">
        {children}
      </Text>
    </li>
  );
}
