import { Anchor, Button, Group, Modal, PasswordInput, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { SecretsView } from '../../../src/console/schema.ts';
import { BASE, call } from '../api/client.ts';
import { showDone } from '../api/show-problem.ts';
import { CopyButton } from '../kernel/copy.tsx';
import { Problem, Section } from '../kernel/states.tsx';
import { useMe, useServer } from './session.ts';

/** The two secrets of the Authorization header, fetched only when asked for. */
export function Secrets() {
  const [isAsked, setIsAsked] = useState(false);
  const { publicUrl } = useServer();
  const me = useMe();
  const secrets = useQuery({
    queryKey: ['secrets'],
    queryFn: ({ signal }) => call<SecretsView>('GET', '/console/secrets', { signal }),
    enabled: isAsked,
    gcTime: 0,
  });
  return (
    <Section title="Your secrets">
      <Stack gap="md" maw={640}>
        <Text size="sm" c="dimmed">
          Programs sign in with both of them, in the header{' '}
          <span className="mono">Authorization: User …, Organization …</span>. The{' '}
          <Anchor href={`${BASE}/reference`} size="sm">
            API reference
          </Anchor>{' '}
          lists everything they can do at <span className="mono">{publicUrl}/elements/api-v2</span>.
        </Text>
        {secrets.isError && <Problem error={secrets.error} retry={() => void secrets.refetch()} />}
        {secrets.data === undefined ? (
          <Group>
            <Button variant="default" loading={secrets.isFetching} onClick={() => setIsAsked(true)}>
              Show my secrets
            </Button>
          </Group>
        ) : (
          <>
            <Secret which="user" value={secrets.data.userSecret} mayRotate />
            <Secret
              which="organization"
              value={secrets.data.organizationSecret}
              mayRotate={me?.role === 'organization'}
            />
          </>
        )}
      </Stack>
    </Section>
  );
}

interface SecretProps {
  which: 'user' | 'organization';
  value: string;
  mayRotate: boolean;
}

const SECRETS = {
  user: {
    label: 'User secret',
    losers: 'Programs that use it are refused at once, until they have the new one.',
  },
  organization: {
    label: 'Organization secret',
    losers: 'Programs of every user of the organization are refused at once, until they have the new one.',
  },
};

function Secret({ which, value, mayRotate }: SecretProps) {
  const { label, losers } = SECRETS[which];
  const client = useQueryClient();
  const [isAsking, asking] = useDisclosure(false);
  const rotate = useMutation({
    mutationFn: () => call<SecretsView>('POST', `/console/secrets/${which}/rotate`),
    onSuccess: (secrets) => {
      client.setQueryData(['secrets'], secrets);
      showDone(`The ${label.toLowerCase()} was replaced.`);
      asking.close();
    },
  });
  return (
    <Group align="flex-end" gap="xs" wrap="nowrap">
      <PasswordInput
        label={label}
        readOnly
        value={value}
        style={{ flex: 1 }}
        classNames={{ input: 'mono' }}
      />
      <CopyButton value={value} label={`Copy the ${label.toLowerCase()}`} />
      {mayRotate && (
        <Button variant="default" onClick={asking.open} aria-label={`Rotate the ${label.toLowerCase()}`}>
          Rotate
        </Button>
      )}
      <Modal
        opened={isAsking}
        onClose={asking.close}
        title={`Replace the ${label.toLowerCase()}?`}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <Text size="sm">{losers}</Text>
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={asking.close}>
            Cancel
          </Button>
          <Button color="red.9" loading={rotate.isPending} onClick={() => rotate.mutate()}>
            Replace it
          </Button>
        </Group>
      </Modal>
    </Group>
  );
}
