import { Button, PasswordInput, Stack, Table, Text } from '@mantine/core';
import { Link } from 'react-router';
import type { InstanceView } from '../../../src/instances/schema.ts';
import { useElement } from '../elements/queries.ts';
import { CopyButton, Copyable } from '../kernel/copy.tsx';
import { Section } from '../kernel/states.tsx';
import { Time } from '../kernel/time.tsx';
import { entryOf } from './form-state.ts';

/** What the instance is made of, as it is stored; secrets are masked by the server. */
export function ConfigurationTab({ instance }: { instance: InstanceView }) {
  const element = useElement(instance.element.key);
  const entries = Object.entries(instance.configuration ?? {}).sort(([a], [b]) => a.localeCompare(b));
  return (
    <Stack gap="md">
      <Section title="For your program" padded={false}>
        <Table verticalSpacing="xs" horizontalSpacing="md">
          <Table.Tbody>
            <Table.Tr>
              <Table.Th w={200} fw={500}>
                Token
              </Table.Th>
              <Table.Td>
                <div style={{ display: 'flex', gap: 8, maxWidth: 520, alignItems: 'center' }}>
                  <PasswordInput
                    readOnly
                    size="xs"
                    style={{ flex: 1 }}
                    aria-label="Token"
                    value={instance.token}
                    classNames={{ input: 'mono' }}
                  />
                  <CopyButton value={instance.token} label="Copy the token" />
                </div>
              </Table.Td>
            </Table.Tr>
            <Table.Tr>
              <Table.Th fw={500}>ID</Table.Th>
              <Table.Td>
                <Copyable value={String(instance.id)} label="the id" />
              </Table.Td>
            </Table.Tr>
            <Table.Tr>
              <Table.Th fw={500}>Created</Table.Th>
              <Table.Td>
                <Time at={instance.createdDate} /> by {instance.user.emailAddress}
              </Table.Td>
            </Table.Tr>
          </Table.Tbody>
        </Table>
      </Section>
      <Section
        title="Configuration"
        padded={false}
        actions={
          <Button size="xs" variant="default" component={Link} to={`/instances/${instance.id}/edit`}>
            Edit
          </Button>
        }
      >
        <div style={{ overflowX: 'auto' }}>
          <Table verticalSpacing="xs" horizontalSpacing="md">
            <Table.Tbody>
              {entries.map(([key, value]) => (
                <Table.Tr key={key}>
                  <Table.Th fw={450} style={{ verticalAlign: 'top', whiteSpace: 'nowrap' }}>
                    {element.data === undefined ? key : (entryOf(element.data, key)?.name ?? key)}
                    <Text size="xs" c="dimmed" className="mono">
                      {key}
                    </Text>
                  </Table.Th>
                  <Table.Td>
                    <Value value={value} />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      </Section>
    </Stack>
  );
}

function Value({ value }: { value: unknown }) {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  const parsed = text.trimStart().startsWith('{') ? pretty(text) : text;
  return parsed.includes('\n') ? (
    <pre className="code" tabIndex={0} style={{ maxHeight: 260 }}>
      {parsed}
    </pre>
  ) : (
    <span className="mono" style={{ overflowWrap: 'anywhere' }}>
      {text === '' ? '–' : text}
    </span>
  );
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
