import { Button, Collapse, Stack } from '@mantine/core';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { useId, useState } from 'react';
import type { ElementEntryView } from '../../../src/elements/schema.ts';
import type { FieldsProps } from './credential-fields.tsx';
import { EntryField } from './entry-field.tsx';

interface MoreEntriesProps extends Omit<FieldsProps, 'element'> {
  /** What they are, in the plural: `optional fields`. */
  what: string;
  entries: readonly ElementEntryView[];
}

/** Entries few people need, shown on demand, and by themselves when one of them is wrong. */
export function MoreEntries({ what, entries, values, set, problems }: MoreEntriesProps) {
  const [isAsked, setIsAsked] = useState(false);
  const id = useId();
  if (entries.length === 0) return null;
  const isOpen = isAsked || entries.some(({ key }) => problems[key] !== undefined);
  const Chevron = isOpen ? IconChevronDown : IconChevronRight;
  return (
    <div>
      <Button
        variant="subtle"
        size="xs"
        px={6}
        ml={-6}
        leftSection={<Chevron size={15} aria-hidden />}
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => setIsAsked(!isOpen)}
      >
        {isOpen ? `Hide ${what}` : `Show ${what}`}
      </Button>
      <Collapse expanded={isOpen} id={id}>
        <Stack gap="md" pt="xs">
          {entries.map((entry) => (
            <EntryField
              key={entry.key}
              entry={entry}
              value={values.entries[entry.key] ?? ''}
              error={problems[entry.key]}
              onChange={(value) => set(entry.key, value)}
            />
          ))}
        </Stack>
      </Collapse>
    </div>
  );
}
