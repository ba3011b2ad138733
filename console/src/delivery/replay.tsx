import { Alert, Button, Group, Progress, Select, Stack, Text, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import type { ReplayView } from '../../../src/delivery/schema.ts';
import { STATUS_WORDS } from '../events/queries.ts';
import { useInstances } from '../instances/queries.ts';
import { Problem } from '../kernel/states.tsx';
import { Time } from '../kernel/time.tsx';
import { count, localInput } from '../kernel/words.ts';
import { useReplay, useReplays, type ReplayWish } from './queries.ts';

const HOUR_MS = 3_600_000;

/** What is to be sent again, as it was typed. */
interface Range {
  instanceId: string | null;
  from: string;
  to: string;
  status: string | null;
}

/** Counts first, sends when asked again, and shows how far it is. */
export function Replay({ instanceId }: { instanceId?: number }) {
  const [range, setRange] = useState<Range>(() => ({
    instanceId: instanceId === undefined ? null : String(instanceId),
    from: localInput(Date.now() - 24 * HOUR_MS),
    to: '',
    status: null,
  }));
  const dryRun = useReplay();
  const replay = useReplay();
  const change = (part: Partial<Range>): void => {
    setRange((current) => ({ ...current, ...part }));
    // What was counted was another range.
    dryRun.reset();
    replay.reset();
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    replay.reset();
    dryRun.mutate({ ...wishOf(range), dryRun: true });
  };
  const counted = dryRun.data?.count;
  return (
    <Stack gap="md">
      <form onSubmit={submit}>
        <Group align="flex-end" gap="sm">
          <RangeFields range={range} change={change} isOfOne={instanceId !== undefined} />
          <Button
            type="submit"
            variant="default"
            loading={dryRun.isPending}
            disabled={range.instanceId === null || range.from === ''}
          >
            Count
          </Button>
        </Group>
      </form>
      <div role="status">
        {dryRun.isError && <Problem error={dryRun.error} />}
        {counted === 0 && <Text size="sm">No event matches: widen the range.</Text>}
        {counted !== undefined && counted > 0 && !replay.isSuccess && (
          <Alert color="yellow" p="sm">
            <Group justify="space-between">
              <Text size="sm">{count(counted, 'event')} would be sent again. Nothing was sent yet.</Text>
              <Button
                size="xs"
                loading={replay.isPending}
                onClick={() => replay.mutate({ ...wishOf(range), dryRun: false })}
              >
                Replay {count(counted, 'event')}
              </Button>
            </Group>
          </Alert>
        )}
      </div>
      <Replays instanceId={range.instanceId === null ? null : Number(range.instanceId)} />
    </Stack>
  );
}

function wishOf({ instanceId, from, to, status }: Range): ReplayWish {
  return {
    instanceId: Number(instanceId),
    from: new Date(from).toISOString(),
    to: to === '' ? undefined : new Date(to).toISOString(),
    status: status ?? undefined,
  };
}

interface RangeFieldsProps {
  range: Range;
  change: (part: Partial<Range>) => void;
  /** The instance is not to be chosen. */
  isOfOne: boolean;
}

function RangeFields({ range, change, isOfOne }: RangeFieldsProps) {
  const instances = useInstances();
  return (
    <>
      {!isOfOne && (
        <Select
          label="Instance"
          placeholder="Pick one"
          searchable
          limit={100}
          required
          withAsterisk={false}
          w={200}
          data={(instances.data ?? []).map(({ id, name }) => ({ value: String(id), label: name }))}
          value={range.instanceId}
          onChange={(instanceId) => change({ instanceId })}
        />
      )}
      <TextInput
        label="From"
        type="datetime-local"
        step={1}
        required
        withAsterisk={false}
        value={range.from}
        onChange={(event) => change({ from: event.currentTarget.value })}
      />
      <TextInput
        label="To (empty: now)"
        type="datetime-local"
        step={1}
        value={range.to}
        onChange={(event) => change({ to: event.currentTarget.value })}
      />
      <Select
        label="Status"
        placeholder="Any"
        clearable
        w={140}
        data={(['NOTIFIED', 'DISPATCHED', 'RECEIVED'] as const).map((value) => ({
          value,
          label: STATUS_WORDS[value].label,
        }))}
        value={range.status}
        onChange={(status) => change({ status })}
      />
    </>
  );
}

function Replays({ instanceId }: { instanceId: number | null }) {
  const replays = useReplays(instanceId);
  if (!replays.isSuccess || replays.data.length === 0) return null;
  return (
    <Stack gap="xs">
      {replays.data.slice(0, 5).map((replay) => (
        <ReplayProgress key={replay.id} replay={replay} />
      ))}
    </Stack>
  );
}

function ReplayProgress({ replay }: { replay: ReplayView }) {
  const isDone = replay.finishedDate !== undefined;
  const percent = isDone ? 100 : replay.count === 0 ? 0 : (100 * replay.done) / replay.count;
  return (
    <div>
      <Group justify="space-between" mb={3}>
        <Text size="sm">
          {isDone
            ? `${count(replay.count, 'event')} sent again`
            : `${replay.done.toLocaleString()} of ${count(replay.count, 'event')}`}
        </Text>
        {replay.createdDate !== undefined && (
          <Text size="xs" c="dimmed" component="span">
            <Time at={replay.createdDate} />
          </Text>
        )}
      </Group>
      <Progress
        value={percent}
        size="sm"
        color={isDone ? 'teal' : 'tide'}
        aria-label={`Replay ${replay.id ?? ''}`}
      />
    </div>
  );
}
