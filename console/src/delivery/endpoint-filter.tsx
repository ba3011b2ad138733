import { SegmentedControl, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';

interface EndpointFilterProps {
  search: string;
  show: string;
  change: (changes: Record<string, string | null>) => void;
}

export function EndpointFilter({ search, show, change }: EndpointFilterProps) {
  return (
    <>
      <TextInput
        aria-label="Search callbacks"
        placeholder="Search callbacks"
        leftSection={<IconSearch size={15} />}
        value={search}
        onChange={(event) => change({ search: event.currentTarget.value })}
      />
      <SegmentedControl
        aria-label="Which callbacks"
        size="xs"
        data={[
          { value: 'waiting', label: 'With work' },
          { value: 'all', label: 'All' },
        ]}
        value={show}
        onChange={(value) => change({ show: value === 'waiting' ? null : value })}
      />
    </>
  );
}
