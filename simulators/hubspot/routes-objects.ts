import { readJson } from '../core/route.ts';
import type { Method, Route, SimulatorReply, SimulatorRequest } from '../core/route.ts';
import { invalid, noSuchObject } from './errors.ts';
import { presentObject } from './present.ts';
import type { Shown } from './present.ts';
import { kindOf } from './records.ts';
import type { CrmObject } from './records.ts';
import { findObjects, readSearch } from './search.ts';
import type { Session } from './session.ts';
import type { ObjectStore, Write } from './store.ts';
import { conflictOf, kindsIn, lackOf, readWrite } from './write-body.ts';

/** The same routes in two generations; bodies are equal (vendor page, section 1). */
const ROOTS = ['/crm/v3/objects', '/crm/objects/2026-03'] as const;

const LARGEST_PAGE = 100;
const LARGEST_PAGE_WITH_HISTORY = 50;
/** Longer addresses are refused (the vendor's own bound is not documented; Node takes 16 KB of headers). */
const LONGEST_QUERY = 15_000;

/** A request for records of one kind. */
export interface ObjectCall {
  request: SimulatorRequest;
  store: ObjectStore;
  body: unknown;
}

/** One route in both generations, for every kind. */
export function atObjects(
  session: Session,
  method: Method,
  path: string,
  handle: (call: ObjectCall) => SimulatorReply,
): Route[] {
  return ROOTS.map((root) => ({
    method,
    path: `${root}/:type${path}`,
    handle: (request) => {
      const type = request.params['type'] ?? '';
      const kind = kindOf(type);
      if (!kind) return invalid(`Unable to infer object type from: ${type}`);
      const store = session.callerOf(request).portal.store.of(kind);
      return handle({ request, store, body: readJson(request) });
    },
  }));
}

/** Lists, reads, writes, merges and searches records of all kinds. */
export function routesObjects(session: Session): Route[] {
  return [
    ...atObjects(session, 'GET', '', listObjects),
    ...atObjects(session, 'POST', '', createObject),
    ...atObjects(session, 'GET', '/:id', getObject),
    ...atObjects(session, 'PATCH', '/:id', updateObject),
    ...atObjects(session, 'DELETE', '/:id', archiveObject),
    ...atObjects(session, 'POST', '/search', searchObjects),
    ...atObjects(session, 'POST', '/merge', mergeTwo),
    ...atObjects(session, 'POST', '/gdpr-delete', eraseObject),
  ];
}

/** Everything the API changes is told as such. */
export const BY_API: Write = { context: { source: 'API' } };

function listObjects({ request: { query, origin, path }, store }: ObjectCall): SimulatorReply {
  if (query.toString().length > LONGEST_QUERY) return { status: 414, body: 'URI Too Long' };
  const shown = readShown(query);
  const limit = Number(query.get('limit') ?? 10);
  const most = shown.withHistory?.length ? LARGEST_PAGE_WITH_HISTORY : LARGEST_PAGE;
  if (!Number.isInteger(limit) || limit < 1 || limit > most) {
    return invalid(`Invalid value for limit: it must be between 1 and ${most}`);
  }
  const after = Number(query.get('after') ?? 0);
  if (!Number.isSafeInteger(after)) return invalid('The paging token `after` is not valid');
  const archived = query.get('archived') === 'true';
  const found = store.after(after, limit, (one) => (one.deletedAt !== null) === archived);
  const page = found.slice(0, limit);
  const last = found.length > limit ? page.at(-1) : undefined;
  const next = last && { after: String(last.id), link: `${origin}${path}?after=${last.id}` };
  return {
    status: 200,
    body: {
      results: page.map((record) => presentObject(store, record, shown)),
      ...(next && { paging: { next } }),
    },
  };
}

/** Comma lists and repeated names mean the same. */
function readShown(query: URLSearchParams): Shown {
  const list = (name: string): string[] =>
    query
      .getAll(name)
      .flatMap((text) => text.split(','))
      .map((text) => text.trim())
      .filter(Boolean);
  return {
    properties: list('properties'),
    withHistory: list('propertiesWithHistory'),
    associations: kindsIn(list('associations')),
  };
}

/** The record of an id, or of a unique property's value. */
export function findObject(
  store: ObjectStore,
  id: string,
  archived: boolean,
  idProperty?: string | null,
): CrmObject | undefined {
  const isWanted = (one: CrmObject): boolean => (one.deletedAt !== null) === archived;
  if (idProperty && idProperty !== 'hs_object_id') {
    const matches = (one: CrmObject): boolean =>
      isWanted(one) && one.fields.properties[idProperty]?.toLowerCase() === id.toLowerCase();
    return store.after(0, 1, matches)[0];
  }
  const found = /^\d{1,16}$/.test(id) ? store.get(Number(id)) : undefined;
  return found && isWanted(found) ? found : undefined;
}

function getObject({ request: { query, params }, store }: ObjectCall): SimulatorReply {
  const archived = query.get('archived') === 'true';
  const found = findObject(store, params['id'] ?? '', archived, query.get('idProperty'));
  if (!found) return noSuchObject();
  return { status: 200, body: presentObject(store, found, readShown(query)) };
}

function createObject({ store, body }: ObjectCall): SimulatorReply {
  const write = readWrite(store, body);
  if ('refusal' in write) return write.refusal;
  const refusal = lackOf(store, write.properties) ?? conflictOf(store, write.properties);
  if (refusal) return refusal;
  const made = store.create(write.properties, BY_API);
  for (const { to, toId } of write.associations) store.associate(made.id, to, toId, BY_API);
  return { status: 201, body: presentWritten(store, made, write.properties) };
}

function updateObject({ request: { query, params }, store, body }: ObjectCall): SimulatorReply {
  const found = findObject(store, params['id'] ?? '', false, query.get('idProperty'));
  if (!found) return noSuchObject();
  const write = readWrite(store, body);
  if ('refusal' in write) return write.refusal;
  const refusal = conflictOf(store, write.properties, found.id);
  if (refusal) return refusal;
  const updated = store.update(found.id, write.properties, BY_API);
  return { status: 200, body: presentWritten(store, updated, write.properties) };
}

/** A write answers with a slice: what was written, and the usual ones. */
export function presentWritten(
  store: ObjectStore,
  record: CrmObject,
  written: Record<string, string>,
): Record<string, unknown> {
  return presentObject(store, record, { properties: ['hs_object_id', ...Object.keys(written)] });
}

/** Deleting what is not there is no error. */
function archiveObject({ request, store }: ObjectCall): SimulatorReply {
  const found = findObject(store, request.params['id'] ?? '', false);
  if (found) store.remove(found.id, BY_API);
  return { status: 204 };
}

function searchObjects({ request, store, body }: ObjectCall): SimulatorReply {
  const query = readSearch(body, request.rawBody.toString('utf8').length);
  if ('refusal' in query) return query.refusal;
  const found = findObjects(store, query);
  const end = query.after + query.limit;
  const page = found.slice(query.after, end);
  return {
    status: 200,
    body: {
      total: found.length,
      results: page.map((record) => presentObject(store, record, { properties: query.properties })),
      ...(end < found.length && page.length > 0 ? { paging: { next: { after: String(end) } } } : {}),
    },
  };
}

function mergeTwo({ store, body }: ObjectCall): SimulatorReply {
  const { primaryObjectId, objectIdToMerge } = (body ?? {}) as Record<string, unknown>;
  const [primary, other] = [primaryObjectId, objectIdToMerge].map((id) =>
    findObject(store, String(id), false),
  );
  if (!primary || !other || primary.id === other.id) {
    return invalid('Both records of a merge must exist and differ');
  }
  const remaining = store.merge(primary.id, other.id, BY_API);
  return { status: 200, body: presentObject(store, remaining, { properties: [] }) };
}

function eraseObject({ store, body }: ObjectCall): SimulatorReply {
  const { objectId, idProperty } = (body ?? {}) as Record<string, unknown>;
  const property = typeof idProperty === 'string' ? idProperty : null;
  const found = findObject(store, String(objectId), false, property);
  if (found) store.gdprDelete(found.id, BY_API);
  return { status: 204 };
}
