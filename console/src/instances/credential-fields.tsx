import { Stack } from '@mantine/core';
import type { ElementDetail } from '../../../src/elements/schema.ts';
import { EntryField } from './entry-field.tsx';
import { credentialEntries, entryOf, METHOD_KEY, methodOf, type FormValues } from './form-state.ts';
import { MoreEntries } from './more-entries.tsx';

export interface FieldsProps {
  element: ElementDetail;
  values: FormValues;
  set: (key: string, value: string) => void;
  /** What is wrong, by entry. */
  problems: Record<string, string>;
}

/** How to sign in at the vendor: what is required first, the rest on demand. */
export function CredentialFields({ element, values, set, problems }: FieldsProps) {
  const method = entryOf(element, METHOD_KEY);
  const { required, optional } = credentialEntries(element, values);
  return (
    <Stack gap="md">
      {method !== undefined && !method.hideFromConsole && (
        <EntryField
          entry={method}
          value={methodOf(element, values)}
          onChange={(value) => set(METHOD_KEY, value)}
        />
      )}
      {required.map((entry) => (
        <EntryField
          key={entry.key}
          entry={entry}
          required
          value={values.entries[entry.key] ?? ''}
          error={problems[entry.key]}
          onChange={(value) => set(entry.key, value)}
        />
      ))}
      <MoreEntries what="optional fields" entries={optional} values={values} set={set} problems={problems} />
    </Stack>
  );
}
