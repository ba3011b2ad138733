import assert from 'node:assert/strict';
import { createClock } from '../../../../simulators/core/clock.ts';
import { defineProperty } from '../../../../simulators/hubspot/property-definitions.ts';
import { createHubSpotSimulator, type HubSpotSimulator } from '../../../../simulators/hubspot/simulator.ts';
import { compileCeql } from '../../../ceql/evaluate-ceql.ts';
import { parseCeql } from '../../../ceql/parse-ceql.ts';
import type { Ceql } from '../../../ceql/tree.ts';
import type { Json, JsonObject } from '../../../kernel/json.ts';
import type { ConnectorContext, Resource } from '../../define-connector.ts';
import type { Feed, Position, ReadMany, Row } from '../../feed.ts';
import { findResource } from '../../registry.ts';
import type { VendorRequest, VendorResponse } from '../../vendor-http.ts';
import { hubspot } from '../connector.ts';

const START = Date.UTC(2026, 10, 20, 9, 15);

/** An account at the simulator, and the connector's way to it over HTTP. */
export interface Account {
  simulator: HubSpotSimulator;
  call(request: VendorRequest): Promise<VendorResponse>;
  contextOf(resource: Resource): Promise<ConnectorContext>;
  close(): Promise<void>;
}

/** `properties`: how many of its own the account has beside HubSpot's. */
export async function openAccount(properties: number): Promise<Account> {
  const simulator = await createHubSpotSimulator({
    clock: createClock(START),
    seeded: false,
    limits: { enforced: false },
  });
  for (let nth = 0; nth < properties; nth += 1) {
    const name = `custom_property_number_${nth}_of_many`;
    simulator.store.contacts.addProperty(defineProperty(name, 'string', { hubspotDefined: false }));
  }
  const call = (request: VendorRequest): Promise<VendorResponse> => send(simulator, request);
  const contextOf = async (resource: Resource): Promise<ConnectorContext> => {
    const bare = { configuration: {}, facts: {}, discovered: null, now: simulator.clock.now() };
    const { discover } = resource;
    return discover === undefined
      ? bare
      : { ...bare, discovered: discover.read(await call(discover.request(bare))) };
  };
  return { simulator, call, contextOf, close: () => simulator.close() };
}

async function send(simulator: HubSpotSimulator, request: VendorRequest): Promise<VendorResponse> {
  const url = new URL(request.path, simulator.url);
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  const answer = await fetch(url, {
    method: request.method,
    headers: {
      authorization: `Bearer ${simulator.credentials.accessToken}`,
      'content-type': 'application/json',
    },
    ...(request.json === undefined ? {} : { body: JSON.stringify(request.json) }),
  });
  const text = await answer.text();
  const response = {
    status: answer.status,
    headers: Object.fromEntries(answer.headers),
    text,
    body: text === '' ? null : (JSON.parse(text) as Json),
    date: Date.parse(answer.headers.get('date') ?? ''),
  };
  const accepted = request.accept?.includes(answer.status) === true;
  const failure = accepted ? undefined : hubspot.readFailure(response, simulator.clock.now());
  assert.equal(
    failure,
    undefined,
    `${request.method} ${request.path} ${JSON.stringify(request.json)} ${text}`,
  );
  return response;
}

export const resourceOf = (name: string): Resource => findResource(hubspot, name)!;

export async function feedOf(account: Account, name: string, feed: string): Promise<Feed> {
  const resource = resourceOf(name);
  const context = await account.contextOf(resource);
  const polling = resource.polling!;
  return [...polling.feeds(context), polling.sweep!(context)].find((one) => one.name === feed)!;
}

/** Walks a feed to its end. `between` runs after each page but the last. */
export async function readFeed(
  account: Account,
  feed: Feed,
  query: { from?: number; pageSize?: number; filter?: Ceql } = {},
  between: (pages: number) => void = () => {},
): Promise<Row[]> {
  const rows: Row[] = [];
  const { filter = null, ...more } = query;
  let position: Position = feed.start({ fields: [], filter, ...more });
  for (let pages = 0; pages < 2000; pages += 1) {
    const page = feed.read(await account.call(feed.request(position)), position);
    assert.notEqual(page, 'restart');
    if (page === 'restart') break;
    rows.push(...page.rows);
    if (page.next === null) return rows;
    assert.notDeepEqual(page.next, position, 'a feed goes on');
    position = JSON.parse(JSON.stringify(page.next)) as Position;
    between(pages);
  }
  return assert.fail('the feed does not end');
}

export async function statesOf(
  account: Account,
  resource: Resource,
  ids: string[],
): Promise<Record<string, string>> {
  const states: Record<string, string> = {};
  let open = ids;
  const first = resource.polling!.readMany(await account.contextOf(resource));
  for (let many: ReadMany | undefined = first; many; many = many.otherwise) {
    for (let at = 0; at < open.length; at += many.batchSize) {
      const batch = open.slice(at, at + many.batchSize);
      const answer = await account.call(many.request(batch));
      for (const [id, { state }] of many.read(answer, batch)) states[id] = state;
    }
    open = ids.filter((id) => states[id] === 'absent');
  }
  return states;
}

export async function listAll(
  account: Account,
  name: string,
  query: { where?: string; orderBy?: { field: string; direction: 'asc' | 'desc' }; pageSize?: number } = {},
): Promise<{ ids: string[]; total: number | undefined; records: JsonObject[] }> {
  const resource = resourceOf(name);
  const context = await account.contextOf(resource);
  const where = query.where === undefined ? null : parse(query.where);
  const compiled = where === null ? { pushed: null, rest: null } : resource.compileWhere(where, context);
  assert.ok('pushed' in compiled);
  const { pageSize = 100, orderBy } = query;
  let position = resource.list.start(
    { pushed: compiled.pushed, fields: [], pageSize, includeDeleted: false, ...(orderBy && { orderBy }) },
    context,
  );
  const records: JsonObject[] = [];
  let total: number | undefined;
  for (;;) {
    const answer = await account.call(resource.list.request(position, context));
    const page = resource.list.read(answer, position, context);
    total ??= page.total;
    records.push(...(page.records as JsonObject[]));
    if (page.next === null) break;
    position = page.next;
  }
  const kept = compiled.rest === null ? records : records.filter(compileCeql(compiled.rest));
  return { ids: kept.map(({ id }) => id as string), total, records: kept };
}

export const parse = (text: string): Ceql => {
  const parsed = parseCeql(text);
  assert.ok(parsed.ok, text);
  return parsed.tree;
};
export const sorted = (ids: Iterable<string | number>): string[] => [...ids].map(String).sort();
export const idsOf = (rows: Row[]): string[] => rows.map(({ id }) => id);
