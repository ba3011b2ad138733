import { Alert, Anchor, Skeleton, Stack, Text } from '@mantine/core';
import { IconShieldCheck, IconShieldOff, IconWebhookOff } from '@tabler/icons-react';
import { Link } from 'react-router';
import type { InstanceView } from '../../../src/instances/schema.ts';
import type { WebhookView } from '../../../src/webhooks/schema.ts';
import { Copyable } from '../kernel/copy.tsx';
import { Empty, Problem, Section } from '../kernel/states.tsx';
import { Inbound } from './inbound.tsx';
import { useWebhooks } from './queries.ts';
import { Setup } from './setup.tsx';
import { Package, Steps, SubscriptionList } from './vendor-steps.tsx';
import { proofWords } from './webhook-state.ts';

/** How the vendor tells of changes: what is set up there and how it does, where it sends, what came last. */
export function WebhooksTab({ instance }: { instance: InstanceView }) {
  const webhooks = useWebhooks(instance.id);
  const vendor = instance.element.name;
  if (webhooks.isError) return <Problem error={webhooks.error} retry={() => void webhooks.refetch()} />;
  if (webhooks.isPending) return <Skeleton h={320} radius="lg" aria-busy="true" aria-label="Loading" />;
  const { data: view } = webhooks;
  if (!view.supported) {
    return (
      <div className="card">
        <Empty title={`${vendor} has no webhooks`} icon={<IconWebhookOff size={28} />}>
          It is polled instead, and nothing is missed by that:{' '}
          <Anchor component={Link} to={`/instances/${instance.id}/polling`} size="sm">
            see how
          </Anchor>
          .
        </Empty>
      </div>
    );
  }
  const isByHand = view.state === 'manual' || view.state === 'failed';
  return (
    <Stack gap="md">
      <Setup instance={instance} view={view} />
      <Address instance={instance} view={view} />
      {isByHand && view.manual !== undefined && (
        <Section title={view.state === 'failed' ? `Or by hand, at ${vendor}` : `To do at ${vendor}`}>
          <Stack gap="md">
            <Steps steps={view.manual.steps} />
            {view.manual.subscriptions !== undefined && (
              <SubscriptionList subscriptions={view.manual.subscriptions} />
            )}
          </Stack>
        </Section>
      )}
      {isByHand && view.package !== undefined && (
        <Section title={`Package for ${vendor}`}>
          <Package instanceId={instance.id} given={view.package} />
        </Section>
      )}
      {view.state !== 'off' && <Inbound instanceId={instance.id} vendor={vendor} />}
    </Stack>
  );
}

/** Where webhooks go, and what they must prove. */
function Address({ instance, view }: { instance: InstanceView; view: WebhookView }) {
  const { signed, state, url, appUrl } = view;
  const edit = `/instances/${instance.id}/edit`;
  return (
    <Section title="Webhook URL">
      <Stack gap="sm">
        {url !== undefined && (
          <div>
            <Copyable value={url} label="the webhook URL" />
          </div>
        )}
        {appUrl !== undefined && (
          <Text size="sm" c="dimmed" component="div">
            One for all accounts of {instance.element.name}, for vendors that know one address only:{' '}
            <Copyable value={appUrl} label="the URL for all accounts" />
          </Text>
        )}
        {(signed || state !== 'off') && (
          <Alert
            p="sm"
            color={signed ? 'teal' : 'yellow'}
            icon={signed ? <IconShieldCheck size={18} /> : <IconShieldOff size={18} />}
          >
            {signed ? (
              `Signed: each webhook must carry ${proofWords(view.proofs)}; others are refused.`
            ) : (
              <>
                Unsigned: whoever knows this URL can send events. Set an inbound password, token or signing
                secret under <Link to={edit}>Edit</Link> → Show further event settings.
              </>
            )}
          </Alert>
        )}
      </Stack>
    </Section>
  );
}
