import { Alert, Button, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { IconHistory } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { FeedView } from '../../../src/console/schema.ts';
import type { PollerRecordView } from '../../../src/polling/schema.ts';
import { Tone } from '../kernel/states.tsx';
import { Time } from '../kernel/time.tsx';
import { count, duration } from '../kernel/words.ts';
import { Lateness } from './lateness.tsx';
import { PollBars } from './poll-bars.tsx';

const STATUS = {
  ok: { tone: 'good', label: 'Polled' },
  waiting: { tone: 'idle', label: 'Not polled yet' },
  failing: { tone: 'bad', label: 'Failing' },
  paused: { tone: 'warn', label: 'Paused' },
  stopped: { tone: 'bad', label: 'Stopped' },
} as const;

interface ResourceCardProps {
  poller: PollerRecordView;
  feeds: FeedView[];
  onReadAgain: () => void;
}

/** How one resource is polled: when, how far, what the last polls read, and what stands in the way. */
export function ResourceCard({ poller, feeds, onReadAgain }: ResourceCardProps) {
  const { tone, label } = STATUS[poller.status];
  return (
    <section className="card" aria-label={poller.objectType} style={{ padding: 16 }}>
      <Group justify="space-between" mb="sm">
        <Group gap="sm">
          <Text fw={600}>{poller.objectType}</Text>
          <Text size="sm" component="span">
            <Tone tone={tone}>{label}</Tone>
          </Text>
        </Group>
        {poller.status !== 'stopped' && feeds.every(({ baselineDone }) => baselineDone) && (
          <Button
            size="compact-sm"
            variant="subtle"
            leftSection={<IconHistory size={15} />}
            aria-label={`Read again …, ${poller.objectType}`}
            onClick={onReadAgain}
          >
            Read again …
          </Button>
        )}
      </Group>
      <SimpleGrid cols={2} spacing="sm" verticalSpacing={10}>
        <Fact name="Last poll">
          {poller.lastPollDate === null ? 'not yet' : <Time at={poller.lastPollDate} relative />}
        </Fact>
        <Fact name="Next poll">
          {poller.nextPollDate === null ? 'never' : <Time at={poller.nextPollDate} relative future />}
        </Fact>
        {feeds.map((feed) => (
          <Fact key={feed.feed} name={feeds.length > 1 ? `Cursor (${feed.feed})` : 'Cursor'}>
            {feed.cursor === null ? 'no pass is complete yet' : <Time at={feed.cursor} />}
          </Fact>
        ))}
        {feeds[0] !== undefined && (
          <Fact name="Known records">
            {count(feeds[0].knownRecords, 'record')}
            {feeds[0].baselineDone ? '' : ', baseline under way'}
          </Fact>
        )}
        {poller.reconcile !== undefined && (
          <Fact name="Search for deletions">
            {poller.reconcile.nextDate === null ? (
              'off'
            ) : (
              <Time at={poller.reconcile.nextDate} relative future />
            )}
            , every {duration(poller.reconcile.intervalMinutes * 60_000)}
          </Fact>
        )}
        <Fact name="Largest lateness of 7 days">{largest(feeds)}</Fact>
      </SimpleGrid>
      <PollBars objectType={poller.objectType} polls={poller.polls} />
      {feeds.map((feed) => (feed.lateness.length > 0 ? <Lateness key={feed.feed} feed={feed} /> : null))}
      <Stack gap={6} mt="sm">
        <Hindrance poller={poller} />
        {poller.reconcile?.note !== undefined && (
          <Text size="xs" c="dimmed">
            {poller.reconcile.note}
          </Text>
        )}
        {poller.warnings.map((warning) => (
          <Alert key={warning} color="yellow" p="xs">
            {warning}
          </Alert>
        ))}
      </Stack>
    </section>
  );
}

/** Why it is not read as it should be. */
function Hindrance({ poller }: { poller: PollerRecordView }) {
  const { status, lastError, consecutiveFailures } = poller;
  if (lastError === undefined || status === 'ok' || status === 'waiting') return null;
  return (
    <Alert color={status === 'paused' ? 'yellow' : 'red'} p="xs">
      {status === 'failing' && `${count(consecutiveFailures, 'failure')} in a row: `}
      {lastError}
    </Alert>
  );
}

function largest(feeds: readonly FeedView[]): string {
  const ms = Math.max(0, ...feeds.flatMap(({ lateness }) => lateness.map(({ maxMs }) => maxMs)));
  return ms === 0 ? 'none was late' : duration(ms);
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div style={{ minWidth: 0 }}>
      <Text size="xs" c="dimmed">
        {name}
      </Text>
      <Text size="sm" component="div" className="clip">
        {children}
      </Text>
    </div>
  );
}
