import { SimpleGrid, Stack, Text, TextInput, UnstyledButton } from '@mantine/core';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { useId, useState } from 'react';
import { checkPattern } from '../../../src/date-pattern/pattern.ts';
import { fillTemplate } from '../../../src/date-pattern/date-template.ts';
import { printDate } from '../../../src/date-pattern/print-date.ts';
import { dateText, textAt, withDate, type DateField, type PollingEntry } from './polling-rows.ts';

interface RowEditorProps {
  name: string;
  entry: PollingEntry;
  onChange: (entry: PollingEntry) => void;
}

/** What the pencil opens: URL, ID Field and Advanced Filtering. */
export function RowEditor({ name, entry, onChange }: RowEditorProps) {
  const [isAdvanced, setIsAdvanced] = useState(false);
  const advancedId = useId();
  const url = textAt(entry, 'url');
  const Chevron = isAdvanced ? IconChevronDown : IconChevronRight;
  return (
    <Stack gap="sm" px="md" pb="md" pt={4} role="group" aria-label={`Polling of ${name}`}>
      <TextInput
        label="URL"
        size="xs"
        classNames={{ input: 'mono' }}
        value={url}
        description={<UrlExample url={url} />}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        onChange={(event) => onChange({ ...entry, url: event.currentTarget.value })}
      />
      <TextInput
        label="ID Field"
        size="xs"
        classNames={{ input: 'mono' }}
        value={textAt(entry, 'idField')}
        onChange={(event) => onChange({ ...entry, idField: event.currentTarget.value })}
      />
      <UnstyledButton
        aria-expanded={isAdvanced}
        aria-controls={advancedId}
        onClick={() => setIsAdvanced(!isAdvanced)}
      >
        <Text
          size="sm"
          fw={550}
          component="span"
          style={{ display: 'inline-flex', alignItems: 'center', gap: 4 }}
        >
          <Chevron size={15} aria-hidden />
          Advanced Filtering
        </Text>
      </UnstyledButton>
      <SimpleGrid
        cols={{ base: 1, xs: 2 }}
        spacing="sm"
        id={advancedId}
        style={{ display: isAdvanced ? undefined : 'none' }}
      >
        <DateInput label="Updated Date Field" field="updatedField" entry={entry} onChange={onChange} />
        <PatternInput
          label="Updated Date Format"
          field="updatedFormat"
          zone="updatedTimezone"
          entry={entry}
          onChange={onChange}
        />
        <DateInput label="Created Date Field" field="createdField" entry={entry} onChange={onChange} />
        <PatternInput
          label="Created Date Format"
          field="createdFormat"
          zone="createdTimezone"
          entry={entry}
          onChange={onChange}
        />
        <DateInput label="Updated Date Timezone" field="updatedTimezone" entry={entry} onChange={onChange} />
        <DateInput label="Created Date Timezone" field="createdTimezone" entry={entry} onChange={onChange} />
      </SimpleGrid>
    </Stack>
  );
}

interface DateInputProps {
  label: string;
  field: DateField;
  entry: PollingEntry;
  onChange: (entry: PollingEntry) => void;
}

function DateInput({ label, field, entry, onChange }: DateInputProps) {
  return (
    <TextInput
      label={label}
      size="xs"
      classNames={{ input: 'mono' }}
      placeholder={field.endsWith('Timezone') ? 'UTC' : ''}
      value={dateText(entry, field)}
      onChange={(event) => onChange(withDate(entry, field, event.currentTarget.value))}
    />
  );
}

/** A date pattern, with what it prints of this moment. */
function PatternInput({ label, field, zone, entry, onChange }: DateInputProps & { zone: DateField }) {
  const pattern = dateText(entry, field);
  const problems = pattern === '' ? [] : checkPattern(pattern);
  const example =
    problems.length === 0 && pattern !== ''
      ? printDate(Date.now(), pattern, dateText(entry, zone) || 'UTC')
      : '';
  return (
    <TextInput
      label={label}
      size="xs"
      classNames={{ input: 'mono' }}
      placeholder="yyyy-MM-dd'T'HH:mm:ssXXX"
      value={pattern}
      error={problems.length > 0 ? problems.join(', ') : undefined}
      description={
        <span data-testid={`example-${field}`} className="mono">
          {example === '' ? 'Any ISO-8601 date or epoch' : `now: ${example}`}
        </span>
      }
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      onChange={(event) => onChange(withDate(entry, field, event.currentTarget.value))}
    />
  );
}

function UrlExample({ url }: { url: string }) {
  if (!url.includes('${')) return 'Date templates such as ${date:yyyy-MM-dd} are filled in at each poll.';
  return <span className="mono">now: {fillTemplate(url, { at: Date.now() })}</span>;
}
