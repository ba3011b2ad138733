import { List, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { InstanceView } from '../../../src/instances/schema.ts';
import { configured } from '../instances/queries.ts';
import { Copyable } from '../kernel/copy.tsx';

/** What a person still has to do at the vendor before its webhooks arrive; null when nothing is left. */
export function vendorSteps(instance: InstanceView): ReactNode[] | null {
  const configuration = instance.configuration ?? {};
  const type = configured(instance, 'event.vendor.type');
  if (!instance.eventsEnabled || (type !== 'webhook' && type !== 'both')) return null;
  if (configuration['event.vendor.setup'] === 'auto' && instance.attention?.kind !== 'webhook_setup')
    return null;
  const url = <Copyable value={instance.webhookUrl} label="the webhook URL" />;
  const steps: Record<string, ReactNode[]> = {
    pipedrive: [
      'In Pipedrive, open Settings → Tools and apps → Webhooks and choose “Create new webhook”.',
      'Event action “*”, event object “*”: instances filter what they are not interested in.',
      <>Endpoint URL: {url}</>,
      configuration['event.inbound.basic.username'] === undefined
        ? 'To have its requests verified, set an inbound user name and password here and give Pipedrive the same as HTTP Auth.'
        : 'HTTP Auth user name and password: the inbound ones of this instance.',
    ],
    hubspotcrm: [
      'In your HubSpot app, open Webhooks.',
      <>
        Target URL: <Copyable value={instance.webhookUrl.replace(/\/[^/]+$/, '')} label="the webhook URL" />
      </>,
      'Create a subscription for each object and event you want, and activate it.',
    ],
    sfdc: [
      'In Salesforce, open Setup → Apex Classes and create the class that posts to Tidings, then one trigger for each object.',
      <>Add a Remote Site Setting for {url}</>,
    ],
    infusionsoftecommerce: [
      'Create a REST hook for each event (such as order.add) with the Keap API.',
      <>hookUrl: {url}</>,
    ],
  };
  return (
    steps[instance.element.key] ?? [
      <>
        Have {instance.element.name} send its webhooks to {url}
      </>,
    ]
  );
}

export function VendorSteps({ instance }: { instance: InstanceView }) {
  const steps = vendorSteps(instance);
  if (steps === null) {
    return (
      <Text size="sm" c="dimmed">
        Nothing is left to do at {instance.element.name}.
      </Text>
    );
  }
  return (
    <List type="ordered" size="sm" spacing={6}>
      {steps.map((step, index) => (
        // Steps never change place.
        <List.Item key={`${instance.id}-${String(index)}`}>{step}</List.Item>
      ))}
    </List>
  );
}
