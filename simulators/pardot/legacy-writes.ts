import type { SimulatorReply, SimulatorRequest } from '../core/route.ts';
import { INVALID_ID, PardotError } from './errors.ts';
import { legacyParameters } from './legacy-answer.ts';
import { OBJECTS } from './objects.ts';
import type { Fields, Kind, PardotRecord, Value } from './objects.ts';
import type { Session } from './session.ts';

export function createLegacy(session: Session, kind: Kind, request: SimulatorRequest): PardotRecord {
  refuseUnderConnector(session, kind);
  const { store } = session.account;
  const fields = readFields(session, kind, legacyParameters(request));
  if (kind === 'prospect') {
    const email = readEmail(request.params['email'] ?? '');
    // Only accounts with version 4 may have the same address twice.
    if (!session.account.ampsea && findByEmail(session, email).length > 0) throw new PardotError(9);
    const oldest = store.campaigns.sorted()[0]?.id ?? null;
    return store.prospects.create({ campaign_id: oldest, ...fields, email });
  }
  if (kind === 'opportunity') {
    const prospect = ownerOf(session, request);
    const isWhole = ['name', 'value', 'probability'].every((name) => (fields[name] ?? null) !== null);
    if (!isWhole) throw new PardotError(13);
    return store.opportunities.create({ ...fields, prospect_ids: [prospect.id] });
  }
  if ((fields['name'] ?? null) === null) throw new PardotError(13);
  return store.of(kind).create(fields);
}

export function updateLegacy(session: Session, kind: Kind, request: SimulatorRequest): PardotRecord {
  refuseUnderConnector(session, kind);
  const record = findLive(session, kind, request);
  const fields = readFields(session, kind, legacyParameters(request));
  if (typeof fields['email'] === 'string') fields['email'] = readEmail(fields['email']);
  return session.account.store.of(kind).update(record.id, fields);
}

/** 204 and nothing else. */
export function deleteLegacy(session: Session, kind: Kind, request: SimulatorRequest): SimulatorReply {
  refuseUnderConnector(session, kind);
  session.account.store.of(kind).remove(findLive(session, kind, request).id);
  return { status: 204 };
}

function refuseUnderConnector({ account }: Session, kind: Kind): void {
  if (kind === 'opportunity' && account.hasCrmConnector) throw new PardotError(37);
}

function findLive({ account }: Session, kind: Kind, request: SimulatorRequest): PardotRecord {
  const record = account.store.of(kind).get(Number(request.params['id']));
  if (!record || record.deletedAt !== null) throw new PardotError(INVALID_ID[kind]);
  return record;
}

function ownerOf(session: Session, request: SimulatorRequest): PardotRecord {
  const { prospect_email: email, prospect_id: id } = request.params;
  const found =
    email === undefined
      ? session.account.store.prospects.get(Number(id))
      : findByEmail(session, email).at(-1);
  if (!found) throw new PardotError(email === undefined ? 3 : 4);
  return found;
}

function findByEmail({ account }: Session, email: string): PardotRecord[] {
  const wanted = email.toLowerCase();
  return account.store.prospects
    .sorted()
    .filter((one) => one.deletedAt === null && String(one.fields['email']).toLowerCase() === wanted);
}

function readEmail(text: string): string {
  if (!/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(text) || text.length > 255) throw new PardotError(4);
  return text;
}

/** Parameters that are fields of the object; others are disregarded. An empty one clears the field. */
function readFields({ account }: Session, kind: Kind, parameters: URLSearchParams): Fields {
  const { defaults } = OBJECTS[kind];
  const fields: Fields = {};
  for (const [name, text] of parameters) {
    const isCustom = kind === 'prospect' && account.customFields.includes(name);
    if (name === 'prospect_ids' || !(name in defaults || isCustom)) continue;
    fields[name] = readValue(name, text, defaults[name]);
  }
  return fields;
}

function readValue(name: string, text: string, usual: Value | undefined): Value {
  if (text === '') return null;
  if (name.startsWith('is_') || name === 'opted_out') return text === 'true' || text === '1';
  const isNumber = typeof usual === 'number' || name.endsWith('_id') || name === 'cost';
  return isNumber && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}
