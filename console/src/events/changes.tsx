import { Code, Text } from '@mantine/core';
import type { Event } from '../../../src/events/schema.ts';
import { Copyable } from '../kernel/copy.tsx';
import { Time } from '../kernel/time.tsx';

interface Change {
  path: string;
  before: unknown;
  after: unknown;
}

/** What a notification tells: each change, with what was before and after where that is known. */
export function Changes({ event }: { event: Event }) {
  if (event.events.length === 0) {
    return (
      <Text p="md" size="sm" c="dimmed">
        This webhook was a hint: it told what to read, and made no change by itself.
      </Text>
    );
  }
  return (
    <table className="rows">
      <thead>
        <tr>
          <th>Change</th>
          <th>Object</th>
          <th data-wide>Happened</th>
        </tr>
      </thead>
      <tbody>
        {event.events.map((change, index) => {
          const changes = 'changes' in change ? (change.changes as Change[]) : [];
          return (
            <tr key={`${change.objectType}-${change.objectId}-${String(index)}`}>
              <td>
                <span className="kind" data-kind={change.eventType}>
                  {change.eventType}
                </span>
              </td>
              <td>
                {change.objectType} <Copyable value={change.objectId} label="the object id" />
                {changes.length > 0 && <BeforeAfter changes={changes} />}
              </td>
              <td data-wide>
                <Time at={change.date} />
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function BeforeAfter({ changes }: { changes: Change[] }) {
  const text = (value: unknown): string => (value === undefined ? '—' : JSON.stringify(value));
  return (
    <ul style={{ margin: '6px 0 0', paddingLeft: 18 }}>
      {changes.map(({ path, before, after }) => (
        <li key={path}>
          <span className="mono">{path}</span>: <Code>{text(before)}</Code> → <Code>{text(after)}</Code>
        </li>
      ))}
    </ul>
  );
}
