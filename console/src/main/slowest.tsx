import { Button, Group, Skeleton, Text } from '@mantine/core';
import { Link } from 'react-router';
import type { OverviewView } from '../../../src/console/schema.ts';
import type { InstanceRow } from '../instances/queries.ts';
import { Section } from '../kernel/states.tsx';
import { duration, windowName } from '../kernel/words.ts';

interface SlowestProps {
  overview: OverviewView | undefined;
  instances: readonly InstanceRow[];
}

/** The callbacks that take longest to answer. */
export function Slowest({ overview, instances }: SlowestProps) {
  const past = overview === undefined ? 'last hour' : windowName(overview.windowSeconds);
  const nameOf = (id: number | null): string =>
    instances.find((one) => one.id === id)?.name ?? 'Subscription';
  return (
    <Section title={`Slowest callbacks, ${past}`} padded={false}>
      {overview === undefined ? (
        <Skeleton h={60} m="md" w="auto" />
      ) : overview.slowest.length === 0 ? (
        <Group p="md" justify="space-between">
          <Text size="sm" c="dimmed">
            Nothing was sent within the {past}.
          </Text>
          <Button size="xs" variant="default" component={Link} to="/events">
            All events
          </Button>
        </Group>
      ) : (
        <table className="rows">
          <thead>
            <tr>
              <th>Callback</th>
              <th className="number">Tries</th>
              <th className="number">Failed</th>
              <th className="number" title="Of a hundred tries 95 were answered within it">
                95 % within
              </th>
            </tr>
          </thead>
          <tbody>
            {overview.slowest.map(({ subscriptionId, instanceId, url, tries, failures, p95Ms }) => (
              <tr key={subscriptionId}>
                <td style={{ maxWidth: 0, width: '60%' }}>
                  <div className="clip">{nameOf(instanceId)}</div>
                  <Text size="xs" c="dimmed" className="clip mono" title={url}>
                    {url}
                  </Text>
                </td>
                <td className="number">{tries.toLocaleString()}</td>
                <td className="number">{failures.toLocaleString()}</td>
                <td className="number">{duration(p95Ms)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Section>
  );
}
