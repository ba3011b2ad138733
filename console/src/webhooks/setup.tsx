import { Alert, Anchor, Button, Group, Stack, Text } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { Link } from 'react-router';
import type { InstanceView } from '../../../src/instances/schema.ts';
import type { WebhookView } from '../../../src/webhooks/schema.ts';
import { showDone } from '../api/show-problem.ts';
import { configured } from '../instances/queries.ts';
import { Copyable } from '../kernel/copy.tsx';
import { Fact, Facts } from '../kernel/facts.tsx';
import { Section, Tone } from '../kernel/states.tsx';
import { Time } from '../kernel/time.tsx';
import { useSetUpAgain } from './queries.ts';
import { stateOf } from './webhook-state.ts';

/** What exists at the vendor, how it does, and what helps. */
export function Setup({ instance, view }: { instance: InstanceView; view: WebhookView }) {
  const { tone, label, hint } = stateOf(view);
  const { state, subscriptions, checkedDate, nextCheckDate, lastReceivedDate } = view;
  return (
    <Section title={`Webhooks of ${instance.element.name}`} actions={<Tone tone={tone}>{label}</Tone>}>
      <Stack gap="md">
        <Text size="sm" c="dimmed">
          {hint}
          {state === 'off' && <WhyOff instance={instance} />}
        </Text>
        {view.reason !== undefined && <Reason instance={instance} reason={view.reason} />}
        {state !== 'off' && (
          <Facts>
            <Fact name="Last webhook">
              {lastReceivedDate === undefined ? 'none yet' : <Time at={lastReceivedDate} relative />}
            </Fact>
            {checkedDate !== undefined && state !== 'manual' && (
              <Fact name={`Last look at ${instance.element.name}`}>
                <Time at={checkedDate} relative />
              </Fact>
            )}
            {nextCheckDate !== undefined && (
              <Fact name="Next look">
                <Time at={nextCheckDate} relative future />
              </Fact>
            )}
            <Fact name="Proof of origin">{view.signed ? 'required' : 'none: unsigned'}</Fact>
          </Facts>
        )}
        {subscriptions.length > 0 && <Subscriptions view={view} />}
      </Stack>
    </Section>
  );
}

function WhyOff({ instance }: { instance: InstanceView }) {
  const edit = (
    <Anchor component={Link} to={`/instances/${instance.id}/edit`} size="sm">
      Edit
    </Anchor>
  );
  if (!instance.eventsEnabled)
    return <> Its events are off, so webhooks are refused. Switch them on under {edit}.</>;
  return <> Its event type is polling: choose webhooks or both under {edit} to be told as well.</>;
}

/** Why it failed, and another try in one click. */
function Reason({ instance, reason }: { instance: InstanceView; reason: string }) {
  const again = useSetUpAgain(instance.id);
  const isAuto = configured(instance, 'event.vendor.setup') === 'auto';
  return (
    <Alert color="red" p="sm" role="alert">
      <Group justify="space-between" gap="sm">
        <Text size="sm" style={{ flex: '1 1 300px' }}>
          {instance.element.name} said: {reason}
        </Text>
        {isAuto && (
          <Button
            size="xs"
            leftSection={<IconRefresh size={15} />}
            loading={again.isPending}
            onClick={() => again.mutate(undefined, { onSuccess: () => showDone('Tried once more.') })}
          >
            Set up again
          </Button>
        )}
      </Group>
    </Alert>
  );
}

function Subscriptions({ view }: { view: WebhookView }) {
  const isFine = view.state === 'set_up' && view.reason === undefined;
  return (
    <div className="sunken">
      <table className="rows" aria-label="Subscriptions at the vendor">
        <thead>
          <tr>
            <th>Subscription</th>
            <th data-wide>Kind</th>
            <th>ID there</th>
            <th>Health</th>
          </tr>
        </thead>
        <tbody>
          {view.subscriptions.map(({ kind, id, name }) => (
            <tr key={`${kind}-${id}`}>
              <td>{name}</td>
              <td data-wide>{kind}</td>
              <td>
                <Copyable value={id} label="the id at the vendor" />
              </td>
              <td>
                <Tone tone={isFine ? 'good' : 'warn'}>{isFine ? 'Healthy' : 'Unknown'}</Tone>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
