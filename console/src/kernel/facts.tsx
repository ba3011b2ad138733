import { SimpleGrid, Text } from '@mantine/core';
import type { ReactNode } from 'react';

/** Names with what they stand for, as many beside each other as fit. */
export function Facts({ children }: { children: ReactNode }) {
  return (
    <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="sm" verticalSpacing={10}>
      {children}
    </SimpleGrid>
  );
}

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div style={{ minWidth: 0 }}>
      <Text size="xs" c="dimmed">
        {name}
      </Text>
      <Text size="sm" component="div" className="clip">
        {children}
      </Text>
    </div>
  );
}
