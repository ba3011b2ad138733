import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Credentials } from '../connectors/auth/method.ts';
import type { VendorRequest } from '../connectors/vendor-http.ts';
import { pipedrive } from '../connectors/pipedrive/connector.ts';
import type { JsonObject } from '../kernel/json.ts';
import { allowedOrigins, apiRoot, changedOrigins, vendorUrl } from './vendor-url.ts';

const [, , oauth] = pipedrive.authentication;

const urlOf = (
  request: Partial<VendorRequest>,
  configuration: JsonObject = {},
  credentials: Credentials | null = null,
): string =>
  vendorUrl(
    { connector: pipedrive, method: oauth!, configuration, credentials },
    { method: 'GET', path: '/api/v2/persons', ...request },
  );

test('the documented API roots, the bare origin and a trailing slash mean the same base.url', () => {
  for (const base of ['', '/', '/v1', '/v1/', '/api/v1', '/api/v2/', '/api']) {
    assert.equal(
      apiRoot(pipedrive, { 'base.url': `https://api.pipedrive.com${base}` }),
      'https://api.pipedrive.com',
    );
  }
  assert.equal(apiRoot(pipedrive, {}), 'https://api.pipedrive.com');
  assert.equal(apiRoot(pipedrive, { 'base.url': 'http://[::1]:81/pd/v1' }), 'http://[::1]:81/pd');
});

test('a query keeps its blanks, plus signs and repeats, and leaves absent values out', () => {
  const query = { where: 'a b+c&d', ids: ['1', '2'], limit: 5, all: true, none: undefined };
  assert.equal(
    urlOf({ query }),
    'https://api.pipedrive.com/api/v2/persons?where=a%20b%2Bc%26d&ids=1&ids=2&limit=5&all=true',
  );
  assert.equal(
    urlOf({ path: '/x?cursor=a', query: { limit: 1 } }),
    'https://api.pipedrive.com/x?cursor=a&limit=1',
  );
});

test('a path that looks like a host stays a path', () => {
  assert.equal(urlOf({ path: '//evil.example/x' }), 'https://api.pipedrive.com//evil.example/x');
  assert.equal(urlOf({ path: '@evil.example' }), 'https://api.pipedrive.com/@evil.example');
});

test("the vendor's word on where its API is holds, unless base.url leads away from the vendor", () => {
  const credentials = { accessToken: 'a', apiOrigin: 'https://acme.pipedrive.com' };
  assert.match(urlOf({}, {}, credentials), /^https:\/\/acme\.pipedrive\.com\/api/);
  assert.match(
    urlOf({}, { 'base.url': 'https://api.pipedrive.com/v1' }, credentials),
    /^https:\/\/acme\.pipedrive\.com/,
  );
  assert.match(
    urlOf({}, { 'base.url': 'http://127.0.0.1:4711' }, credentials),
    /^http:\/\/127\.0\.0\.1:4711/,
  );
});

test('token requests go to the token URL, which may be given whole', () => {
  const configuration = { 'oauth.token.url': 'https://login.example/oauth/token' };
  assert.equal(urlOf({ path: '/revoke', origin: 'token' }, configuration), 'https://login.example/revoke');
  const whole = oauth!.acquire!({ configuration, code: 'c', now: 0 });
  assert.equal(urlOf(whole, configuration), 'https://login.example/oauth/token');
  const destination = { connector: pipedrive, method: oauth!, configuration, credentials: null };
  assert.deepEqual(allowedOrigins(destination), {
    origins: ['https://api.pipedrive.com', 'https://login.example/oauth/token'],
    hostSuffixes: pipedrive.trustedHostSuffixes,
  });
});

test('only another origin counts as a move', () => {
  const moved = (before: JsonObject, after: JsonObject) => changedOrigins(pipedrive, before, after);
  assert.deepEqual(moved({}, { 'base.url': 'https://API.pipedrive.com:443/v1' }), []);
  assert.deepEqual(moved({}, { 'base.url': 'http://api.pipedrive.com' }), ['base.url']);
  assert.deepEqual(moved({ 'oauth.token.url': 'https://a.example/t' }, {}), ['oauth.token.url']);
  assert.deepEqual(
    moved({ 'oauth.token.url': 'https://a.example/t' }, { 'oauth.token.url': 'https://a.example/u' }),
    [],
  );
});
