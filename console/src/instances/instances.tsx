import { Anchor, Badge, Button, Checkbox, Group, Select, Text, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { IconPlus, IconSearch, IconServer2 } from '@tabler/icons-react';
import { useState } from 'react';
import { Link } from 'react-router';
import type { InstanceView } from '../../../src/instances/schema.ts';
import { call } from '../api/client.ts';
import { showDone, showProblem } from '../api/show-problem.ts';
import { VendorMark } from '../elements/vendor-mark.tsx';
import { Copyable } from '../kernel/copy.tsx';
import { Empty, PageTitle, Problem, RowsSkeleton } from '../kernel/states.tsx';
import { Time } from '../kernel/time.tsx';
import { useUrlState } from '../kernel/url-state.ts';
import { count } from '../kernel/words.ts';
import { eventType, Health, healthOf } from './health.tsx';
import { useActivity } from './activity.ts';
import { useInstances } from './queries.ts';

/** Every connected account. */
export function Component() {
  const instances = useInstances();
  const [params, change] = useUrlState();
  const [picked, setPicked] = useState<ReadonlySet<number>>(new Set());
  const filter = {
    search: (params.get('search') ?? '').toLowerCase(),
    connector: params.get('connector'),
    health: params.get('health'),
  };
  const found = (instances.data ?? []).filter((instance) => matches(instance, filter));
  const shownPicked = found.filter(({ id }) => picked.has(id));
  return (
    <>
      <PageTitle
        title="Instances"
        hint={instances.isSuccess ? count(instances.data.length, 'connected account') : 'Connected accounts'}
      >
        <Button component={Link} to="/connectors" leftSection={<IconPlus size={16} />}>
          Connect
        </Button>
      </PageTitle>
      <section className="card" aria-label="Instances">
        <Filters instances={instances.data ?? []} params={params} change={change} />
        {shownPicked.length > 0 && <Bulk picked={shownPicked} done={() => setPicked(new Set())} />}
        {instances.isPending && <RowsSkeleton />}
        {instances.isError && <Problem error={instances.error} retry={() => void instances.refetch()} />}
        {found.length > 0 && <Rows instances={found} picked={picked} setPicked={setPicked} />}
        {instances.isSuccess && found.length === 0 && (
          <Nothing
            hasAny={instances.data.length > 0}
            clear={() => change({ search: '', connector: '', health: '' })}
          />
        )}
      </section>
    </>
  );
}

function matches(
  instance: InstanceView,
  { search, connector, health }: { search: string; connector: string | null; health: string | null },
): boolean {
  const text =
    `${instance.name} ${instance.id} ${instance.tags.join(' ')} ${instance.element.name}`.toLowerCase();
  const { tone } = healthOf(instance);
  return (
    text.includes(search) &&
    (connector === null || instance.element.key === connector) &&
    (health === null ||
      (health === 'attention' ? tone === 'bad' : health === 'off' ? tone === 'idle' : tone === 'good'))
  );
}

interface FiltersProps {
  instances: InstanceView[];
  params: URLSearchParams;
  change: (changes: Record<string, string | null>) => void;
}

function Filters({ instances, params, change }: FiltersProps) {
  const connectors = new Map(instances.map(({ element }) => [element.key, element.name]));
  return (
    <div className="filters">
      <TextInput
        size="xs"
        w={220}
        aria-label="Search instances"
        placeholder="Name, tag or id"
        leftSection={<IconSearch size={13} />}
        value={params.get('search') ?? ''}
        onChange={(event) => change({ search: event.currentTarget.value })}
      />
      <Select
        size="xs"
        w={150}
        clearable
        aria-label="Connector"
        placeholder="Any connector"
        data={[...connectors].map(([value, label]) => ({ value, label }))}
        value={params.get('connector')}
        onChange={(connector) => change({ connector })}
      />
      <Select
        size="xs"
        w={150}
        clearable
        aria-label="Health"
        placeholder="Any health"
        data={[
          { value: 'good', label: 'Healthy' },
          { value: 'attention', label: 'Needs attention' },
          { value: 'off', label: 'Off' },
        ]}
        value={params.get('health')}
        onChange={(health) => change({ health })}
      />
    </div>
  );
}

function Bulk({ picked, done }: { picked: InstanceView[]; done: () => void }) {
  const client = useQueryClient();
  const [isBusy, setIsBusy] = useState(false);
  const run = async (method: 'PUT' | 'DELETE', word: string): Promise<void> => {
    setIsBusy(true);
    const results = await Promise.allSettled(
      picked.map(({ id }) => call(method, `/instances/${id}/enabled`)),
    );
    const failed = results.filter((result) => result.status === 'rejected');
    setIsBusy(false);
    await client.invalidateQueries({ queryKey: ['instances'] });
    if (failed[0] !== undefined) showProblem(failed[0].reason);
    if (failed.length < picked.length)
      showDone(`${count(picked.length - failed.length, 'instance')} ${word}.`);
    done();
  };
  return (
    <Group
      gap="xs"
      px="sm"
      py={8}
      style={{ borderBottom: '1px solid var(--line)', background: 'var(--surface-hover)' }}
    >
      <Text size="sm" fw={550}>
        {picked.length} selected
      </Text>
      <Button size="compact-xs" variant="default" loading={isBusy} onClick={() => void run('PUT', 'enabled')}>
        Enable
      </Button>
      <Button
        size="compact-xs"
        variant="default"
        loading={isBusy}
        onClick={() => void run('DELETE', 'disabled')}
      >
        Disable
      </Button>
      <Button size="compact-xs" variant="subtle" color="gray" onClick={done}>
        Clear
      </Button>
    </Group>
  );
}

interface RowsProps {
  instances: InstanceView[];
  picked: ReadonlySet<number>;
  setPicked: (picked: ReadonlySet<number>) => void;
}

function Rows({ instances, picked, setPicked }: RowsProps) {
  const activity = useActivity();
  const toggle = (id: number): void => {
    const next = new Set(picked);
    if (!next.delete(id)) next.add(id);
    setPicked(next);
  };
  const allPicked = instances.every(({ id }) => picked.has(id));
  return (
    <div style={{ overflowX: 'auto' }}>
      <table className="rows">
        <thead>
          <tr>
            <th style={{ width: 20 }}>
              <Checkbox
                size="xs"
                aria-label="Select all shown"
                checked={allPicked}
                indeterminate={!allPicked && instances.some(({ id }) => picked.has(id))}
                onChange={() => setPicked(allPicked ? new Set() : new Set(instances.map(({ id }) => id)))}
              />
            </th>
            <th>Name</th>
            <th data-wide>Tags</th>
            <th data-wide>Event type</th>
            <th data-wide>Last event</th>
            <th data-wide>Last poll</th>
            <th>Health</th>
            <th data-wide>ID</th>
          </tr>
        </thead>
        <tbody>
          {instances.map((instance) => {
            const seen = activity.data?.get(instance.id);
            return (
              <tr key={instance.id}>
                <td>
                  <Checkbox
                    size="xs"
                    aria-label={`Select ${instance.name}`}
                    checked={picked.has(instance.id)}
                    onChange={() => toggle(instance.id)}
                  />
                </td>
                <td>
                  <Group gap="sm" wrap="nowrap">
                    <VendorMark elementKey={instance.element.key} size={26} />
                    <div style={{ minWidth: 0 }}>
                      <Anchor
                        component={Link}
                        to={`/instances/${instance.id}`}
                        size="sm"
                        underline="hover"
                        fw={550}
                      >
                        {instance.name}
                      </Anchor>
                      <Text size="xs" c="dimmed">
                        {instance.element.name}
                      </Text>
                    </div>
                  </Group>
                </td>
                <td data-wide>
                  <Group gap={4}>
                    {instance.tags.map((tag) => (
                      <Badge key={tag} variant="default" radius="sm" tt="none" fw={450}>
                        {tag}
                      </Badge>
                    ))}
                  </Group>
                </td>
                <td data-wide>{eventType(instance)}</td>
                <td data-wide>
                  {seen?.lastEvent ? (
                    <Time at={seen.lastEvent} relative />
                  ) : (
                    <Text size="sm" c="dimmed">
                      none yet
                    </Text>
                  )}
                </td>
                <td data-wide>
                  {seen?.lastPoll ? (
                    <Time at={seen.lastPoll} relative />
                  ) : (
                    <Text size="sm" c="dimmed">
                      –
                    </Text>
                  )}
                </td>
                <td>
                  <Health instance={instance} />
                </td>
                <td data-wide>
                  <Copyable value={String(instance.id)} label="the id" />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Nothing({ hasAny, clear }: { hasAny: boolean; clear: () => void }) {
  if (hasAny) {
    return (
      <Empty
        title="No instance matches"
        icon={<IconSearch size={28} />}
        action={
          <Button variant="default" onClick={clear}>
            Clear the filters
          </Button>
        }
      >
        Search for a part of its name, its id or a tag.
      </Empty>
    );
  }
  return (
    <Empty
      title="No account is connected yet"
      icon={<IconServer2 size={28} />}
      action={
        <Button component={Link} to="/connectors">
          Connect an account
        </Button>
      }
    >
      Connect one, say where its changes should go, and every change is delivered from then on.
    </Empty>
  );
}
