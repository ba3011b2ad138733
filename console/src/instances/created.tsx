import { Alert, Button, Stack, Table } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { Link } from 'react-router';
import type { InstanceView } from '../../../src/instances/schema.ts';
import { Copyable } from '../kernel/copy.tsx';
import { PageTitle, Section } from '../kernel/states.tsx';
import { useWebhooks } from '../webhooks/queries.ts';
import { Steps, SubscriptionList } from '../webhooks/vendor-steps.tsx';
import { isPolled } from './event-type.ts';
import { FirstEvent } from './first-event.tsx';

/** What a new instance gives, its first event, and what is left to do. */
export function Created({ instance }: { instance: InstanceView }) {
  const vendor = instance.element.name;
  return (
    <Stack gap="md" maw={860}>
      <PageTitle title={`${instance.name} is connected`}>
        <Button component={Link} to={`/instances/${instance.id}`}>
          Watch its events
        </Button>
      </PageTitle>
      <Alert color="teal" icon={<IconCircleCheck size={20} />} p="sm" role="status">
        {isPolled(instance)
          ? `What is in ${vendor} now was read and makes no events; from here on, every change does.`
          : `${vendor} accepted the credentials.`}
      </Alert>
      {instance.attention !== undefined && (
        <Alert color="yellow" title="One thing did not work">
          {instance.attention.reason}
        </Alert>
      )}
      <WebhookSteps instance={instance} />
      {instance.eventsEnabled && <FirstEvent instance={instance} />}
      <Section title="For your program" padded={false}>
        <Table verticalSpacing="xs" horizontalSpacing="md" withRowBorders>
          <Table.Tbody>
            <Row name="Token" value={instance.token} />
            <Row name="ID" value={String(instance.id)} />
            <Row name="Webhook URL" value={instance.webhookUrl} />
          </Table.Tbody>
        </Table>
      </Section>
    </Stack>
  );
}

/** What a person still has to do at the vendor before its webhooks arrive. */
function WebhookSteps({ instance }: { instance: InstanceView }) {
  const webhooks = useWebhooks(instance.id);
  const manual = webhooks.data?.state === 'manual' ? webhooks.data.manual : undefined;
  if (manual === undefined) return null;
  return (
    <Section title={`Left to do at ${instance.element.name}`}>
      <Stack gap="md">
        <Steps steps={manual.steps} />
        {manual.subscriptions !== undefined && <SubscriptionList subscriptions={manual.subscriptions} />}
      </Stack>
    </Section>
  );
}

function Row({ name, value }: { name: string; value: string }) {
  return (
    <Table.Tr>
      <Table.Th w={130} fw={500}>
        {name}
      </Table.Th>
      <Table.Td style={{ maxWidth: 0 }}>
        <Copyable value={value} label={name} />
      </Table.Td>
    </Table.Tr>
  );
}
