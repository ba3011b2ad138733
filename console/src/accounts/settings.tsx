import { Anchor, Stack, Tabs, Text } from '@mantine/core';
import { useNavigate, useParams } from 'react-router';
import { BASE } from '../api/client.ts';
import { PageTitle, Section } from '../kernel/states.tsx';
import { count } from '../kernel/words.ts';
import { FailurePolicy } from './failure-policy.tsx';
import { Secrets } from './secrets.tsx';
import { useServer } from './session.ts';
import { Users } from './users.tsx';

/** Users, secrets, and how failures are handled. */
export function Component() {
  const { tab = 'api' } = useParams();
  const navigate = useNavigate();
  return (
    <>
      <PageTitle title="Settings" />
      <Tabs value={tab} onChange={(next) => void navigate(`/settings/${next ?? 'api'}`)} keepMounted={false}>
        <Tabs.List mb="md" className="tabs">
          <Tabs.Tab value="api">API access</Tabs.Tab>
          <Tabs.Tab value="users">Users</Tabs.Tab>
          <Tabs.Tab value="delivery">Delivery</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="api">
          <Secrets />
        </Tabs.Panel>
        <Tabs.Panel value="users">
          <Users />
        </Tabs.Panel>
        <Tabs.Panel value="delivery">
          <Stack gap="md">
            <FailurePolicy />
            <Retention />
          </Stack>
        </Tabs.Panel>
      </Tabs>
    </>
  );
}

function Retention() {
  const { retentionDays, queueRetentionDays, version, publicUrl } = useServer();
  return (
    <Section title="This server">
      <Stack gap={6}>
        <Text size="sm">
          Events and their tries are kept for {count(retentionDays, 'day')}, undelivered ones for{' '}
          {count(queueRetentionDays, 'day')}. Whoever runs the server sets this with{' '}
          <span className="mono">TIDINGS_RETENTION_DAYS</span> and{' '}
          <span className="mono">TIDINGS_QUEUE_RETENTION_DAYS</span>.
        </Text>
        <Text size="sm" c="dimmed">
          Tidings {version} at <span className="mono">{publicUrl}</span> ·{' '}
          <Anchor href={`${BASE}/reference`} size="sm">
            API reference
          </Anchor>
        </Text>
      </Stack>
    </Section>
  );
}
