import type { Change } from '../core/store.ts';
import type { Portal } from './portal.ts';
import { KINDS, SINGULARS, TYPE_IDS } from './records.ts';
import type { Kind, ObjectFields } from './records.ts';
import type { ChangeContext } from './store.ts';

/** What happened to one record, before subscriptions choose it. The name of its type lacks the object. */
export interface CrmEvent {
  kind: Kind;
  portalId: number;
  happening:
    | 'creation'
    | 'deletion'
    | 'propertyChange'
    | 'merge'
    | 'restore'
    | 'associationChange'
    | 'privacyDeletion';
  objectId: number;
  occurredAt: number;
  changeSource: string;
  sourceId: string | undefined;
  /** Of a propertyChange. */
  propertyName?: string;
  more: Record<string, unknown>;
}

/** Subscribing to these is refused (vendor page, section 5). */
export const NEVER_TOLD: ReadonlySet<string> = new Set([
  'hs_lastmodifieddate',
  'lastmodifieddate',
  'num_unique_conversion_events',
]);

/** The events of a change, creation first; who sends them mixes them up. */
export function eventsOf(portal: Portal, kind: Kind, change: Change<number, ObjectFields>): CrmEvent[] {
  const context = change.context as ChangeContext;
  const record = change.after ?? change.before;
  if (!record) return [];
  const event = (
    happening: CrmEvent['happening'],
    more: Record<string, unknown> = {},
    propertyName?: string,
  ): CrmEvent => ({
    kind,
    portalId: portal.portalId,
    happening,
    objectId: record.id,
    occurredAt: change.at,
    changeSource: context.source ?? 'CRM_UI',
    sourceId: context.sourceId,
    ...(propertyName === undefined ? {} : { propertyName }),
    more,
  });
  const propertyChanges = (): CrmEvent[] => {
    const before = change.before?.fields.properties ?? {};
    const after = change.after?.fields.properties ?? {};
    return [...new Set([...Object.keys(before), ...Object.keys(after)])]
      .filter((name) => before[name] !== after[name] && !NEVER_TOLD.has(name))
      .map((name) => event('propertyChange', { propertyName: name, propertyValue: after[name] ?? '' }, name));
  };
  if (context.association) return [associationChange(event, kind, record.id, context.association)];
  switch (change.kind) {
    case 'created':
      return [event('creation', { changeFlag: 'CREATED' }), ...propertyChanges()];
    case 'updated':
      return [...(context.merge ? [mergeEvent(event, context.merge)] : []), ...propertyChanges()];
    case 'deleted':
      return [event('deletion', { changeFlag: 'DELETED' })];
    case 'restored':
      return [event('restore')];
    case 'erased':
      return erasure(event, kind, context);
    default:
      return change.kind satisfies never;
  }
}

type Make = (happening: CrmEvent['happening'], more?: Record<string, unknown>) => CrmEvent;

/** A merge tells of itself only; an erasure comes with a deletion. */
function erasure(event: Make, kind: Kind, context: ChangeContext): CrmEvent[] {
  if (context.mergedInto !== undefined) return [];
  const deletion = event('deletion', { changeFlag: 'DELETED' });
  return kind === 'contacts' && context.isPrivacyDeletion
    ? [event('privacyDeletion', { changeFlag: 'DELETED' }), deletion]
    : [deletion];
}

function mergeEvent(event: Make, merge: NonNullable<ChangeContext['merge']>): CrmEvent {
  return event('merge', {
    primaryObjectId: merge.primaryId,
    mergedObjectIds: merge.mergedIds,
    newObjectId: merge.newId,
    numberOfPropertiesMoved: merge.moved,
  });
}

/** Each side of a link tells of it. */
function associationChange(
  event: Make,
  from: Kind,
  id: number,
  { to, toId, removed }: NonNullable<ChangeContext['association']>,
): CrmEvent {
  return event('associationChange', {
    associationType: `${SINGULARS[from]}_to_${SINGULARS[to]}`.toUpperCase(),
    fromObjectId: id,
    toObjectId: toId,
    associationRemoved: removed,
    isPrimaryAssociation: false,
  });
}

const HAPPENINGS = ['creation', 'deletion', 'propertyChange', 'merge', 'restore', 'associationChange'];

/** Every type that can be subscribed to here; those of `object.*` need an object type id. */
export const EVENT_TYPES: ReadonlySet<string> = new Set([
  ...[...KINDS.map((kind) => SINGULARS[kind]), 'ticket', 'product', 'line_item', 'object'].flatMap((object) =>
    HAPPENINGS.map((happening) => `${object}.${happening}`),
  ),
  'contact.privacyDeletion',
]);

/** Whether a subscription wants an event, in its own object's name or the generic one. */
export function isWanted(
  wanted: { eventType: string; propertyName?: string | undefined; objectTypeId?: string | undefined },
  event: CrmEvent,
): boolean {
  const [object, happening] = wanted.eventType.split('.');
  const isObject =
    object === 'object' ? wanted.objectTypeId === TYPE_IDS[event.kind] : object === SINGULARS[event.kind];
  return (
    isObject &&
    happening === event.happening &&
    (event.propertyName === undefined || wanted.propertyName === event.propertyName)
  );
}
