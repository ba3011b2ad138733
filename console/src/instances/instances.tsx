import { Button, Select, TextInput } from '@mantine/core';
import { IconPlus, IconSearch, IconServer2 } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import { Link } from 'react-router';
import { Empty, PageTitle, Problem, RowsSkeleton } from '../kernel/states.tsx';
import { useUrlState } from '../kernel/url-state.ts';
import { count } from '../kernel/words.ts';
import { Bulk } from './bulk.tsx';
import { healthOf } from './health.tsx';
import { InstanceRows } from './instance-rows.tsx';
import { MOST_INSTANCES, useInstances, type InstanceRow } from './queries.ts';
import { isUnsigned } from './unsigned.ts';

/** Every connected account. */
export function Component() {
  const instances = useInstances();
  const [params, change] = useUrlState();
  const [picked, setPicked] = useState<ReadonlySet<number>>(new Set());
  const search = (params.get('search') ?? '').toLowerCase();
  const connector = params.get('connector');
  const health = params.get('health');
  const all = instances.data;
  const found = useMemo(
    () => (all ?? []).filter((instance) => matches(instance, { search, connector, health })),
    [all, search, connector, health],
  );
  const shownPicked = useMemo(() => found.filter(({ id }) => picked.has(id)), [found, picked]);
  return (
    <>
      <PageTitle title="Instances" hint={hintOf(all, found)}>
        <Button component={Link} to="/connectors" leftSection={<IconPlus size={16} />}>
          Connect
        </Button>
      </PageTitle>
      <section className="card" aria-label="Instances" style={{ overflow: 'hidden' }}>
        <Filters instances={all ?? []} params={params} change={change} />
        {shownPicked.length > 0 && <Bulk picked={shownPicked} done={() => setPicked(new Set())} />}
        {instances.isPending && <RowsSkeleton />}
        {instances.isError && <Problem error={instances.error} retry={() => void instances.refetch()} />}
        {found.length > 0 && <InstanceRows instances={found} picked={picked} setPicked={setPicked} />}
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

function hintOf(all: readonly InstanceRow[] | undefined, found: readonly InstanceRow[]): string {
  if (all === undefined) return 'Connected accounts';
  const total = count(all.length, 'connected account');
  if (found.length < all.length) return `${found.length.toLocaleString()} of ${total}`;
  return all.length === MOST_INSTANCES ? `The first ${total}` : total;
}

interface Filter {
  search: string;
  connector: string | null;
  health: string | null;
}

function matches(instance: InstanceRow, { search, connector, health }: Filter): boolean {
  if (connector !== null && instance.elementKey !== connector) return false;
  if (health !== null && !HEALTH[health]?.is(instance)) return false;
  if (search === '') return true;
  const { name, id, tags, elementName } = instance;
  return `${name} ${id} ${tags.join(' ')} ${elementName}`.toLowerCase().includes(search);
}

const HEALTH: Record<string, { label: string; is: (instance: InstanceRow) => boolean }> = {
  good: { label: 'Healthy', is: (instance) => healthOf(instance).tone === 'good' },
  attention: { label: 'Needs attention', is: (instance) => healthOf(instance).tone === 'bad' },
  unsigned: { label: 'Webhooks unsigned', is: isUnsigned },
  off: { label: 'Off', is: (instance) => healthOf(instance).tone === 'idle' },
};

interface FiltersProps {
  instances: readonly InstanceRow[];
  params: URLSearchParams;
  change: (changes: Record<string, string | null>) => void;
}

function Filters({ instances, params, change }: FiltersProps) {
  const connectors = useMemo(
    () => [...new Map(instances.map(({ elementKey, elementName }) => [elementKey, elementName]))],
    [instances],
  );
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
        data={connectors.map(([value, label]) => ({ value, label }))}
        value={params.get('connector')}
        onChange={(connector) => change({ connector })}
      />
      <Select
        size="xs"
        w={170}
        clearable
        aria-label="Health"
        placeholder="Any health"
        data={Object.entries(HEALTH).map(([value, { label }]) => ({ value, label }))}
        value={params.get('health')}
        onChange={(health) => change({ health })}
      />
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
