import {
  ActionIcon,
  Alert,
  Anchor,
  Badge,
  Button,
  Group,
  Menu,
  Modal,
  Skeleton,
  Tabs,
  Text,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import {
  IconAlertTriangle,
  IconDots,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconTrash,
} from '@tabler/icons-react';
import { Link, useNavigate, useParams } from 'react-router';
import type { InstanceView } from '../../../src/instances/schema.ts';
import { showDone } from '../api/show-problem.ts';
import { InstanceDeliveries } from '../delivery/instance-deliveries.tsx';
import { VendorMark } from '../elements/vendor-mark.tsx';
import { EventList } from '../events/event-list.tsx';
import { Copyable } from '../kernel/copy.tsx';
import { PageTitle, Problem } from '../kernel/states.tsx';
import { Deletions } from '../polling/deletions.tsx';
import { Remedy } from '../main/remedy.tsx';
import { PollNow } from '../polling/poll-now.tsx';
import { PollingTab } from '../polling/polling-tab.tsx';
import { WebhooksTab } from '../webhooks/webhooks-tab.tsx';
import { ConfigurationTab } from './configuration-tab.tsx';
import { isPolled } from './event-type.ts';
import { Health } from './health.tsx';
import { useChangeInstance, useInstance } from './queries.ts';

const TABS = [
  ['events', 'Events'],
  ['deliveries', 'Deliveries'],
  ['polling', 'Polling'],
  ['webhooks', 'Webhooks'],
  ['configuration', 'Configuration'],
  ['deletions', 'Deletions on hold'],
] as const;

/** One connected account. */
export function Component() {
  const { id: idText, tab = 'events' } = useParams();
  const id = Number(idText);
  const instance = useInstance(id);
  const navigate = useNavigate();
  if (instance.isError) return <Problem error={instance.error} retry={() => void instance.refetch()} />;
  if (instance.isPending) return <Skeleton h={420} radius="lg" />;
  const shown = instance.data;
  return (
    <>
      <Head instance={shown} />
      <Attention instance={shown} />
      <Tabs
        value={TABS.some(([name]) => name === tab) ? tab : 'events'}
        onChange={(next) => void navigate(`/instances/${id}/${next ?? 'events'}`)}
        keepMounted={false}
      >
        <Tabs.List mb="md" className="tabs">
          {TABS.map(([name, label]) => (
            <Tabs.Tab key={name} value={name}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="events">
          <EventList instanceId={id} />
        </Tabs.Panel>
        <Tabs.Panel value="deliveries">
          <InstanceDeliveries instance={shown} />
        </Tabs.Panel>
        <Tabs.Panel value="polling">
          <PollingTab instance={shown} />
        </Tabs.Panel>
        <Tabs.Panel value="webhooks">
          <WebhooksTab instance={shown} />
        </Tabs.Panel>
        <Tabs.Panel value="configuration">
          <ConfigurationTab instance={shown} />
        </Tabs.Panel>
        <Tabs.Panel value="deletions">
          <Deletions instanceId={id} />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}

function Head({ instance }: { instance: InstanceView }) {
  return (
    <PageTitle
      name={instance.name}
      title={
        <Group gap="sm" component="span">
          <VendorMark elementKey={instance.element.key} size={28} />
          {instance.name}
        </Group>
      }
      hint={
        <Group gap="sm" mt={4}>
          <Health instance={instance} />
          <span>{instance.element.name}</span>
          <Copyable value={String(instance.id)} show={`#${instance.id}`} label="the id" />
          {instance.tags.map((tag) => (
            <Badge key={tag} variant="default" radius="sm" tt="none" fw={450}>
              {tag}
            </Badge>
          ))}
        </Group>
      }
    >
      {isPolled(instance) && <PollNow instanceId={instance.id} size="sm" />}
      <Button
        component={Link}
        to={`/instances/${instance.id}/edit`}
        variant="default"
        leftSection={<IconPencil size={16} />}
      >
        Edit
      </Button>
      <More instance={instance} />
    </PageTitle>
  );
}

function More({ instance }: { instance: InstanceView }) {
  const [isDeleting, deleting] = useDisclosure(false);
  const navigate = useNavigate();
  const enable = useChangeInstance<'PUT' | 'DELETE'>((method) => ({
    method,
    path: `/${instance.id}/enabled`,
  }));
  const remove = useChangeInstance(() => ({ method: 'DELETE', path: `/${instance.id}` }));
  return (
    <>
      <Menu width={200}>
        <Menu.Target>
          <ActionIcon variant="default" size={34} aria-label="More actions">
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {instance.disabled ? (
            <Menu.Item leftSection={<IconPlayerPlay size={16} />} onClick={() => enable.mutate('PUT')}>
              Enable
            </Menu.Item>
          ) : (
            <Menu.Item leftSection={<IconPlayerPause size={16} />} onClick={() => enable.mutate('DELETE')}>
              Disable
            </Menu.Item>
          )}
          <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={deleting.open}>
            Delete …
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Modal
        opened={isDeleting}
        onClose={deleting.close}
        title={`Delete ${instance.name}?`}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <Text size="sm">
          Its polling stops, its token stops working, its webhooks are removed from {instance.element.name},
          and its events are no longer shown. This cannot be undone; disabling keeps everything.
        </Text>
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={deleting.close}>
            Cancel
          </Button>
          <Button
            color="red.9"
            loading={remove.isPending}
            onClick={() =>
              remove.mutate(undefined, {
                onSuccess: () => {
                  showDone(`${instance.name} was deleted.`);
                  void navigate('/instances');
                },
              })
            }
          >
            Delete
          </Button>
        </Group>
      </Modal>
    </>
  );
}

/** Why a person must act, and how, in one click. */
function Attention({ instance }: { instance: InstanceView }) {
  const enable = useChangeInstance(() => ({ method: 'PUT', path: `/${instance.id}/enabled` }));
  const { attention, disabled } = instance;
  if (attention === undefined && !disabled) return null;
  return (
    <Alert color={disabled ? 'gray' : 'red'} icon={<IconAlertTriangle size={18} />} mb="md" p="sm">
      <Group justify="space-between">
        <Text size="sm" style={{ flex: '1 1 300px' }}>
          {disabled
            ? 'This instance is disabled: nothing is polled, and calls with its token are refused.'
            : attention?.reason}{' '}
          {!disabled && attention?.kind === 'webhook_setup' && (
            <Anchor component={Link} to={`/instances/${instance.id}/webhooks`} size="sm">
              How to do it by hand
            </Anchor>
          )}
        </Text>
        {disabled ? (
          <Button size="xs" loading={enable.isPending} onClick={() => enable.mutate()}>
            Enable
          </Button>
        ) : (
          <Remedy instance={instance} />
        )}
      </Group>
    </Alert>
  );
}
