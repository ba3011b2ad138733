import { SegmentedControl } from '@mantine/core';
import { SearchInput } from '../kernel/search-input.tsx';

interface EndpointFilterProps {
  search: string;
  show: string;
  change: (changes: Record<string, string | null>) => void;
}

export function EndpointFilter({ search, show, change }: EndpointFilterProps) {
  return (
    <>
      <SearchInput
        label="Search callbacks"
        placeholder="Search callbacks"
        width={220}
        value={search}
        onChange={(text) => change({ search: text })}
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
