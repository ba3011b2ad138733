import { readJson } from '../core/route.ts';
import type { Route, SimulatorReply, SimulatorRequest } from '../core/route.ts';
import { noSuchResource, readLegacyWrite } from './legacy-body.ts';
import type { Portal } from './portal.ts';
import { presentCompanyV2, presentDealV1 } from './present-legacy.ts';
import type { CrmObject } from './records.ts';
import { BY_API, findObject } from './routes-objects.ts';
import type { Session } from './session.ts';

const DAY_MS = 86_400_000;
const REACH_MS = 30 * DAY_MS;
const MOST_RECENT = 10_000;

interface Dialect {
  kind: 'companies' | 'deals';
  root: string;
  /** Path of one record, before its id; and of creation. */
  one: string;
  listed: string;
  hasMore: string;
  deleted(id: number): SimulatorReply;
  present(portal: Portal, record: CrmObject, names?: readonly string[]): unknown;
}

const COMPANIES: Dialect = {
  kind: 'companies',
  root: '/companies/v2/companies',
  one: '/companies/v2/companies',
  listed: 'companies',
  hasMore: 'has-more',
  deleted: (id) => ({ status: 200, body: { companyId: id, deleted: true } }),
  present: presentCompanyV2,
};

const DEALS: Dialect = {
  kind: 'deals',
  root: '/deals/v1/deal',
  one: '/deals/v1/deal',
  listed: 'deals',
  hasMore: 'hasMore',
  deleted: () => ({ status: 204 }),
  present: presentDealV1,
};

/** `/companies/v2`, `/deals/v1` and `/owners/v2`. */
export function routesCrmLegacy(session: Session): Route[] {
  const portalOf = (request: SimulatorRequest): Portal => session.callerOf(request).portal;
  return [
    ...[COMPANIES, DEALS].flatMap((dialect) => dialectRoutes(dialect, portalOf, () => session.clock.now())),
    {
      method: 'GET',
      path: '/owners/v2/owners',
      handle: (request) => ({ status: 200, body: listOwners(portalOf(request), request.query) }),
    },
  ];
}

function dialectRoutes(
  dialect: Dialect,
  portalOf: (request: SimulatorRequest) => Portal,
  now: () => number,
): Route[] {
  const { kind, root, one } = dialect;
  const withRecord =
    (work: (portal: Portal, record: CrmObject, request: SimulatorRequest) => SimulatorReply) =>
    (request: SimulatorRequest): SimulatorReply => {
      const portal = portalOf(request);
      const found = findObject(portal.store.of(kind), request.params['id'] ?? '', false);
      return found ? work(portal, found, request) : noSuchResource();
    };
  const recent = (key: 'updatedAt' | 'createdAt') => (request: SimulatorRequest) =>
    listRecent(dialect, portalOf(request), request.query, key, now());
  return [
    { method: 'GET', path: `${root}/recent/modified`, handle: recent('updatedAt') },
    { method: 'GET', path: `${root}/recent/created`, handle: recent('createdAt') },
    {
      method: 'GET',
      path: `${root}/paged`,
      handle: (request) => listPaged(dialect, portalOf(request), request.query),
    },
    { method: 'POST', path: one, handle: (request) => create(dialect, portalOf(request), readJson(request)) },
    {
      method: 'GET',
      path: `${one}/:id`,
      handle: withRecord((portal, record) => ({ status: 200, body: dialect.present(portal, record) })),
    },
    {
      method: 'PUT',
      path: `${one}/:id`,
      handle: withRecord((portal, record, request) => {
        const write = readLegacyWrite(portal.store.of(kind), readJson(request));
        if ('refusal' in write) return write.refusal;
        const updated = portal.store.of(kind).update(record.id, write.properties, BY_API);
        return { status: 200, body: dialect.present(portal, updated) };
      }),
    },
    {
      method: 'DELETE',
      path: `${one}/:id`,
      handle: withRecord((portal, record) => {
        portal.store.of(kind).remove(record.id, BY_API);
        return dialect.deleted(record.id);
      }),
    },
  ];
}

function create(dialect: Dialect, portal: Portal, body: unknown): SimulatorReply {
  const store = portal.store.of(dialect.kind);
  const write = readLegacyWrite(store, body);
  if ('refusal' in write) return write.refusal;
  const made = store.create(write.properties, BY_API);
  const given = (body as { associations?: Record<string, unknown> }).associations ?? {};
  const idsOf = (name: string): number[] => (Array.isArray(given[name]) ? given[name].map(Number) : []);
  for (const id of idsOf('associatedVids')) store.associate(made.id, 'contacts', id, BY_API);
  for (const id of idsOf('associatedCompanyIds')) store.associate(made.id, 'companies', id, BY_API);
  return { status: 200, body: dialect.present(portal, store.get(made.id) ?? made) };
}

/** Newest first, by offset: a record that changes meanwhile pushes the others down. 30 days or 10,000. */
function listRecent(
  dialect: Dialect,
  portal: Portal,
  query: URLSearchParams,
  key: 'updatedAt' | 'createdAt',
  now: number,
): SimulatorReply {
  const since = Math.max(Number(query.get('since') ?? 0), now - REACH_MS);
  const found = portal.store
    .of(dialect.kind)
    .sorted(key)
    .filter((one) => one.deletedAt === null && one[key] >= since)
    .reverse()
    .slice(0, MOST_RECENT);
  const offset = Number(query.get('offset') ?? 0) || 0;
  const end = offset + Math.min(Number(query.get('count') ?? 20) || 20, 100);
  return {
    status: 200,
    body: {
      results: found.slice(offset, end).map((record) => dialect.present(portal, record)),
      hasMore: end < found.length,
      offset: Math.min(end, found.length),
      total: found.length,
    },
  };
}

function listPaged(dialect: Dialect, portal: Portal, query: URLSearchParams): SimulatorReply {
  const after = Number(query.get('offset') ?? 0) || 0;
  const limit = Math.min(Number(query.get('limit') ?? 100) || 100, 250);
  const found = portal.store.of(dialect.kind).after(after, limit, (one) => one.deletedAt === null);
  const page = found.slice(0, limit);
  const names = query.getAll('properties');
  return {
    status: 200,
    body: {
      [dialect.listed]: page.map((record) => dialect.present(portal, record, names)),
      [dialect.hasMore]: found.length > limit,
      offset: page.at(-1)?.id ?? after,
    },
  };
}

function listOwners(portal: Portal, query: URLSearchParams): unknown[] {
  const email = query.get('email');
  return portal.owners
    .sorted()
    .filter((one) => one.deletedAt === null || query.get('includeInactive') === 'true')
    .filter((one) => email === null || one.fields.email === email)
    .map(({ id, fields, createdAt, updatedAt }) => ({
      portalId: portal.portalId,
      ownerId: id,
      type: fields.type,
      firstName: fields.firstName,
      lastName: fields.lastName,
      email: fields.email,
      createdAt,
      updatedAt,
      remoteList: [],
    }));
}
