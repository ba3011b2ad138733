import { Skeleton, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { OverviewView } from '../../../src/console/schema.ts';
import { Tone, type ToneName } from '../kernel/states.tsx';
import { Time } from '../kernel/time.tsx';
import { windowName } from '../kernel/words.ts';

/** How deliveries do, in five figures. */
export function Figures({ overview }: { overview: OverviewView | undefined }) {
  const past = overview === undefined ? 'last hour' : windowName(overview.windowSeconds);
  const more = overview?.isMore === true ? '+' : '';
  const number = (value: number | undefined, suffix = ''): ReactNode =>
    value === undefined ? <Skeleton h={24} w={48} mt={6} /> : `${value.toLocaleString()}${suffix}`;
  const open = (value: number | undefined): ReactNode => number(value, value === 0 ? '' : more);
  return (
    <section className="card figures" aria-label="Deliveries">
      <Figure name="Delivered" hint={past} tone="good">
        {number(overview?.delivered)}
      </Figure>
      <Figure name="Failed tries" hint={past} tone={(overview?.failed ?? 0) > 0 ? 'bad' : 'idle'}>
        {number(overview?.failed)}
      </Figure>
      <Figure name="Retrying" hint="now" tone={(overview?.retrying ?? 0) > 0 ? 'warn' : 'idle'}>
        {open(overview?.retrying)}
      </Figure>
      <Figure
        name="Queued"
        hint={(overview?.queued ?? 0) > 0 ? 'until you send them' : 'now'}
        tone={(overview?.queued ?? 0) > 0 ? 'bad' : 'idle'}
      >
        {open(overview?.queued)}
      </Figure>
      <Figure name="Oldest undelivered" hint={<Link to="/deliveries">Deliveries</Link>} tone="idle">
        {overview === undefined ? (
          <Skeleton h={24} w={80} mt={6} />
        ) : overview.oldestUndelivered === null ? (
          'none'
        ) : (
          <Time at={overview.oldestUndelivered} relative />
        )}
      </Figure>
    </section>
  );
}

interface FigureProps {
  name: string;
  hint: ReactNode;
  tone: ToneName;
  children: ReactNode;
}

function Figure({ name, hint, tone, children }: FigureProps) {
  return (
    <div className="figure">
      <Text size="sm" component="div">
        <Tone tone={tone}>{name}</Tone>
      </Text>
      <div className="figure-value">{children}</div>
      <Text size="xs" c="dimmed" component="div">
        {hint}
      </Text>
    </div>
  );
}
