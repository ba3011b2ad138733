import { Button, Group, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../api/client.ts';
import { showDone, showProblem } from '../api/show-problem.ts';
import { count } from '../kernel/words.ts';
import type { InstanceRow } from './queries.ts';

/** Requests under way: thousands at once would keep everybody else waiting. */
const AT_ONCE = 6;

/** What can be done with several instances at once. */
export function Bulk({ picked, done }: { picked: readonly InstanceRow[]; done: () => void }) {
  const client = useQueryClient();
  const [isBusy, setIsBusy] = useState(false);
  const run = async (method: 'PUT' | 'DELETE', word: string): Promise<void> => {
    setIsBusy(true);
    const left = [...picked];
    const failures: unknown[] = [];
    const work = async (): Promise<void> => {
      for (let next = left.pop(); next !== undefined; next = left.pop()) {
        await call(method, `/instances/${next.id}/enabled`).catch((error: unknown) => failures.push(error));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    setIsBusy(false);
    await client.invalidateQueries({ queryKey: ['instances'] });
    if (failures.length > 0) showProblem(failures[0]);
    if (failures.length < picked.length)
      showDone(`${count(picked.length - failures.length, 'instance')} ${word}.`);
    done();
  };
  return (
    <Group gap="xs" px="md" py={8} className="bulk" role="region" aria-label="Selected instances">
      <Text size="sm" fw={550} role="status">
        {picked.length.toLocaleString()} selected
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
