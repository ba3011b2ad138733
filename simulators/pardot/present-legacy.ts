import { OBJECTS } from './objects.ts';
import type { Kind, PardotRecord, Value } from './objects.ts';
import type { Session } from './session.ts';
import { legacyTime } from './time-format.ts';

export type Output = 'full' | 'simple' | 'mobile' | 'bulk';

const MOBILE = new Set(['id', 'first_name', 'last_name', 'email', 'company', 'name']);
const TIMES = new Set(['last_activity_at', 'crm_last_sync', 'closed_at']);

/**
 * A record as v3 and v4 write it (vendor page section 3, 2026-11-21): snake case, times without a zone, nested objects
 * left out of `bulk`. `fields` restricts it; the id is always there.
 */
export function presentLegacy(
  session: Session,
  kind: Kind,
  record: PardotRecord,
  how: { output: Output; fields: readonly string[]; isRead: boolean },
): object {
  const { userTimezone } = session.account;
  const time = (at: number): string => legacyTime(at, userTimezone);
  const { lacksStamps } = OBJECTS[kind];
  const all: { [name: string]: unknown } = {
    id: record.id,
    ...ownFields(kind, record, time),
    ...(!lacksStamps && { created_at: time(record.createdAt), updated_at: time(record.updatedAt) }),
    ...(how.output !== 'bulk' && how.output !== 'mobile' && nested(session, kind, record)),
    ...(how.output === 'full' && how.isRead && kind === 'prospect' && activities(session, record, time)),
  };
  const isWanted = (name: string): boolean =>
    name === 'id' ||
    ((how.fields.length === 0 || how.fields.includes(name)) && (how.output !== 'mobile' || MOBILE.has(name)));
  return Object.fromEntries(Object.entries(all).filter(([name]) => isWanted(name)));
}

function ownFields(kind: Kind, { fields }: PardotRecord, time: (at: number) => string): object {
  const shown = Object.entries(fields).filter(([name, value]) => isShown(kind, name, value));
  return Object.fromEntries(
    shown.map(([name, value]) => [
      name,
      TIMES.has(name) && typeof value === 'string' ? time(Date.parse(value)) : value,
    ]),
  );
}

/** Empty fields of an activity, and empty custom fields, are left out. */
function isShown(kind: Kind, name: string, value: Value): boolean {
  if (name === 'prospect_ids' || name === 'salesforce_id' || name === 'parent_campaign_id') return false;
  if ((kind === 'opportunity' || kind === 'list' || kind === 'visitorActivity') && name === 'campaign_id') {
    return false;
  }
  if (kind === 'list' && name === 'folder_id') return false;
  const isOptional = kind === 'visitorActivity' || !(name in OBJECTS[kind].defaults) || name === 'folder_id';
  return !isOptional || value !== null;
}

function nested({ account }: Session, kind: Kind, record: PardotRecord): object {
  if (kind === 'campaign' || kind === 'list') return {};
  const campaign = account.store.campaigns.get(Number(record.fields['campaign_id'] ?? 0));
  const named = campaign && { campaign: { id: campaign.id, name: campaign.fields['name'] } };
  if (kind !== 'opportunity') return { ...named };
  const prospects = (record.fields['prospect_ids'] as readonly number[]).flatMap((id) => {
    const prospect = account.store.prospects.get(id);
    if (!prospect) return [];
    const { first_name, last_name, email, company } = prospect.fields;
    return [{ id, first_name, last_name, email, company }];
  });
  return { ...named, prospects: prospects.length === 0 ? null : { prospect: prospects } };
}

function activities({ account }: Session, { id }: PardotRecord, time: (at: number) => string): object {
  const rows = account.store.visitorActivities
    .sorted()
    .filter((one) => one.fields['prospect_id'] === id)
    .map((one) => ({ id: one.id, type_name: one.fields['type_name'], created_at: time(one.createdAt) }));
  return { visitor_activities: rows.length === 0 ? null : { visitor_activity: rows } };
}
