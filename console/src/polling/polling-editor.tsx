import {
  ActionIcon,
  Alert,
  Button,
  Group,
  Menu,
  Skeleton,
  Stack,
  Switch,
  Text,
  TextInput,
  Tooltip,
} from '@mantine/core';
import {
  IconCode,
  IconCopyPlus,
  IconListDetails,
  IconPencil,
  IconPlus,
  IconTrash,
} from '@tabler/icons-react';
import { lazy, Suspense, useState } from 'react';
import type { ElementMetadata } from '../../../src/elements/schema.ts';
import {
  copyRow,
  isObject,
  printRows,
  readRows,
  textAt,
  type PollingEntry,
  type PollingRow,
} from './polling-rows.ts';

const JsonEditor = lazy(async () => ({ default: (await import('../kernel/json-editor.tsx')).JsonEditor }));
const RowEditor = lazy(async () => ({ default: (await import('./row-editor.tsx')).RowEditor }));

interface PollingEditorProps {
  label: string;
  /** The text of `event.poller.configuration`. */
  value: string;
  onChange: (value: string) => void;
  metadata: ElementMetadata | undefined;
  error?: string | undefined;
}

/** Configure Polling: one row per resource, or the same as JSON. */
export function PollingEditor({ label, value, onChange, metadata, error }: PollingEditorProps) {
  const [isJson, setIsJson] = useState(false);
  const defaults = isObject(metadata?.events.polling)
    ? (metadata.events.polling as Record<string, PollingEntry>)
    : {};
  // What was switched off stays here, or the toggle would forget it.
  const [off, setOff] = useState<PollingRow[]>([]);
  const read = readRows(value, defaults);
  const rows = read === null ? null : withKept(read, off);

  const change = (next: PollingRow[]): void => {
    setOff(next.filter(({ isOn }) => !isOn));
    onChange(printRows(next));
  };
  return (
    <fieldset style={{ border: 0, margin: 0, padding: 0, minWidth: 0 }}>
      <Group justify="space-between" mb={6}>
        <Text component="legend" size="sm" fw={600} p={0}>
          {label}
        </Text>
        <Tooltip label={isJson ? 'As rows' : 'As JSON'}>
          <ActionIcon
            aria-label={
              isJson ? 'Show the polling configuration as rows' : 'Show the polling configuration as JSON'
            }
            onClick={() => setIsJson(!isJson)}
            disabled={isJson && rows === null}
          >
            {isJson ? <IconListDetails size={17} /> : <IconCode size={17} />}
          </ActionIcon>
        </Tooltip>
      </Group>
      {isJson || rows === null ? (
        <Suspense fallback={<Skeleton h={220} />}>
          <JsonEditor label={`${label} as JSON`} value={value === '' ? '{}' : value} onChange={onChange} />
        </Suspense>
      ) : (
        <Rows rows={rows} onChange={change} metadata={metadata} own={new Set(Object.keys(defaults))} />
      )}
      {error !== undefined && (
        <Text size="xs" c="var(--mantine-color-error)" mt={4}>
          {error}
        </Text>
      )}
    </fieldset>
  );
}

function withKept(rows: PollingRow[], off: readonly PollingRow[]): PollingRow[] {
  const byName = new Map(off.map((row) => [row.name, row]));
  const shown = rows.map((row) => (row.isOn ? row : (byName.get(row.name) ?? row)));
  const names = new Set(rows.map(({ name }) => name));
  return [...shown, ...off.filter(({ name }) => !names.has(name))];
}

interface RowsProps {
  rows: PollingRow[];
  onChange: (rows: PollingRow[]) => void;
  metadata: ElementMetadata | undefined;
  /** The connector's own resources: they can be switched off, not removed. */
  own: ReadonlySet<string>;
}

function Rows({ rows, onChange, metadata, own }: RowsProps) {
  const [open, setOpen] = useState<string | null>(null);
  const others = (metadata?.resources ?? [])
    .map(({ name }) => name)
    .filter((name) => !rows.some((row) => row.name === name));
  const replace = (name: string, row: PollingRow): void =>
    onChange(rows.map((existing) => (existing.name === name ? row : existing)));
  const add = (row: PollingRow): void => {
    onChange([...rows.filter(({ name }) => name !== row.name), row]);
    setOpen(row.name);
  };
  const on = rows.filter(({ isOn }) => isOn).length;
  return (
    <div style={{ border: '1px solid var(--line)', borderRadius: 7, overflow: 'hidden' }}>
      {rows.map((row) => (
        <div key={row.name} style={{ borderBottom: '1px solid var(--line)' }}>
          <Group px="sm" py={7} gap="sm" wrap="nowrap">
            <Switch
              size="xs"
              aria-label={`Poll ${row.name}`}
              checked={row.isOn}
              onChange={(event) => replace(row.name, { ...row, isOn: event.currentTarget.checked })}
            />
            <div style={{ flex: 1, minWidth: 0 }}>
              <Text size="sm" fw={550} {...(!row.isOn && { c: 'dimmed' })}>
                {row.name}
              </Text>
              <Text size="xs" c="dimmed" className="mono clip" title={textAt(row.entry, 'url')}>
                {textAt(row.entry, 'url') || 'no URL yet'}
              </Text>
            </div>
            <Tooltip label="Edit">
              <ActionIcon
                aria-label={`Edit ${row.name}`}
                aria-expanded={open === row.name}
                onClick={() => setOpen(open === row.name ? null : row.name)}
              >
                <IconPencil size={16} />
              </ActionIcon>
            </Tooltip>
            <CopyMenu row={row} others={others} onCopy={(name) => add(copyRow(row, name))} />
            {!own.has(row.name) && (
              <Tooltip label="Remove">
                <ActionIcon
                  aria-label={`Remove ${row.name}`}
                  onClick={() => onChange(rows.filter(({ name }) => name !== row.name))}
                >
                  <IconTrash size={16} />
                </ActionIcon>
              </Tooltip>
            )}
          </Group>
          {open === row.name && (
            <Suspense fallback={<Skeleton h={160} m="sm" />}>
              <RowEditor
                name={row.name}
                entry={row.entry}
                onChange={(entry) => replace(row.name, { ...row, entry, isOn: true })}
              />
            </Suspense>
          )}
        </div>
      ))}
      {rows.length > 0 && on === 0 && (
        <Alert color="yellow" m="sm" p="xs">
          Nothing is switched on: the connector’s own resources are polled then.
        </Alert>
      )}
      <AddRow taken={rows.map(({ name }) => name)} others={others} onAdd={add} hub={metadata?.hub ?? 'crm'} />
    </div>
  );
}

function CopyMenu({
  row,
  others,
  onCopy,
}: {
  row: PollingRow;
  others: string[];
  onCopy: (name: string) => void;
}) {
  const [name, setName] = useState('');
  return (
    <Menu width={240} closeOnItemClick>
      <Menu.Target>
        <Tooltip label="Copy to another resource">
          <ActionIcon aria-label={`Copy ${row.name} to another resource`}>
            <IconCopyPlus size={16} />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Copy {row.name} to</Menu.Label>
        {others.map((other) => (
          <Menu.Item key={other} onClick={() => onCopy(other)}>
            {other}
          </Menu.Item>
        ))}
        <form
          style={{ padding: 8 }}
          onSubmit={(event) => {
            event.preventDefault();
            event.stopPropagation();
            if (name.trim() !== '') onCopy(name.trim());
            setName('');
          }}
        >
          <Group gap={6} wrap="nowrap">
            <TextInput
              size="xs"
              aria-label="Name of the other resource"
              placeholder="another resource"
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              onKeyDown={(event) => event.stopPropagation()}
            />
            <Button size="xs" variant="default" type="submit">
              Copy
            </Button>
          </Group>
        </form>
      </Menu.Dropdown>
    </Menu>
  );
}

interface AddRowProps {
  taken: string[];
  others: string[];
  hub: string;
  onAdd: (row: PollingRow) => void;
}

function AddRow({ taken, others, hub, onAdd }: AddRowProps) {
  const [name, setName] = useState('');
  const isTaken = taken.includes(name.trim());
  const add = (): void => {
    const resource = name.trim();
    if (resource === '' || isTaken) return;
    onAdd({
      name: resource,
      isOn: true,
      entry: { url: `/hubs/${hub}/${resource}`, idField: 'id', datesConfiguration: {} },
    });
    setName('');
  };
  return (
    <Stack gap={4} px="sm" py={8}>
      <Group gap={6} wrap="nowrap">
        <TextInput
          size="xs"
          style={{ flex: 1 }}
          aria-label="Resource to add"
          placeholder={others.length > 0 ? `Add a resource, such as ${others[0]}` : 'Add a resource'}
          value={name}
          error={isTaken ? 'It is in the list already.' : undefined}
          onChange={(event) => setName(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter') return;
            event.preventDefault();
            add();
          }}
        />
        <Button
          size="xs"
          variant="default"
          leftSection={<IconPlus size={14} />}
          onClick={add}
          disabled={name.trim() === ''}
        >
          Add
        </Button>
      </Group>
    </Stack>
  );
}
