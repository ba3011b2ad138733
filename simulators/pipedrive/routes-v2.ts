import { readJson } from '../core/route.ts';
import type { Route, SimulatorReply, SimulatorRequest } from '../core/route.ts';
import { readBodyV2 } from './body-v2.ts';
import type { WriteBody } from './body-v2.ts';
import { forbidden, notFound } from './errors.ts';
import { encodeCursor, pageByKeyset, SORT_KEYS } from './list-v2.ts';
import { presentV2 } from './present-v2.ts';
import { isListed, readListQuery } from './query-v2.ts';
import type { ListQuery } from './query-v2.ts';
import { KINDS, PLURALS } from './records.ts';
import type { AnyRecord, Kind } from './records.ts';
import { removeRecord } from './remove-record.ts';
import type { Session } from './session.ts';
import type { Readable } from './store.ts';
import { findReadable, maySee } from './visibility.ts';

/** `/api/v2/persons`, `/organizations` and `/deals`. */
export function routesV2(session: Session): Route[] {
  return KINDS.flatMap((kind) => routesOf(session, kind));
}

function routesOf(session: Session, kind: Kind): Route[] {
  const path = `/api/v2/${PLURALS[kind]}`;
  const list = (archived: boolean) => (request: SimulatorRequest) =>
    listRecords(session, kind, request, archived);
  const routes: Route[] = [
    { method: 'GET', path, handle: list(false) },
    { method: 'GET', path: `${path}/:id`, handle: (request) => getRecord(session, kind, request) },
    { method: 'POST', path, handle: (request) => createRecord(session, kind, request) },
    { method: 'PATCH', path: `${path}/:id`, handle: (request) => updateRecord(session, kind, request) },
    {
      method: 'DELETE',
      path: `${path}/:id`,
      handle: (request) => removeRecord(session, kind, request, 'v2'),
    },
  ];
  if (kind === 'deal') routes.push({ method: 'GET', path: `${path}/archived`, handle: list(true) });
  return routes;
}

function listRecords(
  session: Session,
  kind: Kind,
  request: SimulatorRequest,
  archived: boolean,
): SimulatorReply {
  const query = readListQuery(kind, request.query);
  if ('refusal' in query) return query.refusal;
  const { company, userId } = session.callerOf(request);
  const now = session.clock.now();
  const wanted = (record: AnyRecord): boolean =>
    isListed(query, record, archived) && findReadable(company, userId, record, now) === record;
  const records = company.store.of(kind).sorted(SORT_KEYS[query.order.sortBy]);
  const { page, next } = pageByKeyset(records, query.order, query.after, query.limit, wanted);
  return {
    status: 200,
    body: {
      success: true,
      data: page.map((record) => shape(kind, record, query)),
      additional_data: { next_cursor: next && encodeCursor(next) },
    },
  };
}

/** The record with only the custom fields asked for, and the optional fields asked for (counters: 0). */
function shape(
  kind: Kind,
  record: AnyRecord,
  query: Pick<ListQuery, 'customFields' | 'includeFields'>,
): Record<string, unknown> {
  const shown = presentV2(kind, record);
  for (const field of query.includeFields) shown[field] = field.endsWith('_count') ? 0 : null;
  if (query.customFields) {
    const all = record.fields.custom_fields;
    shown['custom_fields'] = Object.fromEntries(query.customFields.map((key) => [key, all[key] ?? null]));
  }
  return shown;
}

function getRecord(session: Session, kind: Kind, request: SimulatorRequest): SimulatorReply {
  const query = readListQuery(kind, request.query);
  if ('refusal' in query) return query.refusal;
  const { company, userId } = session.callerOf(request);
  const record = company.store.of(kind).get(Number(request.params['id']));
  const found = findReadable(company, userId, record, session.clock.now());
  if (found === 'missing') return notFound(kind, 'v2');
  if (found === 'forbidden') return forbidden();
  return { status: 200, body: { success: true, data: shape(kind, found, query) } };
}

function createRecord(session: Session, kind: Kind, request: SimulatorRequest): SimulatorReply {
  const body = readBodyV2(kind, readJson(request), true);
  if ('refusal' in body) return body.refusal;
  const { company, userId } = session.callerOf(request);
  const fields = { owner_id: userId, creator_user_id: userId, origin: 'API', ...body.fields };
  if (kind !== 'deal') {
    Reflect.deleteProperty(fields, 'creator_user_id');
    Reflect.deleteProperty(fields, 'origin');
  }
  // Back-dating the creation does not back-date the change.
  const stamps = { updatedAt: session.clock.now(), ...optionsOf(body, userId) };
  const record = writable(company.store.of(kind)).create(fields, stamps);
  return { status: 200, body: { success: true, data: presentV2(kind, record) } };
}

function updateRecord(session: Session, kind: Kind, request: SimulatorRequest): SimulatorReply {
  const { company, userId } = session.callerOf(request);
  const store = writable(company.store.of(kind));
  const id = Number(request.params['id']);
  const before = store.get(id);
  const found = findReadable(company, userId, before, session.clock.now());
  if (found === 'missing') return notFound(kind, 'v2');
  if (found === 'forbidden') return forbidden();
  const body = readBodyV2(kind, readJson(request), false);
  if ('refusal' in body) return body.refusal;
  if (found.deletedAt !== null && body.isDeleted !== false) return notFound(kind, 'v2');
  const options = optionsOf(body, userId);
  if (body.isDeleted === false && found.deletedAt !== null) store.restore(id, options);
  const given = body.fields['custom_fields'];
  const fields = given
    ? { ...body.fields, custom_fields: { ...found.fields.custom_fields, ...given } }
    : body.fields;
  let record = store.update(id, fields, options);
  if (body.isDeleted === true) record = store.remove(id, options);
  return maySee(company, userId, record)
    ? { status: 200, body: { success: true, data: presentV2(kind, record) } }
    : forbidden();
}

type Writable = Readable & {
  create(fields: object, options: object): AnyRecord;
  update(id: number, patch: object, options: object): AnyRecord;
  restore(id: number, options: object): AnyRecord;
};

/** The bodies were checked against the kind's keys, so one view serves all three stores. */
const writable = (store: Readable): Writable => store as unknown as Writable;

function optionsOf(body: WriteBody, userId: number): object {
  return {
    context: { source: 'api', userId },
    ...(body.createdAt === undefined ? {} : { createdAt: body.createdAt }),
    ...(body.updatedAt === undefined ? {} : { updatedAt: body.updatedAt }),
  };
}
