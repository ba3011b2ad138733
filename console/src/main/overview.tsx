import { SegmentedControl, Skeleton, Stack } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { useOverview } from '../delivery/queries.ts';
import { useInstances } from '../instances/queries.ts';
import { PageTitle, Problem, Section } from '../kernel/states.tsx';
import { useUrlState } from '../kernel/url-state.ts';
import { Attention } from './attention.tsx';
import { Figures } from './figures.tsx';
import { FirstSteps } from './first-steps.tsx';
import { Slowest } from './slowest.tsx';

const EventChart = lazy(async () => ({ default: (await import('../events/event-chart.tsx')).EventChart }));

/** How everything does, and what needs a person. */
export function Component() {
  const overview = useOverview();
  const instances = useInstances();
  const [params, change] = useUrlState();
  if (instances.isError) return <Problem error={instances.error} retry={() => void instances.refetch()} />;
  if (instances.isPending) return <Skeleton h={360} radius="lg" />;
  if (instances.data.length === 0) return <FirstSteps />;
  const range = params.get('range') ?? 'hour';
  return (
    <>
      <PageTitle title="Overview" />
      <Stack gap="md">
        {overview.isError && <Problem error={overview.error} retry={() => void overview.refetch()} />}
        <Figures overview={overview.data} />
        <Section
          title="Events"
          actions={
            <SegmentedControl
              aria-label="Range of the chart"
              size="xs"
              value={range}
              onChange={(value) => change({ range: value === 'hour' ? null : value })}
              data={[
                { value: 'hour', label: 'Hour' },
                { value: 'day', label: 'Day' },
                { value: 'week', label: 'Week' },
              ]}
            />
          }
        >
          <Suspense fallback={<Skeleton h={224} />}>
            <EventChart range={range === 'day' || range === 'week' ? range : 'hour'} />
          </Suspense>
        </Section>
        <div className="split">
          <Attention instances={instances.data} stopped={overview.data?.stopped ?? []} />
          <Slowest overview={overview.data} instances={instances.data} />
        </div>
      </Stack>
    </>
  );
}
