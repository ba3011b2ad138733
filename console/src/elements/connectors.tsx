import { Badge, Button, Group, SimpleGrid, Skeleton, Text, TextInput, Title } from '@mantine/core';
import { IconPlugConnected, IconSearch } from '@tabler/icons-react';
import { Link } from 'react-router';
import type { ElementMetadata, ElementSummary } from '../../../src/elements/schema.ts';
import { Empty, PageTitle, Problem } from '../kernel/states.tsx';
import { useUrlState } from '../kernel/url-state.ts';
import { count } from '../kernel/words.ts';
import { useServer } from '../accounts/session.ts';
import { useInstanceCount } from '../instances/queries.ts';
import { useAllMetadata, useElements } from './queries.ts';
import { VendorMark } from './vendor-mark.tsx';

/** What can be connected. */
export function Component() {
  const [params, change] = useUrlState();
  const elements = useElements();
  const metadata = useAllMetadata((elements.data ?? []).map(({ key }) => key));
  const counts = useInstanceCount();
  const { simulators } = useServer();
  const search = params.get('search') ?? '';
  if (elements.isError) return <Problem error={elements.error} retry={() => void elements.refetch()} />;
  const found = (elements.data ?? []).filter(({ name, key, hub, description }) =>
    `${name} ${key} ${hub} ${description}`.toLowerCase().includes(search.toLowerCase()),
  );
  const countOf = (key: string): number =>
    counts.data?.elementInstances.find(({ elementKey }) => elementKey === key)?.count ?? 0;
  return (
    <>
      <PageTitle title="Connectors" hint="Pick the system whose changes you want to hear of.">
        <TextInput
          size="xs"
          w={220}
          aria-label="Search connectors"
          placeholder="Search"
          leftSection={<IconSearch size={13} />}
          value={search}
          onChange={(event) => change({ search: event.currentTarget.value })}
        />
      </PageTitle>
      {elements.isPending ? (
        <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} aria-busy="true">
          {[1, 2, 3].map((card) => (
            <Skeleton key={card} h={170} radius="lg" />
          ))}
        </SimpleGrid>
      ) : (
        <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="md">
          {found.map((element) => (
            <Card
              key={element.key}
              element={element}
              metadata={metadata.find(({ data }) => data?.key === element.key)?.data}
              instances={countOf(element.key)}
              hasSimulator={simulators.some(({ elementKey }) => elementKey === element.key)}
            />
          ))}
        </SimpleGrid>
      )}
      {elements.isSuccess && found.length === 0 && (
        <Empty title={`No connector matches “${search}”`} icon={<IconPlugConnected size={28} />}>
          Try the vendor’s name, such as Salesforce, or a kind, such as crm.
        </Empty>
      )}
    </>
  );
}

interface CardProps {
  element: ElementSummary;
  metadata: ElementMetadata | undefined;
  instances: number;
  hasSimulator: boolean;
}

function Card({ element, metadata, instances, hasSimulator }: CardProps) {
  return (
    <article className="card" style={{ padding: 16, display: 'flex', flexDirection: 'column', gap: 12 }}>
      <Group gap="sm" wrap="nowrap" align="flex-start">
        <VendorMark elementKey={element.key} size={40} />
        <div style={{ minWidth: 0 }}>
          <Title order={2}>{element.name}</Title>
          <Text size="xs" c="dimmed">
            {element.hub} · {element.key}
          </Text>
        </div>
      </Group>
      <Text size="sm" c="dimmed" style={{ flex: 1 }}>
        {element.description}
      </Text>
      <Group gap={6}>
        {hasSimulator && (
          <Badge variant="light" radius="sm" tt="none" fw={550} className="simulated">
            simulator ready
          </Badge>
        )}
        {metadata?.events.methods.map((method) => (
          <Badge key={method} variant="default" radius="sm" tt="none" fw={500}>
            {method === 'webhook' ? 'webhooks' : method}
          </Badge>
        ))}
      </Group>
      {metadata !== undefined && metadata.resources.length > 0 && (
        <Text size="xs" c="dimmed" mt={-6}>
          {metadata.resources.map(({ name }) => name).join(', ')}
        </Text>
      )}
      <Group justify="space-between">
        {instances === 0 ? (
          <Text size="sm" c="dimmed">
            Not connected yet
          </Text>
        ) : (
          <Text
            size="sm"
            component={Link}
            to={`/instances?connector=${element.key}`}
            c="var(--mantine-color-anchor)"
          >
            {count(instances, 'instance')}
          </Text>
        )}
        <Button
          component={Link}
          to={`/connectors/${element.key}`}
          size="xs"
          aria-label={`Connect ${element.name}`}
        >
          Connect
        </Button>
      </Group>
    </article>
  );
}
