import { PardotError } from './errors.ts';
import { OBJECTS, v5Fields } from './objects.ts';
import type { Kind, PardotRecord } from './objects.ts';
import type { Session } from './session.ts';
import { isoTime } from './time-format.ts';

/** How many objects of one another `fields` may walk through (`campaign.name`). */
const RELATIONS: { [field: string]: Kind } = { campaign: 'campaign', prospect: 'prospect' };

/** The names of `fields=`, which is required. @throws PardotError 130 for a field the object does not have. */
export function readFieldNames({ account }: Session, kind: Kind, query: URLSearchParams): string[] {
  const names = (query.get('fields') ?? '').split(',').map((name) => name.trim());
  const known = v5Fields(kind);
  const custom = new Set(kind === 'prospect' ? account.customFields.map((id) => `${id}__c`) : []);
  const isKnown = (name: string): boolean => {
    const [relation = '', field] = name.split('.');
    if (field === undefined) return known.has(name) || custom.has(name);
    const related = RELATIONS[relation];
    return related !== undefined && known.has(`${relation}Id`) && v5Fields(related).has(field);
  };
  if (names[0] === '') throw new PardotError(153);
  if (!names.every(isKnown)) throw new PardotError(130);
  return [...new Set(names)];
}

/** A record in v5: just the fields asked for, times with the offset of the account's zone. */
export function presentV5(
  session: Session,
  kind: Kind,
  record: PardotRecord,
  names: readonly string[],
): { [name: string]: unknown } {
  return Object.fromEntries(
    names.map((name) => {
      const [relation = '', field] = name.split('.');
      if (field === undefined) return [name, valueOf(session, kind, record, name)];
      const related = relatedTo(session, record, relation);
      const of = RELATIONS[relation];
      const value = related && of ? { [field]: valueOf(session, of, related, field) } : null;
      return [relation, value];
    }),
  );
}

function relatedTo({ account }: Session, record: PardotRecord, relation: string): PardotRecord | undefined {
  const kind = RELATIONS[relation];
  return kind && account.store.of(kind).get(Number(record.fields[`${relation}_id`] ?? 0));
}

function valueOf({ account }: Session, kind: Kind, record: PardotRecord, name: string): unknown {
  const time = (at: number): string => isoTime(at, account.timezone);
  if (name === 'id') return record.id;
  if (name === 'createdAt') return time(record.createdAt);
  if (name === 'updatedAt') return time(record.updatedAt);
  if (name === 'isDeleted') return OBJECTS[kind].hasBin && record.deletedAt !== null;
  if (name.endsWith('__c')) return record.fields[name.slice(0, -3)] ?? null;
  const kept = v5Fields(kind).get(name);
  const value = kept ? (record.fields[kept] ?? null) : null;
  if (name.startsWith('is') && value === null && kept) return false;
  const isTime = /At$|LastSync$/.test(name) && typeof value === 'string';
  return isTime ? time(Date.parse(value)) : value;
}
