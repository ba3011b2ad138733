import { Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { call } from '../api/client.ts';
import { Problem } from '../kernel/states.tsx';
import { count } from '../kernel/words.ts';
import { useRefreshInterval } from './live.tsx';

const HOUR_MS = 3_600_000;
const PAST_MS = 60_000;
const RANGES = {
  hour: { ms: HOUR_MS, interval: 'minute', unit: 'minute', format: { hour: '2-digit', minute: '2-digit' } },
  day: { ms: 24 * HOUR_MS, interval: 'hour', unit: 'hour', format: { hour: '2-digit', minute: '2-digit' } },
  week: {
    ms: 7 * 24 * HOUR_MS,
    interval: 'hour',
    unit: 'hour',
    format: { weekday: 'short', hour: '2-digit' },
  },
} as const;

interface Bucket {
  timestamp: string;
  count: number;
}

/** Events over time. */
export function EventChart({ range }: { range: keyof typeof RANGES }) {
  const { ms, interval, unit, format } = RANGES[range];
  const liveMs = useRefreshInterval();
  const analytics = useQuery({
    // An event makes no difference to a week, and a week costs the server more to count than an hour.
    queryKey: [range === 'hour' ? 'analytics' : 'analytics-past', range],
    queryFn: ({ signal }) =>
      call<Bucket[]>('GET', '/instances/events/analytics', {
        signal,
        query: { from: new Date(Date.now() - ms).toISOString(), to: new Date().toISOString(), interval },
      }),
    refetchInterval: range === 'hour' ? liveMs : PAST_MS,
    placeholderData: keepPreviousData,
  });
  if (analytics.isError) return <Problem error={analytics.error} />;
  const buckets = analytics.data ?? [];
  const total = buckets.reduce((sum, bucket) => sum + bucket.count, 0);
  const print = new Intl.DateTimeFormat(undefined, { ...format, hour12: false });
  const label = (timestamp: unknown): string => print.format(new Date(String(timestamp)));
  return (
    <figure style={{ margin: 0 }}>
      <div style={{ height: 200 }} aria-hidden>
        <ResponsiveContainer width="100%" height="100%" initialDimension={{ width: 600, height: 200 }}>
          <BarChart
            data={buckets}
            margin={{ top: 4, right: 4, bottom: 0, left: -18 }}
            accessibilityLayer={false}
          >
            <CartesianGrid vertical={false} stroke="var(--line)" />
            <XAxis
              dataKey="timestamp"
              tickFormatter={label}
              minTickGap={48}
              tickLine={false}
              axisLine={false}
              tick={{ fontSize: 11, fill: 'var(--mantine-color-dimmed)' }}
            />
            <YAxis
              allowDecimals={false}
              tickLine={false}
              axisLine={false}
              tick={{ fontSize: 11, fill: 'var(--mantine-color-dimmed)' }}
            />
            <Tooltip
              cursor={{ fill: 'var(--surface-hover)' }}
              content={({ active, payload }) => {
                const bucket = payload?.[0]?.payload as Bucket | undefined;
                if (!active || bucket === undefined) return null;
                return (
                  <div className="card" style={{ padding: '6px 10px', fontSize: 12 }}>
                    {label(bucket.timestamp)} · <strong>{count(bucket.count, 'event')}</strong>
                  </div>
                );
              }}
            />
            <Bar
              dataKey="count"
              fill="var(--mantine-color-anchor)"
              radius={[2, 2, 0, 0]}
              maxBarSize={14}
              isAnimationActive={false}
            />
          </BarChart>
        </ResponsiveContainer>
      </div>
      <Text component="figcaption" size="xs" c="dimmed" mt={4}>
        {count(total, 'event')} in the last {range}, per {unit}
      </Text>
    </figure>
  );
}
