import { Alert, Group, Stack, TagsInput, Text, TextInput } from '@mantine/core';
import { useState, type FormEvent, type ReactNode } from 'react';
import type { ElementDetail } from '../../../src/elements/schema.ts';
import { ApiError } from '../api/client.ts';
import { useMetadata } from '../elements/queries.ts';
import { Section } from '../kernel/states.tsx';
import { messageOf } from '../kernel/words.ts';
import { CredentialFields } from './credential-fields.tsx';
import { CurlPane } from './curl-pane.tsx';
import { EventFields } from './event-fields.tsx';
import { problemsOf, type FormValues } from './form-state.ts';
import { SimulatorOffer } from './simulator-offer.tsx';

interface InstanceFormProps {
  element: ElementDetail;
  initial: FormValues;
  instanceId?: number;
  /** The request that the form stands for now. */
  request: (values: FormValues) => { method: string; path: string; body: unknown };
  onSubmit: (values: FormValues) => void;
  isSending: boolean;
  error: unknown;
  /** The buttons at the end, for what was filled in. */
  buttons: (values: FormValues) => ReactNode;
}

/** Connect or edit an instance: the form and, beside it, the same as a request. */
export function InstanceForm({
  element,
  initial,
  instanceId,
  request,
  onSubmit,
  isSending,
  error,
  buttons,
}: InstanceFormProps) {
  const [values, setValues] = useState(initial);
  const [isChecked, setIsChecked] = useState(false);
  const metadata = useMetadata(element.key);
  const problems = problemsOf(element, values);
  const shown = isChecked ? problems : {};
  const set = (key: string, value: string): void =>
    setValues((current) => ({ ...current, entries: { ...current.entries, [key]: value } }));

  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    setIsChecked(true);
    const [first] = Object.keys(problems);
    if (first === undefined) return onSubmit(values);
    document.getElementById(first === 'name' ? 'instance-name' : `entry-${first}`)?.focus();
  };
  const fields = { element, values, set, problems: shown };
  return (
    <div className="split">
      <form onSubmit={submit} noValidate aria-label={instanceId === undefined ? 'Connect' : 'Edit'}>
        <Stack gap="md">
          {instanceId === undefined && (
            <SimulatorOffer element={element} onTake={(taken) => setValues(taken(values))} />
          )}
          <Section title="Account">
            <Stack gap="md">
              <TextInput
                id="instance-name"
                label="Name"
                description="What people here call this account."
                required
                value={values.name}
                error={shown['name']}
                autoComplete="off"
                onChange={(event) => {
                  const name = event.currentTarget.value;
                  setValues((current) => ({ ...current, name }));
                }}
              />
              <CredentialFields {...fields} />
              <TagsInput
                label="Tags"
                description="To find it again; without any, its name is its tag."
                value={values.tags}
                onChange={(tags) => setValues((current) => ({ ...current, tags }))}
              />
            </Stack>
          </Section>
          <EventFields {...fields} metadata={metadata.data} instanceId={instanceId} />
          {error !== null && error !== undefined && <SubmitProblem error={error} />}
          {isChecked && Object.keys(problems).length > 0 && (
            <Alert color="red" role="alert" p="sm">
              {Object.values(problems).join(' ')}
            </Alert>
          )}
          <Group className="form-actions" aria-busy={isSending}>
            {buttons(values)}
          </Group>
        </Stack>
      </form>
      <aside>
        <CurlPane element={element} {...request(values)} />
      </aside>
    </div>
  );
}

function SubmitProblem({ error }: { error: unknown }) {
  const vendor = error instanceof ApiError ? error.providerMessage : undefined;
  return (
    <Alert color="red" role="alert" title={messageOf(error)}>
      {vendor !== undefined && <Text size="sm">The vendor said: {vendor}</Text>}
    </Alert>
  );
}
