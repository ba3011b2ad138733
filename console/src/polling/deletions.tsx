import { Button, Group, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { IconShieldCheck } from '@tabler/icons-react';
import type { HeldDeletionView } from '../../../src/polling/schema.ts';
import { call } from '../api/client.ts';
import { showDone } from '../api/show-problem.ts';
import { useRefreshInterval } from '../events/live.tsx';
import { Empty, Problem, RowsSkeleton, Tone } from '../kernel/states.tsx';
import { Time } from '../kernel/time.tsx';
import { count } from '../kernel/words.ts';

/** The most the screen reads; beyond it says "first". */
const SHOWN = 2000;

/** Deletions that looked too many to be true: a person says whether they are. */
export function Deletions({ instanceId }: { instanceId: number }) {
  const client = useQueryClient();
  const held = useQuery({
    queryKey: ['deletions', instanceId],
    queryFn: ({ signal }) =>
      call<HeldDeletionView[]>('GET', `/instances/${instanceId}/deletions`, {
        signal,
        query: { pageSize: SHOWN },
      }),
    refetchInterval: useRefreshInterval(),
  });
  const decide = useMutation({
    mutationFn: (decision: 'release' | 'discard') =>
      call<{ count: number }>('POST', `/instances/${instanceId}/deletions/${decision}`),
    onSuccess: (answer, decision) =>
      showDone(
        decision === 'release'
          ? `${count(answer.count, 'deletion')} released: confirmed once more at the vendor, then sent.`
          : `${count(answer.count, 'deletion')} discarded.`,
      ),
    onSettled: () =>
      Promise.all(
        [['deletions', instanceId], ['instances'], ['pollers']].map((queryKey) =>
          client.invalidateQueries({ queryKey }),
        ),
      ),
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

function HeldRows({ held }: { held: HeldDeletionView[] }) {
  const byType = [...Map.groupBy(held, ({ objectType, status }) => `${objectType} ${status}`).values()];
  return (
    <table className="rows">
      <thead>
        <tr>
          <th>Resource</th>
          <th>Missing</th>
          <th>Status</th>
          <th data-wide>On hold since</th>
        </tr>
      </thead>
      <tbody>
        {byType.map((rows) => (
          <tr key={`${rows[0]!.objectType}-${rows[0]!.status}`}>
            <td>{rows[0]!.objectType}</td>
            <td style={{ width: '60%', maxWidth: 0 }}>
              {held.length === SHOWN && 'at least '}
              {count(rows.length, 'record')}
              <Text size="xs" c="dimmed" className="mono clip">
                {rows
                  .slice(0, 20)
                  .map(({ objectId }) => objectId)
                  .join(', ')}
              </Text>
            </td>
            <td>
              <Tone tone={rows[0]!.status === 'held' ? 'warn' : 'busy'}>
                {rows[0]!.status === 'held' ? 'On hold' : 'Being confirmed'}
              </Tone>
            </td>
            <td data-wide>
              <Time at={rows[0]!.heldDate} relative />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
