import { Alert, Stack, Text } from '@mantine/core';
import { IconShieldCheck, IconShieldOff } from '@tabler/icons-react';
import { Link } from 'react-router';
import type { InstanceView } from '../../../src/instances/schema.ts';
import { Copyable } from '../kernel/copy.tsx';
import { Section } from '../kernel/states.tsx';
import { isSigned } from './is-signed.ts';
import { VendorSteps } from './vendor-steps.tsx';

/** Where the vendor sends its webhooks, how they prove themselves, and what is left to do there. */
export function WebhooksTab({ instance }: { instance: InstanceView }) {
  const signed = isSigned(instance);
  return (
    <Stack gap="md">
      <Section title="Webhook URL">
        <Copyable value={instance.webhookUrl} label="the webhook URL" />
        <Alert
          mt="md"
          p="sm"
          color={signed ? 'teal' : 'yellow'}
          icon={signed ? <IconShieldCheck size={18} /> : <IconShieldOff size={18} />}
        >
          {signed
            ? 'Requests must prove that they come from the vendor; others are refused.'
            : 'Unsigned: whoever knows this URL can send events. Set an inbound password, token or signing secret under Edit → Show further event settings.'}
        </Alert>
        {!instance.eventsEnabled && (
          <Alert mt="sm" p="sm" color="gray">
            Events are off, so webhooks are refused.{' '}
            <Link to={`/instances/${instance.id}/edit`}>Switch them on</Link>.
          </Alert>
        )}
      </Section>
      <Section title={`At ${instance.element.name}`}>
        <VendorSteps instance={instance} />
      </Section>
      <Text size="sm" c="dimmed">
        What arrived is under <Link to={`/instances/${instance.id}/events`}>Events</Link>, with the vendor’s
        own body.
      </Text>
    </Stack>
  );
}
