import { Anchor, Text } from '@mantine/core';
import { Link } from 'react-router';
import type { InboundView } from '../../../src/console/schema.ts';
import { STATUS_WORDS } from '../events/queries.ts';
import { Empty, Problem, RowsSkeleton, Section, Tone } from '../kernel/states.tsx';
import { Time } from '../kernel/time.tsx';
import { useInbound } from './queries.ts';

/** The last webhooks of the vendor, live. */
export function Inbound({ instanceId, vendor }: { instanceId: number; vendor: string }) {
  const inbound = useInbound(instanceId);
  return (
    <Section title={`Last webhooks from ${vendor}`} padded={false}>
      {inbound.isPending && <RowsSkeleton rows={3} />}
      {inbound.isError && <Problem error={inbound.error} retry={() => void inbound.refetch()} />}
      {inbound.isSuccess && inbound.data.length === 0 && (
        <Empty title="No webhook yet">
          Change a record in {vendor}: its webhook appears here within seconds, if it is set up.
        </Empty>
      )}
      {inbound.isSuccess && inbound.data.length > 0 && (
        <table className="rows">
          <thead>
            <tr>
              <th>Arrived</th>
              <th>Told of</th>
              <th>Status</th>
            </tr>
          </thead>
          <tbody>
            {inbound.data.map((one) => (
              <InboundRow key={one.eventId} inbound={one} />
            ))}
          </tbody>
        </table>
      )}
    </Section>
  );
}

function InboundRow({ inbound }: { inbound: InboundView }) {
  const { eventId, date, status, changes } = inbound;
  const [first, ...more] = changes;
  const { tone, label, hint } = STATUS_WORDS[status];
  return (
    <tr>
      <td>
        <Time at={date} />
      </td>
      <td>
        <Anchor component={Link} to={`/events/${eventId}`} size="sm">
          {first === undefined ? 'no change by itself' : `${first.objectType} ${first.objectId}`}
        </Anchor>
        {first !== undefined && (
          <Text span size="sm" c="dimmed">
            {' '}
            {first.eventType.toLowerCase()}
            {more.length > 0 && ` and ${more.length} more`}
          </Text>
        )}
      </td>
      <td>
        <span title={hint}>
          <Tone tone={tone}>{label}</Tone>
        </span>
      </td>
    </tr>
  );
}
