import { NumberInput, PasswordInput, Select, Switch, Textarea, TextInput } from '@mantine/core';
import type { ElementEntryView } from '../../../src/elements/schema.ts';

interface EntryFieldProps {
  entry: ElementEntryView;
  value: string;
  onChange: (value: string) => void;
  required?: boolean;
  error?: string | undefined;
}

const METHOD_NAMES: Record<string, string> = {
  emailPassword: 'E-mail and password',
  accessToken: 'API token',
  oauth2: 'OAuth 2.0 (sign in at the vendor)',
  apiKey: 'API key',
};

/** One entry of an element's configuration, as its type asks. */
export function EntryField({ entry, value, onChange, required = false, error }: EntryFieldProps) {
  const common = {
    label: entry.name,
    description: entry.description,
    required,
    error,
    id: `entry-${entry.key}`,
    name: entry.key,
  };
  switch (entry.type) {
    case 'BOOLEAN':
      return (
        <Switch
          {...common}
          required={false}
          checked={value === 'true'}
          onChange={(event) => onChange(String(event.currentTarget.checked))}
        />
      );
    case 'NUMBER':
      return (
        <NumberInput
          {...common}
          min={0}
          allowDecimal={false}
          value={value}
          onChange={(next) => onChange(String(next))}
        />
      );
    case 'SELECT':
      return (
        <Select
          {...common}
          data={(entry.options ?? []).map((option) => ({
            value: option,
            label: METHOD_NAMES[option] ?? option,
          }))}
          value={value === '' ? null : value}
          placeholder="Default"
          onChange={(next) => onChange(next ?? '')}
        />
      );
    case 'PASSWORD':
      return (
        <PasswordInput
          {...common}
          autoComplete="new-password"
          value={value}
          onFocus={(event) => event.currentTarget.select()}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
    case 'TEXTAREA':
      return (
        <Textarea
          {...common}
          autosize
          minRows={2}
          maxRows={10}
          value={value}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
    default:
      return (
        <TextInput
          {...common}
          autoComplete="off"
          value={value}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
  }
}
