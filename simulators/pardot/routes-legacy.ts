import { readForm } from '../core/route.ts';
import type { Route, SimulatorReply, SimulatorRequest } from '../core/route.ts';
import { errorLegacy, INVALID_ID, PardotError } from './errors.ts';
import type { Code } from './errors.ts';
import { formatOf, legacyAnswer, legacyParameters } from './legacy-answer.ts';
import { queryLegacy } from './legacy-query.ts';
import { createLegacy, deleteLegacy, updateLegacy } from './legacy-writes.ts';
import { KINDS, OBJECTS } from './objects.ts';
import type { Kind, PardotRecord } from './objects.ts';
import { presentLegacy } from './present-legacy.ts';
import type { Output } from './present-legacy.ts';
import type { Session } from './session.ts';
import { findListed } from './store.ts';

/** v3 and v4: `/api/{object}/version/{3|4}/do/{op}`, and their login. */
export function routesLegacy(session: Session): Route[] {
  return [
    { method: 'POST', path: '/api/login/version/:version', handle: (request) => login(session, request) },
    ...both('/api/account/version/:version/do/read', (request) =>
      guarded(session, request, () => readAccount(session, request)),
    ),
    ...KINDS.flatMap((kind) => routesOf(session, kind)),
  ];
}

function routesOf(session: Session, kind: Kind): Route[] {
  const base = `/api/${kind}/version/:version/do`;
  const answer =
    (handle: (request: SimulatorRequest) => SimulatorReply): Route['handle'] =>
    (request) =>
      guarded(session, request, () => handle(request));
  const writes: Record<'create' | 'update' | 'delete', Route[]> = {
    create: createPaths(kind).map((path): Route => {
      const handle = answer((request) => shown(session, kind, request, createLegacy(session, kind, request)));
      return { method: 'POST', path: `${base}/create${path}`, handle };
    }),
    update: both(
      `${base}/update/id/:id`,
      answer((request) => shown(session, kind, request, updateLegacy(session, kind, request))),
    ),
    delete: (['POST', 'DELETE'] as const).map((method) => ({
      method,
      path: `${base}/delete/id/:id`,
      handle: answer((request) => deleteLegacy(session, kind, request)),
    })),
  };
  return [
    ...both(
      `${base}/query`,
      answer((request) => query(session, kind, request)),
    ),
    ...both(
      `${base}/read/id/:id`,
      answer((request) => shown(session, kind, request, findById(session, kind, request))),
    ),
    ...(kind === 'prospect'
      ? both(
          `${base}/read/email/:email`,
          answer((r) => readByEmail(session, r)),
        )
      : []),
    ...OBJECTS[kind].legacyWrites.flatMap((write) => writes[write]),
  ];
}

const createPaths = (kind: Kind): string[] => {
  if (kind === 'prospect') return ['/email/:email'];
  return kind === 'opportunity' ? ['/prospect_email/:prospect_email', '/prospect_id/:prospect_id'] : [''];
};

const both = (path: string, handle: Route['handle']): Route[] => [
  { method: 'GET', path, handle },
  { method: 'POST', path, handle },
];

/** Checks the version and turns refusals into the dialect's own form. */
function guarded(session: Session, request: SimulatorRequest, handle: () => SimulatorReply): SimulatorReply {
  const wrong = wrongVersion(session, request);
  if (wrong !== undefined) return errorLegacy(wrong, formatOf(request));
  try {
    return handle();
  } catch (error) {
    if (error instanceof PardotError) return errorLegacy(error.code, formatOf(request));
    throw error;
  }
}

function wrongVersion({ account }: Session, request: SimulatorRequest): Code | undefined {
  const version = request.params['version'];
  if (version !== '3' && version !== '4') return 2;
  if (account.ampsea && version === '3') return 88;
  return !account.ampsea && version === '4' ? 89 : undefined;
}

/** Credentials in the query are refused. An account that must use version 4 says so. */
function login({ access, account }: Session, request: SimulatorRequest): SimulatorReply {
  const format = formatOf(request);
  const form = readForm(request);
  if (request.query.has('email') || request.query.has('password')) return errorLegacy(49, format);
  const given = {
    email: form.get('email') ?? '',
    password: form.get('password') ?? '',
    userKey: form.get('user_key') ?? '',
  };
  const apiKey = access.login(given);
  if (apiKey === undefined) return errorLegacy(15, format);
  return legacyAnswer(request, { api_key: apiKey, ...(account.ampsea && { version: 4 }) });
}

function readAccount({ account }: Session, request: SimulatorRequest): SimulatorReply {
  const { id, company } = account;
  return legacyAnswer(request, { account: { id, company, level: 'Simulated Edition', vanity_domain: null } });
}

/** Zero rows: `result` is null in bulk, and has no row key otherwise. */
function query(session: Session, kind: Kind, request: SimulatorRequest): SimulatorReply {
  const parameters = legacyParameters(request);
  const how = { ...presentation(parameters), isRead: false };
  const { page, total } = queryLegacy(session, kind, parameters);
  const rows = page.map((record) => presentLegacy(session, kind, record, how));
  const { key } = OBJECTS[kind];
  if (how.output === 'bulk')
    return legacyAnswer(request, { result: rows.length === 0 ? null : { [key]: rows } });
  return legacyAnswer(request, { result: { total_results: total, ...(rows.length > 0 && { [key]: rows }) } });
}

function shown(
  session: Session,
  kind: Kind,
  request: SimulatorRequest,
  record: PardotRecord,
): SimulatorReply {
  const how = { ...presentation(legacyParameters(request)), isRead: true };
  return legacyAnswer(request, { [OBJECTS[kind].key]: presentLegacy(session, kind, record, how) });
}

const OUTPUTS: readonly string[] = ['full', 'simple', 'mobile', 'bulk'] satisfies Output[];

function presentation(parameters: URLSearchParams): { output: Output; fields: string[] } {
  const output = parameters.get('output') ?? 'full';
  if (!OUTPUTS.includes(output)) throw new PardotError(5);
  const fields = (parameters.get('fields') ?? '').split(',').filter((name) => name !== '');
  return { output: output as Output, fields };
}

function findById(session: Session, kind: Kind, request: SimulatorRequest): PardotRecord {
  const id = Number(request.params['id']);
  const record = Number.isInteger(id) ? findListed(session.account.store.of(kind), id) : undefined;
  if (!record || record.deletedAt !== null) throw new PardotError(INVALID_ID[kind]);
  return record;
}

/** v4 may find several; the newest activity first. */
function readByEmail(session: Session, request: SimulatorRequest): SimulatorReply {
  const email = (request.params['email'] ?? '').toLowerCase();
  const found = session.account.store.prospects
    .sorted()
    .filter((one) => one.deletedAt === null && String(one.fields['email']).toLowerCase() === email);
  if (found.length === 0) throw new PardotError(4);
  const how = { ...presentation(legacyParameters(request)), isRead: true };
  return legacyAnswer(request, {
    prospect: found.map((record) => presentLegacy(session, 'prospect', record, how)),
  });
}
