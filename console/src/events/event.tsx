import { Anchor, Badge, Button, Code, Group, Skeleton, Stack, Tabs, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { IconRepeat } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Link, useParams } from 'react-router';
import type { Event } from '../../../src/events/schema.ts';
import { call } from '../api/client.ts';
import { showDone } from '../api/show-problem.ts';
import { configured, useInstance } from '../instances/queries.ts';
import { CopyButton, Copyable } from '../kernel/copy.tsx';
import { PageTitle, Problem, Section, Tone, type ToneName } from '../kernel/states.tsx';
import { Time } from '../kernel/time.tsx';
import { count, duration } from '../kernel/words.ts';
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

interface Change {
  path: string;
  before: unknown;
  after: unknown;
}

function Changes({ event }: { event: Event }) {
  if (event.events.length === 0) {
    return (
      <Text p="md" size="sm" c="dimmed">
        This webhook was a hint: it told what to read, and made no change by itself.
      </Text>
    );
  }
  return (
    <table className="rows">
      <thead>
        <tr>
          <th>Change</th>
          <th>Object</th>
          <th data-wide>Happened</th>
        </tr>
      </thead>
      <tbody>
        {event.events.map((change, index) => {
          const changes = 'changes' in change ? (change.changes as Change[]) : [];
          return (
            <tr key={`${change.objectType}-${change.objectId}-${String(index)}`}>
              <td>
                <span className="kind" data-kind={change.eventType}>
                  {change.eventType}
                </span>
              </td>
              <td>
                {change.objectType} <Copyable value={change.objectId} label="the object id" />
                {changes.length > 0 && <BeforeAfter changes={changes} />}
              </td>
              <td data-wide>
                <Time at={change.date} />
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function BeforeAfter({ changes }: { changes: Change[] }) {
  const text = (value: unknown): string => (value === undefined ? '—' : JSON.stringify(value));
  return (
    <ul style={{ margin: '6px 0 0', paddingLeft: 18 }}>
      {changes.map(({ path, before, after }) => (
        <li key={path}>
          <span className="mono">{path}</span>: <Code>{text(before)}</Code> → <Code>{text(after)}</Code>
        </li>
      ))}
    </ul>
  );
}

function Payloads({ event, callback }: { event: Event; callback: string }) {
  const raw = pretty(event.providerData);
  const sent = event.notifiedData?.[0];
  const notification = sent === undefined ? null : JSON.stringify(sent, null, 2);
  const curl = `curl -X POST '${callback || 'https://your.callback'}' \\\n  -H 'Content-Type: application/json' \\\n  -H 'Elements-Webhook-Id: ${event.id}' \\\n  -d '${JSON.stringify(sent ?? {}).replaceAll("'", String.raw`'\''`)}'`;
  return (
    <section className="card" aria-label="Payloads">
      <Tabs defaultValue={notification === null ? 'raw' : 'sent'} keepMounted={false}>
        <Tabs.List px="sm">
          {notification !== null && <Tabs.Tab value="sent">Notification</Tabs.Tab>}
          <Tabs.Tab value="raw">From the vendor</Tabs.Tab>
          <Tabs.Tab value="normalised">Normalised</Tabs.Tab>
        </Tabs.List>
        {notification !== null && (
          <Tabs.Panel value="sent" p="md">
            <Payload
              text={notification}
              actions={
                <>
                  <CopyButton value={notification} label="Copy the notification" />
                  <CopyAsCurl text={curl} />
                </>
              }
            />
          </Tabs.Panel>
        )}
        <Tabs.Panel value="raw" p="md">
          <Payload
            text={raw}
            actions={<CopyButton value={event.providerData} label="Copy what the vendor sent" />}
          />
        </Tabs.Panel>
        <Tabs.Panel value="normalised" p="md">
          <Payload
            text={JSON.stringify(event.events, null, 2)}
            actions={<CopyButton value={JSON.stringify(event.events)} label="Copy the normalised events" />}
          />
        </Tabs.Panel>
      </Tabs>
    </section>
  );
}

function CopyAsCurl({ text }: { text: string }) {
  return (
    <Button
      size="compact-xs"
      variant="default"
      onClick={() =>
        void navigator.clipboard.writeText(text).then(() => showDone('The curl command is in the clipboard.'))
      }
    >
      Copy as curl
    </Button>
  );
}

function Payload({ text, actions }: { text: string; actions: ReactNode }) {
  return (
    <div style={{ position: 'relative' }}>
      <Group gap={6} style={{ position: 'absolute', right: 8, top: 8 }}>
        {actions}
      </Group>
      <pre className="code" style={{ maxHeight: 460 }} tabIndex={0}>
        {text}
      </pre>
    </div>
  );
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** received → normalised → each try. */
function Life({ event, callback }: { event: Event; callback: string }) {
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
