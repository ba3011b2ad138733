import { Alert, Button, Code, Group, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { IconSend } from '@tabler/icons-react';
import type { TestEventView } from '../../../src/console/schema.ts';
import { call } from '../api/client.ts';
import { duration, messageOf } from '../kernel/words.ts';

interface TestEventProps {
  elementKey: string;
  url: string;
  instanceId?: number | undefined;
  signatureKey?: string | undefined;
}

/** Sends one sample notification to the callback and shows what came back. */
export function SendTestEvent({ elementKey, url, instanceId, signatureKey }: TestEventProps) {
  const test = useMutation({
    mutationFn: () =>
      call<TestEventView>('POST', '/console/test-event', {
        body: { elementKey, url, instanceId, signatureKey },
      }),
    onError: () => {},
  });
  return (
    <div>
      <Button
        size="xs"
        variant="default"
        leftSection={<IconSend size={14} />}
        disabled={!/^https?:\/\/\S+/.test(url)}
        loading={test.isPending}
        onClick={() => test.mutate()}
      >
        Send a test event
      </Button>
      <div role="status">
        {test.isSuccess && <Outcome result={test.data} />}
        {test.isError && (
          <Alert color="red" mt="xs" p="xs">
            {messageOf(test.error)}
          </Alert>
        )}
      </div>
    </div>
  );
}

const ADVICE: Record<TestEventView['outcome'], string> = {
  delivered: 'The callback accepted it.',
  refused: 'The callback was reached but did not answer with 2xx.',
  gone: 'The callback answered 410: it says it is gone for good.',
  unreachable: 'The callback could not be reached. Check the address, and that this server may reach it.',
};

function Outcome({ result }: { result: TestEventView }) {
  const { outcome, status, latencyMs, response } = result;
  return (
    <Alert color={outcome === 'delivered' ? 'teal' : 'red'} mt="xs" p="xs">
      <Group gap={8}>
        <Text size="sm" fw={550}>
          {ADVICE[outcome]}
        </Text>
        <Text size="xs" c="dimmed">
          {status === null ? '' : `HTTP ${status} · `}
          {duration(latencyMs)}
        </Text>
      </Group>
      {response !== '' && outcome !== 'delivered' && (
        <Code block mt={6} style={{ maxHeight: 120 }}>
          {response.slice(0, 600)}
        </Code>
      )}
    </Alert>
  );
}
