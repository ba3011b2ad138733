import { readJson } from '../core/route.ts';
import type { Route, SimulatorReply, SimulatorRequest } from '../core/route.ts';
import { errorV5, PardotError } from './errors.ts';
import { KINDS, OBJECTS, v5Fields } from './objects.ts';
import type { Fields, Kind, PardotRecord, Value } from './objects.ts';
import type { PageTokens } from './page-tokens.ts';
import { presentV5, readFieldNames } from './present-v5.ts';
import { readQuery } from './query-v5.ts';
import type { Session } from './session.ts';
import { findListed } from './store.ts';

const BASE = '/api/v5/objects';
const IN_BIN = { 'pardot-warning': '201;Record In Recycle Bin' };

/** v5: `/api/v5/objects/{plural}`. */
export function routesV5(session: Session, tokens: PageTokens): Route[] {
  return [
    ...KINDS.flatMap((kind) => routesOf(session, kind, tokens)),
    ...prospectActions(session),
    { method: 'GET', path: `${BASE}/custom-fields`, handle: () => listCustomFields(session) },
    {
      method: 'GET',
      path: `${BASE}/account`,
      handle: (request) => guarded(() => readAccount(session, request)),
    },
  ];
}

function routesOf(session: Session, kind: Kind, tokens: PageTokens): Route[] {
  const path = `${BASE}/${OBJECTS[kind].plural}`;
  const { writes } = OBJECTS[kind];
  const route = (
    method: Route['method'],
    at: string,
    handle: (request: SimulatorRequest) => SimulatorReply,
  ): Route => ({ method, path: at, handle: (request) => guarded(() => handle(request)) });
  return [
    route('GET', path, (request) => query(session, kind, tokens, request)),
    route('GET', `${path}/:id`, (request) => read(session, kind, request)),
    ...(writes.includes('create') ? [route('POST', path, (request) => create(session, kind, request))] : []),
    ...(writes.includes('update')
      ? [route('PATCH', `${path}/:id`, (request) => update(session, kind, request))]
      : []),
    ...(writes.includes('delete')
      ? [route('DELETE', `${path}/:id`, (request) => remove(session, kind, request))]
      : []),
  ];
}

function prospectActions(session: Session): Route[] {
  return [
    {
      method: 'POST',
      path: `${BASE}/prospects/do/upsertLatestByEmail`,
      handle: (request) => guarded(() => upsert(session, request)),
    },
    {
      method: 'POST',
      path: `${BASE}/prospects/:id/do/undelete`,
      handle: (request) =>
        guarded(() => {
          const { prospects } = session.account.store;
          const record = prospects.get(Number(request.params['id']));
          if (!record) throw new PardotError(109);
          if (record.deletedAt !== null) prospects.restore(record.id);
          return { status: 204 };
        }),
    },
  ];
}

function guarded(handle: () => SimulatorReply): SimulatorReply {
  try {
    return handle();
  } catch (error) {
    if (error instanceof PardotError) return errorV5(error.code);
    throw error;
  }
}

/** With a page token only `fields` may be sent along (v5 overview). */
function query(session: Session, kind: Kind, tokens: PageTokens, request: SimulatorRequest): SimulatorReply {
  const names = readFieldNames(session, kind, request.query);
  const store = session.account.store.of(kind);
  const token = request.query.get('nextPageToken');
  if (
    token !== null &&
    [...request.query.keys()].some((name) => name !== 'fields' && name !== 'nextPageToken')
  ) {
    throw new PardotError(5);
  }
  const page =
    token === null
      ? tokens.first(kind, readQuery(kind, request.query), store)
      : tokens.next(token, kind, store);
  const next = page.nextPageToken;
  const address = new URLSearchParams({
    fields: names.join(','),
    ...(next !== null && { nextPageToken: next }),
  });
  const capped = {
    'pardot-warning':
      '203;Record count for nextPageToken sequence has been exceeded. No page token returned.',
  };
  return {
    status: 200,
    body: {
      nextPageToken: next,
      nextPageUrl: next === null ? null : `${request.origin}${request.path}?${address.toString()}`,
      values: page.records.map((record) => presentV5(session, kind, record, names)),
    },
    ...(page.isCapped && { headers: capped }),
  };
}

function read(session: Session, kind: Kind, request: SimulatorRequest): SimulatorReply {
  const names = readFieldNames(session, kind, request.query);
  const record = findListed(session.account.store.of(kind), Number(request.params['id']));
  if (!record) throw new PardotError(109);
  if (record.deletedAt !== null) return errorV5(109, IN_BIN);
  return { status: 200, body: presentV5(session, kind, record, names) };
}

function create(session: Session, kind: Kind, request: SimulatorRequest): SimulatorReply {
  const fields = readBody(session, kind, readJson(request));
  const required = kind === 'prospect' ? 'email' : 'name';
  if (typeof fields[required] !== 'string') throw new PardotError(153);
  if (kind === 'prospect' && !/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(fields[required])) throw new PardotError(4);
  const record = session.account.store.of(kind).create(fields);
  const location = `${request.origin}${BASE}/${OBJECTS[kind].plural}/${record.id}`;
  const body = request.query.has('fields') ? shown(session, kind, record, request) : { id: record.id };
  return { status: 201, body, headers: { location } };
}

/** 204 when no fields were asked for. */
function update(session: Session, kind: Kind, request: SimulatorRequest): SimulatorReply {
  const store = session.account.store.of(kind);
  const record = store.get(Number(request.params['id']));
  if (!record) throw new PardotError(109);
  if (record.deletedAt !== null) throw new PardotError(219);
  const changed = store.update(record.id, readBody(session, kind, readJson(request)));
  if (!request.query.has('fields')) return { status: 204 };
  return { status: 200, body: shown(session, kind, changed, request) };
}

function remove(session: Session, kind: Kind, request: SimulatorRequest): SimulatorReply {
  const store = session.account.store.of(kind);
  const record = store.get(Number(request.params['id']));
  if (!record || record.deletedAt !== null) throw new PardotError(109);
  store.remove(record.id);
  return { status: 204 };
}

/** `{matchEmail, prospect, fields}`: the prospect with that address that was active last, else a new one. */
function upsert(session: Session, request: SimulatorRequest): SimulatorReply {
  const given = readJson(request) as { matchEmail?: unknown; prospect?: unknown; fields?: unknown };
  const { prospects } = session.account.store;
  const email = typeof given?.matchEmail === 'string' ? given.matchEmail.toLowerCase() : '';
  if (email === '') throw new PardotError(153);
  const fields = readBody(session, 'prospect', given.prospect ?? {});
  const found = prospects
    .sorted('updatedAt')
    .findLast((one) => one.deletedAt === null && String(one.fields['email']).toLowerCase() === email);
  const record = found ? prospects.update(found.id, fields) : prospects.create({ email, ...fields });
  const names = Array.isArray(given.fields) ? given.fields.join(',') : 'id';
  const wanted = readFieldNames(session, 'prospect', new URLSearchParams({ fields: names }));
  return { status: found ? 200 : 201, body: presentV5(session, 'prospect', record, wanted) };
}

function shown(session: Session, kind: Kind, record: PardotRecord, request: SimulatorRequest): object {
  return presentV5(session, kind, record, readFieldNames(session, kind, request.query));
}

const READ_ONLY = new Set(['id', 'createdAt', 'updatedAt', 'isDeleted', 'createdById', 'updatedById']);

/** A body by v5 names; an unknown or read-only one is code 180. */
function readBody({ account }: Session, kind: Kind, body: unknown): Fields {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new PardotError(150);
  const known = v5Fields(kind);
  const fields: Fields = {};
  for (const [name, value] of Object.entries(body)) {
    const custom = name.endsWith('__c') ? name.slice(0, -3) : undefined;
    const isCustom = kind === 'prospect' && custom !== undefined && account.customFields.includes(custom);
    const kept = isCustom ? custom : known.get(name);
    const isPlain = value === null || ['string', 'number', 'boolean'].includes(typeof value);
    if (kept === undefined || READ_ONLY.has(name) || !isPlain) throw new PardotError(180);
    if (kept !== '') fields[kept] = value as Value;
  }
  return fields;
}

function listCustomFields({ account }: Session): SimulatorReply {
  const values = account.customFields.map((fieldId, index) => ({ id: index + 1, fieldId, name: fieldId }));
  return { status: 200, body: { nextPageToken: null, nextPageUrl: null, values } };
}

function readAccount({ account }: Session, request: SimulatorRequest): SimulatorReply {
  const all: { [name: string]: unknown } = {
    id: account.id,
    company: account.company,
    level: 'Simulated Edition',
  };
  const names = (request.query.get('fields') ?? '').split(',');
  if (!names.every((name) => name in all)) throw new PardotError(130);
  return { status: 200, body: Object.fromEntries(names.map((name) => [name, all[name]])) };
}
