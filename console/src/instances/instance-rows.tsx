import { Anchor, Badge, Checkbox } from '@mantine/core';
import { useCallback, useMemo, useState } from 'react';
import { Link } from 'react-router';
import type { ActivityView } from '../../../src/console/schema.ts';
import { VendorMark } from '../elements/vendor-mark.tsx';
import { Copyable } from '../kernel/copy.tsx';
import { Time } from '../kernel/time.tsx';
import { useIsNarrow, VirtualRows } from '../kernel/virtual-rows.tsx';
import { useActivity } from './activity.ts';
import { EVENT_TYPE_NAMES } from './event-type.ts';
import { Health } from './health.tsx';
import type { InstanceRow } from './queries.ts';

const ROW = 56;
const HEAD = 37;
const COLUMNS = ['Tags', 'Event type', 'Last event', 'Last poll'];

interface InstanceRowsProps {
  instances: readonly InstanceRow[];
  picked: ReadonlySet<number>;
  setPicked: (picked: ReadonlySet<number>) => void;
}

/** The table of instances, however many there are. */
export function InstanceRows({ instances, picked, setPicked }: InstanceRowsProps) {
  const [shown, setShown] = useState({ first: 0, last: 0 });
  const ids = useMemo(() => instances.map(({ id }) => id), [instances]);
  const activity = useActivity(ids, shown);
  const isNarrow = useIsNarrow();
  const toggle = (id: number): void => {
    const next = new Set(picked);
    if (!next.delete(id)) next.add(id);
    setPicked(next);
  };
  return (
    <VirtualRows
      items={instances}
      keyOf={({ id }) => id}
      rowHeight={ROW}
      list={{
        className: 'instance-list',
        role: 'table',
        'aria-label': 'Instances',
        'aria-rowcount': instances.length + 1,
        style: { height: `min(${instances.length * ROW + HEAD}px, max(320px, 100dvh - 196px))` },
      }}
      bodyRole="rowgroup"
      row={(_, index) => ({ role: 'row', 'aria-rowindex': index + 2 })}
      head={<Head ids={ids} picked={picked} setPicked={setPicked} />}
      onShown={useCallback((first: number, last: number) => setShown({ first, last }), [])}
    >
      {(instance) => (
        <Row
          instance={instance}
          seen={activity.get(instance.id)}
          isNarrow={isNarrow}
          isPicked={picked.has(instance.id)}
          toggle={toggle}
        />
      )}
    </VirtualRows>
  );
}

interface HeadProps {
  ids: readonly number[];
  picked: ReadonlySet<number>;
  setPicked: (picked: ReadonlySet<number>) => void;
}

function Head({ ids, picked, setPicked }: HeadProps) {
  const isAll = ids.every((id) => picked.has(id));
  return (
    <div role="rowgroup" className="instance-head">
      <div role="row" aria-rowindex={1} className="instance-row" style={{ height: HEAD }}>
        <span role="columnheader">
          <Checkbox
            size="xs"
            aria-label="Select all shown"
            checked={isAll}
            indeterminate={!isAll && ids.some((id) => picked.has(id))}
            onChange={() => setPicked(isAll ? new Set() : new Set(ids))}
          />
        </span>
        <span role="columnheader">Name</span>
        {COLUMNS.map((name) => (
          <span key={name} role="columnheader" data-wide>
            {name}
          </span>
        ))}
        <span role="columnheader">Health</span>
        <span role="columnheader" data-wide>
          ID
        </span>
      </div>
    </div>
  );
}

interface RowProps {
  instance: InstanceRow;
  seen: ActivityView | undefined;
  isNarrow: boolean;
  isPicked: boolean;
  toggle: (id: number) => void;
}

/** The cells of one row; the row itself is the list's. */
function Row({ instance, seen, isNarrow, isPicked, toggle }: RowProps) {
  const { id, name, elementKey, elementName, eventsEnabled } = instance;
  return (
    <div role="presentation" className="instance-row">
      <span role="cell">
        <Checkbox size="xs" aria-label={`Select ${name}`} checked={isPicked} onChange={() => toggle(id)} />
      </span>
      <span role="cell" className="instance-name">
        <VendorMark elementKey={elementKey} size={28} />
        <span style={{ minWidth: 0 }}>
          <Anchor
            component={Link}
            to={`/instances/${id}`}
            underline="hover"
            fw={550}
            className="clip"
            title={name}
          >
            {name}
          </Anchor>
          <span className="dimmed clip">{elementName}</span>
        </span>
      </span>
      {!isNarrow && (
        <>
          <span role="cell" className="instance-tags" title={instance.tags.join(', ')}>
            {instance.tags.map((tag) => (
              <Badge key={tag} variant="default" radius="sm" tt="none" fw={450}>
                {tag}
              </Badge>
            ))}
          </span>
          <span role="cell">
            {eventsEnabled ? EVENT_TYPE_NAMES[instance.eventType] : <Nothing>–</Nothing>}
          </span>
          <span role="cell">
            <Moment at={seen?.lastEvent} />
          </span>
          <span role="cell">
            <Moment at={seen?.lastPoll} />
          </span>
        </>
      )}
      <span role="cell">
        <Health instance={instance} />
      </span>
      {!isNarrow && (
        <span role="cell">
          <Copyable value={String(id)} label="the id" />
        </span>
      )}
    </div>
  );
}

/** Empty until it is known. */
function Moment({ at }: { at: string | null | undefined }) {
  if (at === undefined) return null;
  return at === null ? <Nothing>none yet</Nothing> : <Time at={at} relative />;
}

function Nothing({ children }: { children: string }) {
  return <span className="dimmed">{children}</span>;
}
