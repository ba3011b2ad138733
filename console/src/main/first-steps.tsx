import { Button, Group, SimpleGrid, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { IconArrowRight } from '@tabler/icons-react';
import { Link } from 'react-router';
import { useServer } from '../accounts/session.ts';
import { useElements } from '../elements/queries.ts';
import { VendorMark } from '../elements/vendor-mark.tsx';

const STEPS = [
  [
    'Connect an account',
    'Pick a system and sign in. What is in it now makes no events; every change from then on does.',
  ],
  ['Say where changes go', 'Give your callback URL on the same page, and send a test event to it.'],
  [
    'See the first event',
    'Change a record there. The event appears here live, with every try to deliver it.',
  ],
] as const;

/** What a first visit shows: three steps. */
export function FirstSteps() {
  useDocumentTitle('Welcome · Tidings');
  const elements = useElements();
  const { simulators } = useServer();
  const simulated = new Set(simulators.map(({ elementKey }) => elementKey));
  const connectors = (elements.data ?? []).toSorted(
    (a, b) => Number(simulated.has(b.key)) - Number(simulated.has(a.key)),
  );
  return (
    <Stack gap="lg" maw={900} mx="auto" mt={{ base: 'md', sm: 36 }}>
      <div>
        <Title order={1} fz={26}>
          Three steps to the first event
        </Title>
        <Text c="dimmed" mt={4}>
          Tidings finds every change in the accounts you connect, and delivers it, signed and retried.
        </Text>
      </div>
      <SimpleGrid
        cols={{ base: 1, sm: 3 }}
        component="ol"
        style={{ listStyle: 'none', padding: 0, margin: 0 }}
      >
        {STEPS.map(([title, text], index) => (
          <li key={title} className="card" style={{ padding: 16 }}>
            <Group gap="sm" mb={8} wrap="nowrap">
              <span className="step-number" aria-hidden>
                {index + 1}
              </span>
              <Text fw={600}>{title}</Text>
            </Group>
            <Text size="sm" c="dimmed">
              {text}
            </Text>
          </li>
        ))}
      </SimpleGrid>
      <div>
        <Title order={2} mb="sm">
          Begin with
        </Title>
        <SimpleGrid cols={{ base: 1, xs: 2, sm: 3 }}>
          {elements.isPending && [1, 2, 3].map((card) => <Skeleton key={card} h={66} radius="lg" />)}
          {connectors.map((element) => (
            <Link
              key={element.key}
              to={`/connectors/${element.key}`}
              className="card"
              style={{ padding: 14 }}
            >
              <Group gap="sm" wrap="nowrap">
                <VendorMark elementKey={element.key} />
                <div style={{ flex: 1, minWidth: 0 }}>
                  <Text fw={600}>{element.name}</Text>
                  <Text
                    size="xs"
                    className="clip"
                    {...(simulated.has(element.key) ? { c: 'var(--accent-text)', fw: 550 } : { c: 'dimmed' })}
                  >
                    {simulated.has(element.key) ? 'A simulator is ready' : element.hub}
                  </Text>
                </div>
                <IconArrowRight size={18} aria-hidden />
              </Group>
            </Link>
          ))}
        </SimpleGrid>
      </div>
      <Group>
        <Button component={Link} to="/connectors" variant="default">
          All connectors
        </Button>
      </Group>
    </Stack>
  );
}
