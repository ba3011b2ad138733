import assert from 'node:assert/strict';
import { parseCeql } from '../../../ceql/parse-ceql.ts';
import type { Ceql } from '../../../ceql/tree.ts';
import { parseHttpDate } from '../../../egress/http-date.ts';
import type { EpochMs } from '../../../kernel/clock.ts';
import type { Json } from '../../../kernel/json.ts';
import type { SalesforceSimulator } from '../../../../simulators/salesforce/simulator.ts';
import type { ConnectorContext, Resource } from '../../define-connector.ts';
import type { Feed, Position, Row } from '../../feed.ts';
import { findResource } from '../../registry.ts';
import type { VendorRequest, VendorResponse } from '../../vendor-http.ts';
import { salesforce } from '../connector.ts';
import { readFailure } from '../read-failure.ts';

/** Sends requests of the connector to the simulator, as `instances/` would; a failure is thrown with its kind. */
export function createDriver(simulator: SalesforceSimulator, configuration = {}) {
  const ask = async (request: VendorRequest): Promise<VendorResponse> => {
    const url = new URL(request.path, simulator.url);
    for (const [name, value] of Object.entries(request.query ?? {}))
      url.searchParams.set(name, String(value));
    const answer = await fetch(url, {
      method: request.method,
      headers: {
        authorization: `Bearer ${simulator.credentials.accessToken}`,
        'content-type': 'application/json',
        ...request.headers,
      },
      ...(request.json !== undefined && { body: JSON.stringify(request.json) }),
    });
    const text = await answer.text();
    const date = parseHttpDate(answer.headers.get('date') ?? '');
    const response: VendorResponse = {
      status: answer.status,
      headers: Object.fromEntries(answer.headers),
      text,
      body: parseOrNull(text),
      ...(date !== undefined && { date }),
    };
    if (request.accept?.includes(response.status) === true) return response;
    const failure = readFailure(response, simulator.clock.now());
    if (failure !== undefined) throw new Error(`${failure.kind}: ${failure.why}`);
    return response;
  };

  const resourceOf = (name: string): Resource => {
    const resource = findResource(salesforce, name);
    assert.ok(resource);
    return resource;
  };

  /** What the resource's functions may know, freshly discovered. */
  const contextOf = async (name: string): Promise<ConnectorContext> => {
    const { discover } = resourceOf(name);
    const bare = { configuration, facts: {}, discovered: null, now: simulator.clock.now() };
    return { ...bare, discovered: discover!.read(await ask(discover!.request(bare))) };
  };

  const feedOf = async (name: string, feedName: string): Promise<Feed> => {
    const feed = resourceOf(name)
      .polling!.feeds(await contextOf(name))
      .find((one) => one.name === feedName);
    assert.ok(feed, `${name} has no feed ${feedName}`);
    return feed;
  };

  /** A pass to its end, its position stored after each page; `meanwhile` runs between two pages. */
  const walk = async (
    feed: Feed,
    query: { from?: EpochMs; where?: string; pageSize?: number } = {},
    meanwhile: (page: number) => void = () => {},
  ): Promise<{ rows: Row[]; pages: number; covered?: EpochMs; gap?: boolean }> => {
    const { where, ...start } = query;
    let position: Position | null = feed.start({ ...start, filter: filterOf(where), fields: [] });
    const rows: Row[] = [];
    for (let pages = 1; ; pages += 1) {
      const page = feed.read(await ask(feed.request(position)), position);
      if (page === 'restart') throw new Error('restart');
      rows.push(...page.rows);
      const { covered, gap } = page;
      if (page.next === null) {
        return { rows, pages, ...(covered !== undefined && { covered }), ...(gap === true && { gap }) };
      }
      position = JSON.parse(JSON.stringify(page.next)) as Position;
      meanwhile(pages);
    }
  };

  return { ask, resourceOf, contextOf, feedOf, walk };
}

export function filterOf(where: string | undefined): Ceql | null {
  if (where === undefined) return null;
  const parsed = parseCeql(where);
  assert.ok(parsed.ok, where);
  return parsed.tree;
}

function parseOrNull(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}
