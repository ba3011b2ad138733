import { Alert, Button, Group, Text } from '@mantine/core';
import { IconCircleCheck, IconFlask } from '@tabler/icons-react';
import { useState } from 'react';
import type { ElementDetail } from '../../../src/elements/schema.ts';
import { useServer } from '../accounts/session.ts';
import type { FormValues } from './form-state.ts';

interface SimulatorOfferProps {
  element: ElementDetail;
  onTake: (fill: (values: FormValues) => FormValues) => void;
}

/** In the demo: the vendor's stand-in on this machine, all that it needs filled in by one click. */
export function SimulatorOffer({ element, onTake }: SimulatorOfferProps) {
  const [isTaken, setIsTaken] = useState(false);
  const offer = useServer().simulators.find(({ elementKey }) => elementKey === element.key);
  if (offer === undefined) return null;
  const fill = (values: FormValues): FormValues => ({
    ...values,
    name: values.name || offer.name,
    entries: {
      ...values.entries,
      ...Object.fromEntries(
        Object.entries(offer.configuration).map(([key, value]) => [
          key,
          typeof value === 'string' ? value : JSON.stringify(value),
        ]),
      ),
    },
  });
  const Icon = isTaken ? IconCircleCheck : IconFlask;
  return (
    <Alert
      icon={<Icon size={18} />}
      color={isTaken ? 'teal' : 'tide'}
      title={isTaken ? 'All filled in' : `A ${element.name} simulator runs beside this server`}
      p="sm"
      role="status"
    >
      <Group justify="space-between" gap="sm">
        <Text size="sm">
          {isTaken
            ? 'Account, callback and key are those of the demo. “Create Instance” connects it.'
            : 'Try everything with it; no real account is needed.'}
        </Text>
        {!isTaken && (
          <Button
            size="xs"
            onClick={() => {
              onTake(fill);
              setIsTaken(true);
            }}
          >
            Fill in its credentials
          </Button>
        )}
      </Group>
    </Alert>
  );
}
