import assert from 'node:assert/strict';
import { createClock } from '../../../../simulators/core/clock.ts';
import {
  createPardotSimulator,
  type PardotOptions,
  type PardotSimulator,
} from '../../../../simulators/pardot/simulator.ts';
import { compileCeql } from '../../../ceql/evaluate-ceql.ts';
import { parseCeql } from '../../../ceql/parse-ceql.ts';
import type { Ceql } from '../../../ceql/tree.ts';
import type { Json, JsonObject } from '../../../kernel/json.ts';
import type { AuthMethod, Credentials } from '../../auth/method.ts';
import type { ConnectorContext, Resource } from '../../define-connector.ts';
import type { Feed, FeedPage, Position, ReadMany, Row } from '../../feed.ts';
import { findResource } from '../../registry.ts';
import type { VendorRequest, VendorResponse } from '../../vendor-http.ts';
import { pardotOAuth, userKeyLogin } from '../auth.ts';
import { pardot } from '../connector.ts';

export const START = Date.UTC(2026, 10, 20, 9, 15);
const CALLBACK = 'http://127.0.0.1:1/callback';

/** The connector signed in at a simulator of its own, over HTTP; signs in again once when it is no longer known. */
export interface TestAccount {
  simulator: PardotSimulator;
  configuration: JsonObject;
  /** What was asked and answered. */
  asked: VendorRequest[];
  call(request: VendorRequest): Promise<VendorResponse>;
  contextOf(resource: Resource): Promise<ConnectorContext>;
  feed(resource: string, feed: string): Promise<Feed>;
}

export interface AccountOptions extends PardotOptions {
  dialect: 'legacy' | 'v5';
  /** More entries of the instance. */
  configuration?: JsonObject;
}

export async function openAccount({
  dialect,
  configuration: more = {},
  ...options
}: AccountOptions): Promise<TestAccount> {
  const simulator = await createPardotSimulator({ clock: createClock(START), seeded: false, ...options });
  const { credentials: given, url } = simulator;
  const method = dialect === 'v5' ? pardotOAuth : userKeyLogin;
  const configuration: JsonObject = {
    'authentication.type': method.type,
    'apikey.user.name': given.email,
    'apikey.user.password': given.password,
    'apikey.user.key': given.userKey,
    'oauth.api.key': given.clientId,
    'oauth.api.secret': given.clientSecret,
    'oauth.callback.url': CALLBACK,
    'oauth.business.unit.id': given.businessUnitId,
    'oauth.authorization.url': `${url}/services/oauth2/authorize`,
    'oauth.token.url': `${url}/services/oauth2/token`,
    ...more,
  };
  const asked: VendorRequest[] = [];
  let credentials: Credentials | undefined;

  const call = async (request: VendorRequest): Promise<VendorResponse> => {
    for (let isSecondTry = false; ; isSecondTry = true) {
      credentials ??= await acquire(simulator, method, configuration);
      const response = await send(simulator, request, method.sign(credentials, configuration));
      const accepted = request.accept?.includes(response.status) === true;
      const failure = accepted ? undefined : pardot.readFailure(response, simulator.clock.now());
      if (failure === undefined) asked.push(request);
      if (failure === undefined) return response;
      assert.equal(
        failure.kind,
        'expired',
        `${request.path} ${JSON.stringify(request.query)} ${failure.why}`,
      );
      assert.equal(isSecondTry, false, failure.why);
      credentials = await renew(simulator, method, configuration, credentials);
    }
  };
  const contextOf = async (resource: Resource): Promise<ConnectorContext> => {
    const bare = { configuration, facts: {}, discovered: null, now: simulator.clock.now() };
    const { discover } = resource;
    if (discover === undefined) return bare;
    return { ...bare, discovered: discover.read(await call(discover.request(bare))) };
  };
  return {
    simulator,
    configuration,
    asked,
    call,
    contextOf,
    feed: async (name, feed) => {
      const { polling } = resourceOf(name);
      const context = await contextOf(resourceOf(name));
      const found = [...polling!.feeds(context), polling!.sweep!(context)].find((one) => one.name === feed);
      assert.ok(found, `${name} has no feed ${feed}`);
      return found;
    },
  };
}

async function acquire(
  simulator: PardotSimulator,
  method: AuthMethod,
  configuration: JsonObject,
): Promise<Credentials> {
  const input = { configuration, now: simulator.clock.now() };
  if (method.consentUrl === undefined) return read(simulator, method, method.acquire!(input), configuration);
  const codeVerifier = 'a-verifier-of-more-than-forty-three-characters';
  const page = method.consentUrl({
    configuration,
    apiKey: simulator.credentials.clientId,
    apiSecret: simulator.credentials.clientSecret,
    callbackUrl: CALLBACK,
  });
  const code = new URL(await simulator.consent(page)).searchParams.get('code') ?? '';
  return read(simulator, method, method.acquire!({ ...input, code, codeVerifier }), configuration);
}

function renew(
  simulator: PardotSimulator,
  method: AuthMethod,
  configuration: JsonObject,
  credentials: Credentials,
): Promise<Credentials> {
  const request = method.refresh!({ configuration, now: simulator.clock.now() }, credentials);
  return read(simulator, method, request, configuration, credentials);
}

async function read(
  simulator: PardotSimulator,
  method: AuthMethod,
  request: VendorRequest,
  configuration: JsonObject,
  previous?: Credentials,
): Promise<Credentials> {
  const response = await send(simulator, request, {});
  const reading = method.read!(response, { configuration, now: simulator.clock.now() }, previous);
  assert.ok(reading.ok, reading.ok ? '' : reading.why);
  return reading.credentials;
}

async function send(
  { url }: PardotSimulator,
  request: VendorRequest,
  signature: Record<string, string>,
): Promise<VendorResponse> {
  const to = new URL(request.path, url);
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) to.searchParams.set(name, String(value));
  }
  const json = request.json === undefined ? undefined : JSON.stringify(request.json);
  const body = json ?? (request.form === undefined ? undefined : new URLSearchParams(request.form));
  const answer = await fetch(to, {
    method: request.method,
    headers: {
      ...pardot.headers,
      ...(request.json !== undefined && { 'content-type': 'application/json' }),
      ...signature,
    },
    ...(body !== undefined && { body }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    headers: Object.fromEntries(answer.headers),
    text,
    body: parseOrNull(text),
    date: Date.parse(answer.headers.get('date') ?? ''),
  };
}

function parseOrNull(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}

export const resourceOf = (name: string): Resource => findResource(pardot, name)!;

export function where(text: string): Ceql {
  const parsed = parseCeql(text);
  assert.ok(parsed.ok, text);
  return parsed.tree;
}

/** Walks a feed to its end, through the database's JSON. `between` runs after each page but the last. */
export async function readFeed(
  account: TestAccount,
  feed: Feed,
  query: { from?: number; pageSize?: number; filter?: Ceql } = {},
  between: (pages: number) => void = () => {},
): Promise<Row[]> {
  const rows: Row[] = [];
  const { filter = null, ...more } = query;
  let position: Position = feed.start({ fields: [], filter, ...more });
  for (let pages = 0; pages < 2000; pages += 1) {
    const page: FeedPage | 'restart' = feed.read(await account.call(feed.request(position)), position);
    assert.ok(page !== 'restart');
    rows.push(...page.rows);
    if (page.next === null) return rows;
    assert.notDeepEqual(page.next, position, 'a feed goes on');
    position = JSON.parse(JSON.stringify(page.next)) as Position;
    between(pages);
  }
  return assert.fail('the feed does not end');
}

export async function statesOf(
  account: TestAccount,
  name: string,
  ids: string[],
): Promise<Record<string, string>> {
  const states: Record<string, string> = {};
  let open = ids;
  const first = resourceOf(name).polling!.readMany(await account.contextOf(resourceOf(name)));
  for (let many: ReadMany | undefined = first; many; many = many.otherwise) {
    for (let at = 0; at < open.length; at += many.batchSize) {
      const batch = open.slice(at, at + many.batchSize);
      for (const [id, { state }] of many.read(await account.call(many.request(batch)), batch)) {
        states[id] = state;
      }
    }
    open = ids.filter((id) => states[id] === 'absent');
  }
  return states;
}

/** All pages of a listing, filtered as the hub does it. */
export async function listAll(
  account: TestAccount,
  name: string,
  query: {
    where?: string;
    orderBy?: { field: string; direction: 'asc' | 'desc' };
    pageSize?: number;
    includeDeleted?: boolean;
  } = {},
): Promise<JsonObject[]> {
  const resource = resourceOf(name);
  const context = await account.contextOf(resource);
  const compiled =
    query.where === undefined
      ? { pushed: null, rest: null }
      : resource.compileWhere(where(query.where), context);
  assert.ok('pushed' in compiled);
  const { pageSize = 100, orderBy, includeDeleted = false } = query;
  const start = {
    pushed: compiled.pushed,
    fields: [],
    pageSize,
    includeDeleted,
    ...(orderBy && { orderBy }),
  };
  const records: JsonObject[] = [];
  let position: Position | null = resource.list.start(start, context);
  while (position !== null) {
    const answer: VendorResponse = await account.call(resource.list.request(position, context));
    const page: { records: Json[]; next: Position | null } = resource.list.read(answer, position, context);
    records.push(...(page.records as JsonObject[]));
    position = page.next;
  }
  return compiled.rest === null ? records : records.filter(compileCeql(compiled.rest));
}

export const idsOf = (rows: readonly Row[]): string[] => rows.map(({ id }) => id);
export const sorted = (ids: Iterable<string | number>): string[] =>
  [...new Set([...ids].map(String))].sort((a, b) => Number(a) - Number(b));

/** Both dialects, one of them in a zone with summer time, and tokens that shift. */
export const ACCOUNTS: [string, AccountOptions][] = [
  ['v4 with a user in GMT', { dialect: 'legacy' }],
  [
    'v3 with a user in Paris',
    {
      dialect: 'legacy',
      account: { userTimezone: 'Europe/Paris', ampsea: false },
      configuration: { timezone: 'Europe/Paris', 'provider.version': '3' },
    },
  ],
  ['v5', { dialect: 'v5', account: { timezone: 'America/New_York' } }],
  ['v5 whose page tokens shift', { dialect: 'v5', pageTokensShift: true }],
];
