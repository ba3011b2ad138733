import { Group, Progress, SimpleGrid, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { BudgetView } from '../../../src/polling/schema.ts';
import { call } from '../api/client.ts';
import { useRefreshInterval } from '../events/live.tsx';
import { Problem, RowsSkeleton, Section, Tone } from '../kernel/states.tsx';
import { Time } from '../kernel/time.tsx';

const SHARED_BY = {
  app: 'of the app, for all its accounts',
  account: 'of the vendor account',
  token: 'of these credentials',
} as const;

/** Above this part of an allowance it is shown as nearly used up. */
const NEARLY = 0.9;

/** What polling has left of the vendor's allowances. */
export function Budgets({ instanceId }: { instanceId: number }) {
  const budgets = useQuery({
    queryKey: ['pollers', instanceId, 'budgets'],
    queryFn: ({ signal }) =>
      call<BudgetView[]>('GET', `/instances/${instanceId}/polling/budgets`, { signal }),
    refetchInterval: useRefreshInterval(),
  });
  if (budgets.isSuccess && budgets.data.length === 0) return null;
  return (
    <Section title="Rate budget left">
      {budgets.isPending && <RowsSkeleton rows={1} />}
      {budgets.isError && <Problem error={budgets.error} retry={() => void budgets.refetch()} />}
      {budgets.isSuccess && (
        <SimpleGrid cols={{ base: 1, sm: Math.min(2, budgets.data.length) }} spacing="lg">
          {budgets.data.map((budget) => (
            <Budget key={budget.name} budget={budget} />
          ))}
        </SimpleGrid>
      )}
    </Section>
  );
}

function Budget({ budget }: { budget: BudgetView }) {
  const { name, sharedBy, counts, used, allowance, resetsDate, pausedUntil } = budget;
  const left = Math.max(0, allowance - used);
  const share = allowance === 0 ? 1 : Math.min(1, used / allowance);
  const title = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  return (
    <div style={{ minWidth: 0 }}>
      <Group justify="space-between" gap="xs" mb={4}>
        <Text size="sm" fw={550}>
          {title}{' '}
          <Text span size="xs" c="dimmed" fw={400}>
            {SHARED_BY[sharedBy]}
          </Text>
        </Text>
        <Text size="sm" style={{ fontVariantNumeric: 'tabular-nums' }}>
          {left.toLocaleString()} left
        </Text>
      </Group>
      <Progress
        value={100 * share}
        size="sm"
        color={pausedUntil !== undefined ? 'red' : share > NEARLY ? 'yellow' : 'tide'}
        aria-label={`${title} used`}
      />
      <Text size="xs" c="dimmed" mt={4} component="div">
        {pausedUntil === undefined ? (
          <>
            {used.toLocaleString()} of {allowance.toLocaleString()} {counts} used by polling
            {resetsDate !== null && (
              <>
                , begins anew <Time at={resetsDate} relative future />
              </>
            )}
          </>
        ) : (
          <Tone tone="warn">
            <span>
              Used up: polling goes on <Time at={pausedUntil} relative future />
            </span>
          </Tone>
        )}
      </Text>
    </div>
  );
}
