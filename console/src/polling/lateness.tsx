import { Text } from '@mantine/core';
import type { FeedView } from '../../../src/console/schema.ts';
import { count } from '../kernel/words.ts';

/** How late the vendor showed records, as small bars: one a bucket, all days together. */
export function Lateness({ feed }: { feed: FeedView }) {
  const names = [...feed.latenessBucketsS.map((s) => `≤ ${s < 60 ? `${s} s` : `${s / 60} min`}`), 'later'];
  const totals = names.map((_, bucket) =>
    feed.lateness.reduce((sum, { counts }) => sum + (counts[bucket] ?? 0), 0),
  );
  const most = Math.max(1, ...totals);
  const text = names.map((name, bucket) => `${name}: ${count(totals[bucket] ?? 0, 'record')}`).join(', ');
  return (
    <div
      style={{ marginTop: 12 }}
      role="img"
      aria-label={`Late records of ${feed.feed}: ${text}`}
      title={text}
    >
      <div style={{ display: 'flex', gap: 3, alignItems: 'flex-end', height: 30 }}>
        {names.map((name, bucket) => (
          <span
            key={name}
            style={{
              flex: 1,
              height: `${Math.max(6, (100 * (totals[bucket] ?? 0)) / most)}%`,
              borderRadius: 2,
              background: (totals[bucket] ?? 0) > 0 ? 'var(--mantine-color-anchor)' : 'var(--line)',
            }}
          />
        ))}
      </div>
      <Text size="xs" c="dimmed" mt={2}>
        Late records, from ≤ 1 s to over an hour
      </Text>
    </div>
  );
}
