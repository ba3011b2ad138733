import { Alert, Button, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { IconAlertTriangle, IconPlugConnectedX } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { ApiError } from '../api/client.ts';
import { messageOf } from './words.ts';

/** Nothing to show, and what to do about it. */
export function Empty({ title, children, action, icon }: EmptyProps) {
  return (
    <Stack align="center" gap={6} py={44} px="md" ta="center">
      <div style={{ color: 'var(--mantine-color-dimmed)' }} aria-hidden>
        {icon}
      </div>
      <Text fw={600}>{title}</Text>
      {children !== undefined && (
        <Text size="sm" c="dimmed" maw={460}>
          {children}
        </Text>
      )}
      {action !== undefined && <div style={{ marginTop: 8 }}>{action}</div>}
    </Stack>
  );
}

interface EmptyProps {
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  icon?: ReactNode;
}

/** What a query failed with, in the server's words, and how to go on. */
export function Problem({ error, retry }: { error: unknown; retry?: () => void }) {
  if (error instanceof ApiError && error.isUnavailable) {
    return (
      <Empty title="Not available on this server" icon={<IconPlugConnectedX size={28} />}>
        This server does not offer it, or not yet. Updating it brings what is missing.
      </Empty>
    );
  }
  const details = error instanceof ApiError ? error : null;
  return (
    <Alert color="red" icon={<IconAlertTriangle size={18} />} title={messageOf(error)} m="md">
      <Stack gap="xs" align="flex-start">
        {details?.providerMessage !== undefined && (
          <Text size="sm">The vendor said: {details.providerMessage}</Text>
        )}
        {details?.requestId !== undefined && (
          <Text size="xs" c="dimmed">
            Request {details.requestId}; the server’s log has more under this number.
          </Text>
        )}
        {retry !== undefined && (
          <Button size="xs" variant="default" onClick={retry}>
            Try again
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

/** Grey rows in place of a list that is being read. */
export function RowsSkeleton({ rows = 6 }: { rows?: number }) {
  return (
    <Stack gap={0} aria-busy="true" aria-label="Loading">
      {Array.from({ length: rows }, (_, row) => (
        <Group
          key={row}
          px="md"
          h={42}
          gap="md"
          wrap="nowrap"
          style={{ borderBottom: '1px solid var(--line)' }}
        >
          <Skeleton h={10} w="18%" />
          <Skeleton h={10} w="12%" />
          <Skeleton h={10} w="42%" />
          <Skeleton h={10} w="14%" />
        </Group>
      ))}
    </Stack>
  );
}

/** A coloured dot and a word. */
export function Tone({ tone, children, live }: { tone: ToneName; children: ReactNode; live?: boolean }) {
  return (
    <span className="tone" data-tone={tone} data-live={live === true || undefined}>
      {children}
    </span>
  );
}

export type ToneName = 'good' | 'busy' | 'warn' | 'bad' | 'idle';

interface PageTitleProps {
  title: ReactNode;
  /** Of the browser's tab, where the heading is more than a text. */
  name?: string;
  hint?: ReactNode;
  children?: ReactNode;
}

/** The heading of a screen with its actions; the browser's tab says the same. */
export function PageTitle({ title, name, hint, children }: PageTitleProps) {
  const shown = name ?? (typeof title === 'string' ? title : '');
  useDocumentTitle(shown === '' ? 'Tidings' : `${shown} · Tidings`);
  return (
    <Group justify="space-between" align="flex-start" mb="md" gap="sm">
      <div style={{ minWidth: 0, flex: '1 1 260px' }}>
        <Title order={1}>{title}</Title>
        {hint !== undefined && (
          <Text size="sm" c="dimmed" mt={2} component="div">
            {hint}
          </Text>
        )}
      </div>
      {children !== undefined && <Group gap="xs">{children}</Group>}
    </Group>
  );
}

/** A card with a heading. */
export function Section({ title, actions, children, padded = true }: SectionProps) {
  return (
    <section className="card" aria-label={title}>
      <div className="card-title">
        <Title order={2} fz="sm" style={{ flex: 1 }}>
          {title}
        </Title>
        {actions}
      </div>
      <div style={padded ? { padding: 16 } : undefined}>{children}</div>
    </section>
  );
}

interface SectionProps {
  title: string;
  actions?: ReactNode;
  children: ReactNode;
  padded?: boolean;
}
