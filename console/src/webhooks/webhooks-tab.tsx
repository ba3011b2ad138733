import { Alert, Stack, Text } from '@mantine/core';
import { IconShieldCheck, IconShieldOff } from '@tabler/icons-react';
import { Link } from 'react-router';
import type { InstanceView } from '../../../src/instances/schema.ts';
import { Copyable } from '../kernel/copy.tsx';
import { Section } from '../kernel/states.tsx';
import { VendorSteps } from './vendor-steps.tsx';

/** Any of these makes an inbound request prove where it comes from (wire contract, section 3). */
const PROOFS = ['event.inbound.signature.key', 'event.inbound.token', 'event.inbound.basic.password'];

/** Vendors that sign with the secret of the OAuth app. */
const SIGN_WITH_APP_SECRET = new Set(['hubspotcrm']);

/** Where the vendor sends its webhooks, how they prove themselves, and what is left to do there. */
export function WebhooksTab({ instance }: { instance: InstanceView }) {
  const configuration = instance.configuration ?? {};
  const has = (key: string): boolean => (configuration[key] ?? '') !== '';
  const isSigned =
    PROOFS.some(has) ||
    (SIGN_WITH_APP_SECRET.has(instance.element.key) && has('oauth.api.secret')) ||
    configuration['event.vendor.setup'] === 'auto';
  return (
    <Stack gap="md">
      <Section title="Webhook URL">
        <Copyable value={instance.webhookUrl} label="the webhook URL" />
        <Alert
          mt="md"
          p="sm"
          color={isSigned ? 'teal' : 'yellow'}
          icon={isSigned ? <IconShieldCheck size={18} /> : <IconShieldOff size={18} />}
        >
          {isSigned
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
