import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../kernel/json.ts';
import type { Connector, ConnectorContext, Resource } from './define-connector.ts';
import { UnreadableAnswer } from './failures.ts';
import type { Feed, Position, Row } from './feed.ts';
import { contractSamples as hubspotSamples } from './hubspot/samples.ts';
import { contractSamples as keapSamples } from './keap/samples.ts';
import { contractSamples as pardotSamples } from './pardot/samples.ts';
import { contractSamples as pipedriveSamples } from './pipedrive/samples.ts';
import { connectors, findConnector, findResource } from './registry.ts';
import { contractSamples as salesforceSamples } from './salesforce/samples.ts';
import { answer, GARBAGE, type ConnectorSamples, type ResourceSamples } from './testing/answers.ts';
import type { VendorRequest } from './vendor-http.ts';

/** What every connector must keep to, whichever vendor it speaks for. */

const SAMPLES: { [key: string]: ConnectorSamples } = {
  pipedrive: pipedriveSamples,
  hubspotcrm: hubspotSamples,
  pardot: pardotSamples,
  infusionsoftecommerce: keapSamples,
  sfdc: salesforceSamples,
};

const NOW = Date.UTC(2026, 10, 20, 9, 15);
const context: ConnectorContext = { configuration: {}, facts: {}, discovered: null, now: NOW };
/** wire.md's table of elements: numbers are never changed. */
const IDS: { [key: string]: number } = {
  sfdc: 23,
  hubspotcrm: 168,
  pipedrive: 167,
  pardot: 90,
  infusionsoftecommerce: 321,
};

const samplesOf = (connector: Connector, resource: Resource): ResourceSamples => {
  const samples = SAMPLES[connector.key]?.[resource.name];
  assert.ok(samples, `${connector.key} has no samples of ${resource.name}`);
  return samples;
};

/** Every feed of a resource, its sweep included. */
const feedsOf = (resource: Resource): Feed[] => {
  const { polling } = resource;
  if (polling === undefined) return [];
  const sweep = polling.sweep?.(context);
  return [...polling.feeds(context), ...(sweep === undefined ? [] : [sweep])];
};

const firstPosition = (feed: Feed): Position =>
  feed.start({ ...(feed.kind !== 'scan' && { from: NOW - 3_600_000 }), filter: null, fields: [] });

/** A position as it comes back from the database. */
const stored = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

const assertRequest = (request: VendorRequest): void => {
  assert.match(request.path, /^\/(?!\/)[\w./{}~%-]*$/, request.path);
  assert.doesNotMatch(request.path, /(^|\/)\.\.?(\/|$)/, request.path);
  assert.ok(request.json === undefined || request.form === undefined, 'two bodies');
  assert.ok((request.cost ?? 1) >= 0, 'a negative cost');
  for (const name of Object.keys(request.headers ?? {})) assert.match(name, /^[\w-]+$/);
};

for (const connector of connectors) {
  const { key } = connector;
  const each = (check: (resource: Resource) => void): void => connector.resources.forEach(check);

  test(`${key} is found by key and number, and keeps both`, () => {
    assert.equal(IDS[key], connector.id);
    assert.equal(findConnector(key), connector);
    assert.equal(findConnector(key.toUpperCase()), connector);
    assert.equal(findConnector(connector.id), connector);
    assert.equal(findConnector(String(connector.id)), connector);
  });

  test(`${key} finds its resources by every name in any spelling`, () => {
    each((resource) => {
      for (const name of [resource.name, resource.vendorObject, ...resource.aliases]) {
        for (const spelling of [name, name.toUpperCase(), name.replace(/ies$/, 'y').replace(/s$/, '')]) {
          assert.equal(findResource(connector, spelling), resource, spelling);
        }
      }
    });
    assert.equal(findResource(connector, ''), undefined);
  });

  test(`${key} says where it is by https, and drops longer roots before shorter ones`, () => {
    assert.equal(new URL(connector.apiOrigin).origin, connector.apiOrigin);
    assert.equal(new URL(connector.apiOrigin).protocol, 'https:');
    const host = new URL(connector.apiOrigin).hostname;
    assert.ok(connector.trustedHostSuffixes.some((suffix) => host === suffix || host.endsWith(`.${suffix}`)));
    connector.apiRootPaths.forEach((path, index) => {
      assert.match(path, /^\/[\w./-]*\w$/);
      const shorter = connector.apiRootPaths.slice(0, index).find((earlier) => path.endsWith(earlier));
      assert.equal(shorter, undefined, `${path} is never reached`);
    });
  });

  test(`${key} describes each configuration entry and marks what is secret`, () => {
    const keys = connector.configuration.map((entry) => entry.key);
    assert.equal(new Set(keys).size, keys.length, 'an entry is there twice');
    for (const entry of connector.configuration) {
      assert.ok(entry.name !== '' && entry.description !== '', entry.key);
      assert.equal(entry.type === 'PASSWORD', entry.secret === true, `${entry.key}: secrets are passwords`);
      if (/password|secret|token$|apikey$/i.test(entry.key))
        assert.ok(entry.secret, `${entry.key} is secret`);
      if (entry.type === 'SELECT') assert.ok((entry.options?.length ?? 0) > 1, entry.key);
    }
  });

  test(`${key} signs in over https, sends credentials nowhere else, and masks what it derives`, () => {
    const configuration: JsonObject = Object.fromEntries(
      connector.configuration.map((entry) => [entry.key, `value-of-${entry.key}`]),
    );
    delete configuration['oauth.token.url'];
    delete configuration['oauth.authorization.url'];
    for (const method of connector.authentication) {
      const input = { configuration, code: 'code', codeVerifier: 'verifier', now: NOW };
      const credentials = { accessToken: 'access', refreshToken: 'refresh' };
      const requests = [
        method.acquire?.(input),
        method.refresh?.(input, credentials),
        method.revoke?.(input, credentials),
      ];
      for (const request of requests) {
        if (request === undefined) continue;
        assert.equal(request.anonymous, true, `${method.type}: a sign-in carries no old credentials`);
        if (/^https?:/.test(request.path)) assert.equal(new URL(request.path).protocol, 'https:');
        else assertRequest(request);
      }
      const signed = Object.values(method.sign(credentials, configuration)).join(' ');
      assert.match(signed, /access/);
      const entries = new Map(connector.configuration.map((entry) => [entry.key, entry]));
      for (const derived of Object.keys(method.derived?.(credentials) ?? {})) {
        assert.equal(entries.get(derived)?.secret, true, `${derived} is shown masked`);
      }
      for (const chosen of method.chosenBy) assert.ok(chosen === 'providerData.code' || entries.has(chosen));
    }
  });

  test(`${key} reads any sign-in answer without throwing, and takes none of the broken ones`, () => {
    for (const method of connector.authentication) {
      for (const response of [...GARBAGE, ...GARBAGE.map((one) => ({ ...one, status: 500 }))]) {
        const reading = method.read?.(response, { configuration: {}, now: NOW });
        assert.notEqual(reading?.ok, true);
      }
    }
  });

  test(`${key} has sane numbers`, () => {
    for (const budget of connector.budgets) {
      assert.ok(budget.limit > 0 && budget.windowMs > 0, budget.name);
      assert.equal(budget.read?.({}, NOW), undefined, `${budget.name} reads nothing from no headers`);
    }
    each((resource) => {
      assert.ok(resource.list.maxPageSize >= 1 && resource.list.maxPageSize <= 2000);
      assert.ok(Number.isInteger(resource.shapeVersion) && resource.shapeVersion >= 1);
      const readMany = resource.polling?.readMany(context);
      assert.ok(readMany === undefined || readMany.batchSize >= 1);
      for (const { stamp } of feedsOf(resource)) {
        if (stamp === undefined) continue;
        assert.ok(stamp.resolutionMs >= 1 && stamp.resolutionMs <= 60_000);
        assert.ok(stamp.overlapS >= 0 && stamp.overlapS <= 3600);
        assert.ok(stamp.lookbackDays === undefined || stamp.lookbackDays >= 1);
      }
    });
  });

  test(`${key} asks only for paths of its own`, () => {
    assertRequest(connector.identify.request({}));
    each((resource) => {
      for (const feed of feedsOf(resource)) assertRequest(feed.request(firstPosition(feed)));
      const { list } = resource;
      const query = { pushed: null, fields: [], pageSize: list.maxPageSize, includeDeleted: false };
      assertRequest(list.request(list.start(query, context), context));
      for (const id of ['1', '../../x', 'a/b?c#d', '%2e%2e']) {
        assertRequest(resource.get.request(id, [], context));
        if (resource.update) assertRequest(resource.update.request(id, {}, context));
        if (resource.remove) assertRequest(resource.remove.request(id, context));
        for (let many = resource.polling?.readMany(context); many; many = many.otherwise) {
          assertRequest(many.request([id]));
        }
      }
    });
  });

  test(`${key} names its feeds uniquely and gives window feeds a stamp`, () => {
    each((resource) => {
      const feeds = feedsOf(resource);
      assert.equal(new Set(feeds.map(({ name }) => name)).size, feeds.length, resource.name);
      for (const feed of feeds) {
        assert.equal(feed.kind === 'scan' || feed.stamp !== undefined, true, `${resource.name} ${feed.name}`);
      }
      assert.equal(feeds[0]?.kind === 'deletions', false, `${resource.name}: changes are read first`);
    });
  });

  test(`${key} polls by default what its resources define`, () => {
    for (const name of connector.events.defaultPolled) {
      const polling = connector.resources.find((resource) => resource.name === name)?.polling;
      assert.ok(polling, name);
      const { url, idField, datesConfiguration } = polling.default;
      assert.match(url, new RegExp(`^/hubs/${connector.hub}/${name}(\\?|$)`));
      assert.notEqual(idField, '');
      const field = datesConfiguration.updatedDateField;
      const changeFields = polling.feeds(context).flatMap((feed) => feed.changeFields);
      if (field !== undefined) assert.ok(changeFields.includes(field), `${name}: ${field} can be lifted`);
    }
  });

  test(`${key} keeps positions that survive the database`, () => {
    each((resource) => {
      const samples = samplesOf(connector, resource);
      for (const feed of feedsOf(resource)) {
        const position = firstPosition(feed);
        assert.deepEqual(stored(position), position, `${resource.name} ${feed.name}`);
        assert.deepEqual(feed.request(stored(position)), feed.request(position));
        const body = feed.name === 'sweep' ? samples.sweep : samples.pages[feed.name];
        assert.ok(body, `no sample of ${resource.name} ${feed.name}`);
        const page = feed.read(answer(body), stored(position));
        assert.notEqual(page, 'restart');
        if (page !== 'restart') assert.deepEqual(stored(page.next), page.next);
      }
    });
  });

  test(`${key} shows one record in one shape, whichever way it is read`, () => {
    each((resource) => {
      const samples = samplesOf(connector, resource);
      const rows: Row[] = feedsOf(resource)
        .filter((feed) => feed.kind !== 'deletions')
        .map((feed) => {
          const body = feed.name === 'sweep' ? samples.sweep! : samples.pages[feed.name]!;
          const page = feed.read(answer(body), firstPosition(feed));
          assert.notEqual(page, 'restart');
          const row = page === 'restart' ? undefined : page.rows.find(({ id }) => id === samples.id);
          assert.ok(row, `${resource.name} ${feed.name} does not show ${samples.id}`);
          return row;
        });
      const state = resource.polling?.readMany(context).read(answer(samples.readMany), [samples.id]);
      const found = state?.get(samples.id);
      assert.equal(found?.state ?? 'present', 'present');
      if (found?.state === 'present') rows.push(found.row);
      for (const row of rows.slice(1)) assert.deepEqual(row, rows[0]);
      const one = resource.get.read(answer(samples.one));
      if (rows[0] !== undefined) assert.deepEqual(one, { record: rows[0].record });
    });
  });

  test(`${key} shows deletions as deleted`, () => {
    each((resource) => {
      const samples = samplesOf(connector, resource);
      for (const feed of feedsOf(resource).filter(({ kind }) => kind === 'deletions')) {
        const page = feed.read(answer(samples.pages[feed.name]!), firstPosition(feed));
        assert.notEqual(page, 'restart');
        if (page === 'restart') continue;
        const row = page.rows.find(({ id }) => id === samples.id);
        assert.equal(row?.deleted, true, `${resource.name} ${feed.name}`);
      }
    });
  });

  test(`${key} gives every id a state, asked twice or never heard of`, () => {
    each((resource) => {
      const samples = samplesOf(connector, resource);
      const many = resource.polling?.readMany(context);
      const states = many?.read(answer(samples.readMany), [samples.id, samples.id, '999999999']);
      if (states !== undefined) assert.deepEqual([...states.keys()].sort(), ['999999999', samples.id].sort());
    });
  });

  test(`${key} reports answers it cannot read, and never takes one for an empty page`, () => {
    const readers: [string, (response: (typeof GARBAGE)[number]) => unknown][] = [
      ['identify', (response) => connector.identify.read(response)],
    ];
    each((resource) => {
      for (const feed of feedsOf(resource)) {
        readers.push([feed.name, (response) => feed.read(response, firstPosition(feed))]);
      }
      const { list } = resource;
      const query = { pushed: null, fields: [], pageSize: 10, includeDeleted: false };
      readers.push(['list', (response) => list.read(response, list.start(query, context), context)]);
      readers.push(['get', (response) => resource.get.read(response)]);
      for (let many = resource.polling?.readMany(context); many; many = many.otherwise) {
        const read = many.read.bind(many);
        readers.push(['readMany', (response) => read(response, ['1'])]);
      }
    });
    for (const [name, read] of readers) {
      for (const response of GARBAGE) {
        if (connector.readFailure(response, NOW) !== undefined) continue;
        assert.throws(() => read(response), UnreadableAnswer, `${name}: ${response.text}`);
      }
    }
  });

  test(`${key} takes broken answers for failures, whatever their status`, () => {
    for (const response of GARBAGE) {
      for (const status of [301, 400, 401, 403, 404, 410, 429, 500, 503]) {
        const failure = connector.readFailure({ ...response, status }, NOW);
        assert.ok(failure !== undefined && failure.why !== '', `${status} ${response.text}`);
      }
    }
    assert.equal(connector.readFailure(GARBAGE[0]!, NOW)?.kind, 'retry', 'HTML with status 200');
  });
}
