import { Alert, Button, Group, Stack, Table, Text } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { Link } from 'react-router';
import type { InstanceView } from '../../../src/instances/schema.ts';
import { Copyable } from '../kernel/copy.tsx';
import { PageTitle, Section } from '../kernel/states.tsx';
import { vendorSteps, VendorSteps } from '../webhooks/vendor-steps.tsx';
import { PollNow } from '../polling/poll-now.tsx';
import { configured } from './queries.ts';
import { SendTestEvent } from './test-event.tsx';

/** What a new instance gives, and what is left to do. */
export function Created({ instance }: { instance: InstanceView }) {
  const callback = configured(instance, 'event.notification.callback.url');
  const isPolling = instance.eventsEnabled && instance.configuration?.['event.vendor.type'] !== 'webhook';
  return (
    <Stack gap="md" maw={860}>
      <PageTitle title={`${instance.name} is connected`}>
        <Button component={Link} to={`/instances/${instance.id}`}>
          Watch its events
        </Button>
      </PageTitle>
      <Alert color="teal" icon={<IconCircleCheck size={20} />} p="sm">
        {isPolling
          ? `What is in ${instance.element.name} now was read and makes no events; from here on, every change does.`
          : `${instance.element.name} accepted the credentials.`}
      </Alert>
      {instance.attention !== undefined && (
        <Alert color="yellow" title="One thing did not work">
          {instance.attention.reason}
        </Alert>
      )}
      <Section title="For your program" padded={false}>
        <Table verticalSpacing="xs" horizontalSpacing="md" withRowBorders>
          <Table.Tbody>
            <Row name="Token" value={instance.token} />
            <Row name="ID" value={String(instance.id)} />
            <Row name="Webhook URL" value={instance.webhookUrl} />
          </Table.Tbody>
        </Table>
      </Section>
      {vendorSteps(instance) !== null && (
        <Section title={`Left to do at ${instance.element.name}`}>
          <VendorSteps instance={instance} />
        </Section>
      )}
      <Section title="Try it">
        <Stack gap="sm">
          <Text size="sm" c="dimmed">
            {isPolling
              ? `Change a record in ${instance.element.name}, then poll: the change appears under Events and at the callback.`
              : `Change a record in ${instance.element.name}: it appears under Events and at the callback.`}
          </Text>
          <Group align="flex-start">
            {isPolling && <PollNow instanceId={instance.id} />}
            {callback !== '' && (
              <SendTestEvent elementKey={instance.element.key} url={callback} instanceId={instance.id} />
            )}
          </Group>
        </Stack>
      </Section>
    </Stack>
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
