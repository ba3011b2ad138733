import type { InboundChange } from '../connectors/webhooks.ts';

/** One event to be, and the changes of the body that stand behind it. */
export interface Told {
  change: InboundChange;
  elements: number[];
  keys: string[];
}

/** Each change is an event of its own. */
export function oneByOne(changes: readonly InboundChange[]): Told[] {
  return changes.map((change) => told([change], change.eventType));
}

/** At one instant a record is made, then changed, then deleted; what nobody understands comes last. */
const RANK: Record<InboundChange['eventType'], number> = { CREATED: 0, UPDATED: 1, DELETED: 2, UNKNOWN: 3 };

/**
 * Makes one event of a burst about one object: its creation with the changes of the same instant, several changes,
 * the deletion told twice. The order in the body counts for nothing; what happened later comes later.
 */
export function coalesce(changes: readonly InboundChange[]): Told[] {
  const sorted = changes.toSorted(
    (a, b) =>
      (a.occurredAt ?? 0) - (b.occurredAt ?? 0) ||
      RANK[a.eventType] - RANK[b.eventType] ||
      a.element - b.element,
  );
  const groups: InboundChange[][] = [];
  const lastOf = new Map<string, InboundChange[]>();
  for (const change of sorted) {
    const object = JSON.stringify([change.tenantId, change.vendorObject, change.objectId]);
    const last = lastOf.get(object);
    if (last !== undefined && belongsTo(change, last)) last.push(change);
    else {
      const group = [change];
      groups.push(group);
      lastOf.set(object, group);
    }
  }
  return groups.map((group) => told(group, group[0]!.eventType));
}

function belongsTo(change: InboundChange, group: readonly InboundChange[]): boolean {
  const first = group[0]!;
  if (change.eventType === 'UNKNOWN' || first.eventType === 'UNKNOWN') return false;
  if (change.eventType === first.eventType) return true;
  return (
    first.eventType === 'CREATED' && change.eventType === 'UPDATED' && change.occurredAt === first.occurredAt
  );
}

function told(group: readonly InboundChange[], eventType: InboundChange['eventType']): Told {
  const last = group.at(-1)!;
  return {
    change: { ...last, eventType },
    elements: group.map(({ element }) => element),
    keys: group.flatMap(({ repeat }) => repeat?.key ?? []),
  };
}
