import { Alert, Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import type { ResetView } from '../../../src/polling/schema.ts';
import { call } from '../api/client.ts';
import { showDone } from '../api/show-problem.ts';
import { Problem } from '../kernel/states.tsx';
import { count, localInput, localTime } from '../kernel/words.ts';

const DAY_MS = 86_400_000;

interface ReadAgainProps {
  instanceId: number;
  /** Null: closed. */
  objectType: string | null;
  onClose: () => void;
}

/** Sets a resource back to an instant: counts first what that would read and give. */
export function ReadAgain({ instanceId, objectType, onClose }: ReadAgainProps) {
  return (
    <Modal
      opened={objectType !== null}
      onClose={onClose}
      title={`Read ${objectType ?? ''} again`}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {objectType !== null && <Form instanceId={instanceId} objectType={objectType} onDone={onClose} />}
    </Modal>
  );
}

interface FormProps {
  instanceId: number;
  objectType: string;
  onDone: () => void;
}

function Form({ instanceId, objectType, onDone }: FormProps) {
  const client = useQueryClient();
  const [from, setFrom] = useState(() => localInput(Date.now() - DAY_MS));
  const reset = (dryRun: boolean) =>
    call<ResetView>('POST', `/instances/${instanceId}/polling/reset`, {
      body: { objectType, from: new Date(from).toISOString(), dryRun },
    });
  // What goes wrong is told right here.
  const onError = (): void => {};
  const dryRun = useMutation({ mutationFn: () => reset(true), onError });
  const again = useMutation({
    mutationFn: () => reset(false),
    onError,
    onSuccess: (done) => {
      showDone(`${objectType} is read again from ${localTime(new Date(done.from), new Date())}, now.`);
      onDone();
    },
    onSettled: () =>
      Promise.all(
        [['pollers'], ['feeds'], ['events']].map((queryKey) => client.invalidateQueries({ queryKey })),
      ),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    again.reset();
    dryRun.mutate();
  };
  return (
    <Stack gap="md">
      <Text size="sm">
        Everything changed since then is read once more. What is known gives no event, so nothing is sent
        twice; what was missed, or changed before polling was turned on, is sent.
      </Text>
      <form onSubmit={submit}>
        <Group align="flex-end" gap="sm">
          <TextInput
            label="From"
            type="datetime-local"
            required
            withAsterisk={false}
            data-autofocus
            style={{ flex: 1 }}
            max={localInput(Date.now())}
            value={from}
            onChange={(event) => {
              setFrom(event.currentTarget.value);
              dryRun.reset();
              again.reset();
            }}
          />
          <Button type="submit" variant="default" loading={dryRun.isPending} disabled={from === ''}>
            Count first
          </Button>
        </Group>
      </form>
      <div role="status">
        {dryRun.isError && <Problem error={dryRun.error} />}
        {again.isError && <Problem error={again.error} />}
        {dryRun.isSuccess && (
          <Alert color="yellow" p="sm">
            <Text size="sm">{counted(dryRun.data)}</Text>
            <Group justify="flex-end" mt="sm">
              <Button size="xs" loading={again.isPending} onClick={() => again.mutate()}>
                Read again
              </Button>
            </Group>
          </Alert>
        )}
      </div>
    </Stack>
  );
}

function counted({ records = 0, events = 0, isComplete = true }: ResetView): string {
  const what = `${count(records, 'record')} would be read and ${count(events, 'event')} sent.`;
  return isComplete
    ? `${what} Nothing was changed yet.`
    : `At least ${what} There is more: counting stopped here. Nothing was changed yet.`;
}
