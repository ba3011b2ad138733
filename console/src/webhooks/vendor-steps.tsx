import { Button, Group, List, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { Fragment } from 'react';
import type { WebhookView } from '../../../src/webhooks/schema.ts';
import { CopyButton, Copyable } from '../kernel/copy.tsx';
import { count } from '../kernel/words.ts';
import { useDownloadPackage } from './queries.ts';

const ADDRESS = /(https?:\/\/[^\s",)]+)/;

/** What a person does at the vendor, in order. */
export function Steps({ steps }: { steps: readonly string[] }) {
  return (
    <List type="ordered" size="sm" spacing={8} pr="md" styles={{ itemWrapper: { display: 'inline' } }}>
      {steps.map((step) => (
        <List.Item key={step}>
          <StepText text={step} />
        </List.Item>
      ))}
    </List>
  );
}

/** Addresses in it copy themselves on click. */
function StepText({ text }: { text: string }) {
  return text.split(ADDRESS).map((part, at) =>
    ADDRESS.test(part) ? (
      <Copyable key={part} value={part} label="the address" />
    ) : (
      // The parts of one text never change place.
      <Fragment key={`${part}-${String(at)}`}>{part}</Fragment>
    ),
  );
}

type Subscription = NonNullable<NonNullable<WebhookView['manual']>['subscriptions']>[number];

/** The exact list to enter at the vendor: each kind of event once, with the properties it is wanted of. */
export function SubscriptionList({ subscriptions }: { subscriptions: readonly Subscription[] }) {
  const byType = Map.groupBy(subscriptions, ({ eventType }) => eventType);
  const text = subscriptions
    .map(({ eventType, propertyName }) =>
      propertyName === undefined ? eventType : `${eventType} ${propertyName}`,
    )
    .join('\n');
  return (
    <div className="sunken">
      <Group justify="space-between" px="md" pt={10} pb={4}>
        <Text size="sm" fw={550}>
          {count(subscriptions.length, 'subscription')} to create
        </Text>
        <CopyButton value={text} label="Copy the list of subscriptions" />
      </Group>
      <table className="rows" style={{ marginBottom: 6 }}>
        <thead>
          <tr>
            <th>Event type</th>
            <th>Properties</th>
          </tr>
        </thead>
        <tbody>
          {[...byType].map(([eventType, ones]) => {
            const properties = ones.flatMap(({ propertyName }) => propertyName ?? []);
            return (
              <tr key={eventType}>
                <td className="mono" style={{ verticalAlign: 'top' }}>
                  {eventType}
                </td>
                <td className="mono">{properties.length === 0 ? '–' : properties.join(', ')}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** What an administrator of the vendor account can deploy instead. */
export function Package({
  instanceId,
  given,
}: {
  instanceId: number;
  given: NonNullable<WebhookView['package']>;
}) {
  const fetched = useDownloadPackage(instanceId);
  return (
    <>
      <Text size="sm" c="dimmed" mb="sm">
        Holds everything the vendor needs, with a secret of this instance in it: keep it to yourself. From the
        download on, webhooks must carry that secret.
      </Text>
      <Button
        size="xs"
        variant="default"
        mb="md"
        leftSection={<IconDownload size={15} />}
        loading={fetched.isPending}
        onClick={() => fetched.mutate(given.path)}
      >
        Download the package
      </Button>
      <Steps steps={given.steps} />
    </>
  );
}
