import { Button, Group, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { IconShieldCheck } from '@tabler/icons-react';
import { call } from '../api/client.ts';
import { showDone } from '../api/show-problem.ts';
import { useRefreshInterval } from '../events/live.tsx';
import { Empty, Problem, RowsSkeleton } from '../kernel/states.tsx';
import { Time } from '../kernel/time.tsx';
import { count } from '../kernel/words.ts';

interface HeldDeletions {
  objectType: string;
  objectIds: string[];
  count: number;
  reason: string;
  heldDate: string;
}

/** Deletions that looked too many to be true: a person says whether they are. */
export function Deletions({ instanceId }: { instanceId: number }) {
  const client = useQueryClient();
  const held = useQuery({
    queryKey: ['deletions', instanceId],
    queryFn: ({ signal }) => call<HeldDeletions[]>('GET', `/instances/${instanceId}/deletions`, { signal }),
    refetchInterval: useRefreshInterval(),
  });
  const decide = useMutation({
    mutationFn: (decision: 'release' | 'discard') =>
      call('POST', `/instances/${instanceId}/deletions/${decision}`),
    onSuccess: (_answer, decision) =>
      showDone(
        decision === 'release'
          ? 'The deletions are confirmed once more and then sent.'
          : 'The deletions were discarded.',
      ),
    onSettled: () => client.invalidateQueries({ queryKey: ['deletions', instanceId] }),
  });
  return (
    <section className="card" aria-label="Deletions on hold">
      {held.isPending && <RowsSkeleton rows={3} />}
      {held.isError && <Problem error={held.error} retry={() => void held.refetch()} />}
      {held.isSuccess && held.data.length === 0 && (
        <Empty title="No deletion is on hold" icon={<IconShieldCheck size={28} />}>
          When suddenly many records seem to be gone, their deletions wait here until a person has looked.
        </Empty>
      )}
      {held.isSuccess && held.data.length > 0 && (
        <>
          <Group p="md" justify="space-between" style={{ borderBottom: '1px solid var(--line)' }}>
            <Text size="sm" style={{ flex: '1 1 280px' }}>
              These records are missing at the vendor. If they were really deleted, release; if an outage or a
              lost permission hides them, discard.
            </Text>
            <Group gap="xs">
              <Button
                size="xs"
                variant="default"
                loading={decide.isPending}
                onClick={() => decide.mutate('discard')}
              >
                Discard
              </Button>
              <Button size="xs" loading={decide.isPending} onClick={() => decide.mutate('release')}>
                Release
              </Button>
            </Group>
          </Group>
          <HeldRows held={held.data} />
        </>
      )}
    </section>
  );
}

function HeldRows({ held }: { held: HeldDeletions[] }) {
  return (
    <table className="rows">
      <thead>
        <tr>
          <th>Resource</th>
          <th>Missing</th>
          <th data-wide>Why on hold</th>
          <th data-wide>Since</th>
        </tr>
      </thead>
      <tbody>
        {held.map((one) => (
          <tr key={one.objectType}>
            <td>{one.objectType}</td>
            <td>
              {count(one.count, 'record')}
              <Text size="xs" c="dimmed" className="mono clip" maw={320}>
                {one.objectIds.slice(0, 12).join(', ')}
              </Text>
            </td>
            <td data-wide>{one.reason}</td>
            <td data-wide>
              <Time at={one.heldDate} relative />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
