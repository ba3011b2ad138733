import type { Method, Route, SimulatorReply, SimulatorRequest } from '../core/route.ts';
import { fieldsOfV1, readBodyV1 } from './body-v1.ts';
import { failure, forbidden, notFound } from './errors.ts';
import { pageByOffset, readPaging, readSort } from './list-v1.ts';
import { presentV1, relatedObjects } from './present-v1.ts';
import { KINDS, PLURALS } from './records.ts';
import type { AnyRecord, Kind } from './records.ts';
import { removeRecord } from './remove-record.ts';
import type { Session } from './session.ts';
import type { Readable } from './store.ts';
import { findReadable } from './visibility.ts';

/** v1 answers at the shared host's `/v1` and at a company host's `/api/v1`. */
export const V1_PREFIXES = ['/v1', '/api/v1'] as const;

/** One route at both v1 prefixes. */
export function atV1(method: Method, path: string, handle: Route['handle']): Route[] {
  return V1_PREFIXES.map((prefix) => ({ method, path: prefix + path, handle }));
}

/** v1 of persons, organizations and deals: what the retired dialect still answered in 2026. */
export function routesV1(session: Session): Route[] {
  return KINDS.flatMap((kind) => routesOf(session, kind));
}

function routesOf(session: Session, kind: Kind): Route[] {
  const path = `/${PLURALS[kind]}`;
  return [
    ...atV1('GET', path, (request) => listRecords(session, kind, request)),
    ...atV1('POST', path, (request) => createRecord(session, kind, request)),
    ...atV1('GET', `${path}/:id`, (request) => getRecord(session, kind, request)),
    ...atV1('PUT', `${path}/:id`, (request) => updateRecord(session, kind, request)),
    ...atV1('DELETE', `${path}/:id`, (request) => removeRecord(session, kind, request, 'v1')),
    ...atV1('PUT', `${path}/:id/merge`, (request) => mergeRecords(session, kind, request)),
  ];
}

/** Unknown parameters, `updated_since` among them, change nothing (recorded traffic, vendor page 2026-11). */
function listRecords(session: Session, kind: Kind, request: SimulatorRequest): SimulatorReply {
  const { company, userId } = session.callerOf(request);
  const now = session.clock.now();
  const status = request.query.get('status') ?? 'all_not_deleted';
  const owner = Number(request.query.get('user_id') ?? 0);
  const sort = request.query.get('sort');
  // Starting from the nearly right order keeps sorting a large list cheap.
  const all = company.store.of(kind).sorted(sort?.startsWith('update_time') ? 'updatedAt' : 'id');
  const listed = all.filter(
    (record) =>
      hasStatus(kind, record, status) &&
      (!owner || record.fields.owner_id === owner) &&
      findReadable(company, userId, record, now) === record,
  );
  const compare = readSort(sort);
  if (compare) listed.sort(compare);
  const { page, pagination } = pageByOffset(listed, readPaging(request.query));
  return {
    status: 200,
    body: {
      success: true,
      data: page.length > 0 ? page.map((record) => presentV1(company, kind, record, 'rest')) : null,
      additional_data: { pagination },
      related_objects: relatedObjects(company, kind, page),
    },
  };
}

function hasStatus(kind: Kind, record: AnyRecord, status: string): boolean {
  if (kind !== 'deal' || status === 'all_not_deleted') return record.deletedAt === null;
  if (status === 'deleted') return record.deletedAt !== null;
  return record.deletedAt === null && 'status' in record.fields && record.fields.status === status;
}

function getRecord(session: Session, kind: Kind, request: SimulatorRequest): SimulatorReply {
  const { company, userId } = session.callerOf(request);
  const record = company.store.of(kind).get(Number(request.params['id']));
  const found = findReadable(company, userId, record, session.clock.now());
  if (found === 'missing') return notFound(kind, 'v1');
  return found === 'forbidden' ? forbidden() : shown(session, kind, request, found, 200);
}

function createRecord(session: Session, kind: Kind, request: SimulatorRequest): SimulatorReply {
  const { company, userId } = session.callerOf(request);
  const { fields, createdAt } = fieldsOfV1(kind, readBodyV1(request));
  if (kind === 'deal' ? !fields['title'] : !fields['name'] && !fields['first_name']) {
    return failure(400, kind === 'deal' ? 'Title must be given.' : 'Name must be given.');
  }
  const stamps = createdAt === undefined ? {} : { createdAt, updatedAt: session.clock.now() };
  const options = { ...stamps, context: { source: 'api', userId } };
  const record = writable(company.store.of(kind)).create({ owner_id: userId, ...fields }, options);
  return shown(session, kind, request, record, 201);
}

function updateRecord(session: Session, kind: Kind, request: SimulatorRequest): SimulatorReply {
  const { company, userId } = session.callerOf(request);
  const id = Number(request.params['id']);
  const store = writable(company.store.of(kind));
  const found = findReadable(company, userId, store.get(id), session.clock.now());
  if (found === 'missing') return notFound(kind, 'v1');
  if (found === 'forbidden') return forbidden();
  const { fields } = fieldsOfV1(kind, readBodyV1(request));
  const custom = fields['custom_fields'];
  if (custom) fields['custom_fields'] = { ...found.fields.custom_fields, ...custom };
  return shown(session, kind, request, store.update(id, fields, { context: { source: 'api', userId } }), 200);
}

function mergeRecords(session: Session, kind: Kind, request: SimulatorRequest): SimulatorReply {
  const { company, userId } = session.callerOf(request);
  const store = company.store.of(kind);
  const loserId = Number(request.params['id']);
  const winnerId = Number(readBodyV1(request)['merge_with_id']);
  const now = session.clock.now();
  for (const id of [loserId, winnerId]) {
    const found = findReadable(company, userId, store.get(id), now);
    if (found === 'forbidden') return forbidden();
    if (found === 'missing' || found.deletedAt !== null) return notFound(kind, 'v1');
  }
  if (loserId === winnerId) return failure(400, 'Cannot merge an item with itself');
  const winner = store.merge(winnerId, loserId, { context: { source: 'api', userId } });
  const reply = shown(session, kind, request, winner, 200);
  const body = reply.body as { data: object };
  return { ...reply, body: { ...body, data: { ...body.data, merge_what_id: loserId } } };
}

function shown(
  session: Session,
  kind: Kind,
  request: SimulatorRequest,
  record: AnyRecord,
  status: number,
): SimulatorReply {
  const { company } = session.callerOf(request);
  return {
    status,
    body: {
      success: true,
      data: presentV1(company, kind, record, 'rest'),
      related_objects: relatedObjects(company, kind, [record]),
    },
  };
}

type Writable = Readable & {
  create(fields: object, options: object): AnyRecord;
  update(id: number, patch: object, options: object): AnyRecord;
};

/** The bodies were read by the kind's keys, so one view serves all three stores. */
const writable = (store: Readable): Writable => store as unknown as Writable;
