import {
  ActionIcon,
  Alert,
  Group,
  Input,
  NumberInput,
  PasswordInput,
  SegmentedControl,
  Slider,
  Stack,
  Switch,
  TagsInput,
  TextInput,
  Tooltip,
} from '@mantine/core';
import { IconWand } from '@tabler/icons-react';
import { useState } from 'react';
import type { ElementMetadata } from '../../../src/elements/schema.ts';
import { Section } from '../kernel/states.tsx';
import { PollingEditor } from '../polling/polling-editor.tsx';
import type { FieldsProps } from './credential-fields.tsx';
import { EVENT_TYPE_NAMES } from './event-type.ts';
import {
  CALLBACK_KEY,
  entryOf,
  EVENTS_KEY,
  furtherEventEntries,
  INTERVAL_KEY,
  OBJECTS_KEY,
  POLLING_KEY,
  SETUP_KEY,
  SIGNATURE_KEY,
  TYPE_KEY,
  usesPolling,
  usesWebhooks,
} from './form-state.ts';
import { MoreEntries } from './more-entries.tsx';
import { SendTestEvent } from './test-event.tsx';

interface EventFieldsProps extends FieldsProps {
  metadata: ElementMetadata | undefined;
  instanceId: number | undefined;
}

/** What changes are looked for, how, and where they go. */
export function EventFields(props: EventFieldsProps) {
  const { element, values, set } = props;
  const isOn = values.entries[EVENTS_KEY] === 'true';
  const label = (key: string): string => entryOf(element, key)?.name ?? key;
  const types = entryOf(element, TYPE_KEY)?.options ?? ['polling'];
  return (
    <Section
      title="Events"
      actions={
        <Switch
          label={label(EVENTS_KEY)}
          labelPosition="left"
          checked={isOn}
          onChange={(event) => set(EVENTS_KEY, String(event.currentTarget.checked))}
        />
      }
    >
      {!isOn ? (
        <Input.Description>
          No changes are looked for. The account can still be read and written through the API.
        </Input.Description>
      ) : (
        <Stack gap="lg">
          <Input.Wrapper
            label={label(TYPE_KEY)}
            labelElement="div"
            description={entryOf(element, TYPE_KEY)?.description}
          >
            <div style={{ marginTop: 6 }}>
              <SegmentedControl
                aria-label={label(TYPE_KEY)}
                value={values.entries[TYPE_KEY] ?? types[0] ?? ''}
                onChange={(value) => set(TYPE_KEY, value)}
                data={types.map((type) => ({ value: type, label: EVENT_TYPE_NAMES[type] ?? type }))}
              />
            </div>
          </Input.Wrapper>
          {usesWebhooks(values) && <WebhookFields {...props} />}
          <CallbackFields {...props} label={label} />
          <TagsInput
            id={`entry-${OBJECTS_KEY}`}
            label={label(OBJECTS_KEY)}
            description="Empty: all of them."
            data={(props.metadata?.resources ?? []).map(({ vendorObject }) => vendorObject)}
            value={split(values.entries[OBJECTS_KEY])}
            onChange={(objects) => set(OBJECTS_KEY, objects.join(','))}
          />
          {usesPolling(values) && (
            <>
              <IntervalField
                label={label(INTERVAL_KEY)}
                value={Number(values.entries[INTERVAL_KEY] || 15)}
                onChange={(value) => set(INTERVAL_KEY, String(value))}
              />
              {entryOf(element, POLLING_KEY) !== undefined && (
                <PollingEditor
                  label={label(POLLING_KEY)}
                  value={values.entries[POLLING_KEY] ?? ''}
                  onChange={(value) => set(POLLING_KEY, value)}
                  metadata={props.metadata}
                  error={props.problems[POLLING_KEY]}
                />
              )}
            </>
          )}
          <MoreEntries
            what="further event settings"
            entries={furtherEventEntries(element)}
            values={values}
            set={set}
            problems={props.problems}
          />
        </Stack>
      )}
    </Section>
  );
}

function split(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function WebhookFields({ element, values, set }: EventFieldsProps) {
  const setup = entryOf(element, SETUP_KEY);
  return (
    <Stack gap="sm">
      {element.key === 'sfdc' && (
        <Alert color="yellow" p="sm">
          Each instance needs Apex classes of its own in the Salesforce org. With many instances, prefer
          polling.
        </Alert>
      )}
      {setup !== undefined && (
        <Switch
          label="Set it up for me"
          description={`Creates the webhook at ${element.name} when the instance is saved. Off: you paste its URL there yourself.`}
          checked={values.entries[SETUP_KEY] === 'auto'}
          onChange={(event) => set(SETUP_KEY, event.currentTarget.checked ? 'auto' : 'manual')}
        />
      )}
    </Stack>
  );
}

function CallbackFields({
  element,
  values,
  set,
  problems,
  instanceId,
  label,
}: EventFieldsProps & { label: (key: string) => string }) {
  const callback = values.entries[CALLBACK_KEY] ?? '';
  const key = values.entries[SIGNATURE_KEY] ?? '';
  const [isKeyShown, setIsKeyShown] = useState(false);
  return (
    <Stack gap="md">
      <TextInput
        id={`entry-${CALLBACK_KEY}`}
        label={label(CALLBACK_KEY)}
        description="Where every change is POSTed. Without one, events are only kept here."
        placeholder="https://example.com/tidings"
        type="url"
        inputMode="url"
        autoComplete="off"
        value={callback}
        error={problems[CALLBACK_KEY]}
        onChange={(event) => set(CALLBACK_KEY, event.currentTarget.value)}
      />
      <SendTestEvent elementKey={element.key} url={callback} instanceId={instanceId} signatureKey={key} />
      <Group align="flex-end" gap="xs" wrap="nowrap">
        <PasswordInput
          id={`entry-${SIGNATURE_KEY}`}
          label={label(SIGNATURE_KEY)}
          description={entryOf(element, SIGNATURE_KEY)?.description}
          autoComplete="new-password"
          style={{ flex: 1 }}
          value={key}
          visible={isKeyShown}
          onVisibilityChange={setIsKeyShown}
          onChange={(event) => set(SIGNATURE_KEY, event.currentTarget.value)}
        />
        <Tooltip label="Generate a key">
          <ActionIcon
            size={32}
            variant="default"
            aria-label="Generate a signature key"
            onClick={() => {
              set(SIGNATURE_KEY, randomKey());
              setIsKeyShown(true);
            }}
          >
            <IconWand size={17} />
          </ActionIcon>
        </Tooltip>
      </Group>
    </Stack>
  );
}

/** 256 random bits, as text that survives every copy and paste. */
function randomKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(32))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
}

const LARGEST_ON_SLIDER = 120;

function IntervalField({
  label,
  value,
  onChange,
}: {
  label: string;
  value: number;
  onChange: (value: number) => void;
}) {
  return (
    <Input.Wrapper label={label} labelElement="div">
      <Group gap="md" wrap="nowrap" mt={4}>
        <Slider
          style={{ flex: 1 }}
          min={1}
          max={LARGEST_ON_SLIDER}
          value={Math.min(value, LARGEST_ON_SLIDER)}
          onChange={onChange}
          label={(minutes) => `${minutes} min`}
          thumbLabel={`${label}, slider`}
          marks={[{ value: 15 }, { value: 30 }, { value: 60 }]}
        />
        <NumberInput
          w={92}
          min={1}
          allowDecimal={false}
          aria-label={label}
          value={value}
          onChange={(next) => typeof next === 'number' && next >= 1 && onChange(next)}
        />
      </Group>
    </Input.Wrapper>
  );
}
