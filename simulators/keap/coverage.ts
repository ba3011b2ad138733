import type { CoverageEntry } from '../core/coverage.ts';
import type { Method } from '../core/route.ts';

const READ_ON = '2026-11-21';
const REST_V1 = 'developer.keap.com/docs/rest';
const REST_V2 = 'developer.keap.com/docs/restv2';
const HOOKS = 'developer.infusionsoft.com/rest-hook-documentation';
const OAUTH = 'developer.keap.com/getting-started-oauth-keys';

const entry = (method: Method, path: string, page: string, note?: string): CoverageEntry => ({
  method,
  path,
  page,
  readOn: READ_ON,
  ...(note ? { note } : {}),
});

const v1 = (method: Method, path: string, note?: string): CoverageEntry =>
  entry(method, `/crm/rest/v1${path}`, REST_V1, note);
const v2 = (method: Method, path: string, note?: string): CoverageEntry =>
  entry(method, `/crm/rest/v2${path}`, REST_V2, note);
const hook = (method: Method, path: string, note?: string): CoverageEntry =>
  entry(method, `/crm/rest/v1/hooks${path}`, HOOKS, note);

/** Every endpoint of the simulator and the page its behaviour follows. No recording of live traffic is public. */
export const KEAP_COVERAGE: readonly CoverageEntry[] = [
  entry('GET', '/app/oauth/authorize', OAUTH, 'loopback callbacks are taken'),
  entry('POST', '/app/oauth/authorize', OAUTH, 'the consent form'),
  entry('POST', '/token', OAUTH, 'refresh tokens are used once; error bodies as community posts show them'),
  v1('GET', '/orders', 'what since/until compare is not documented: here the creation; next is always there'),
  v1('GET', '/orders/:id'),
  v1('POST', '/orders', 'affiliates and promo codes are kept, not applied'),
  v1('DELETE', '/orders/:id', 'the refusal of a paid one has no documented status: 400'),
  v1('GET', '/products'),
  v1('GET', '/products/:id'),
  v1('POST', '/products'),
  v1('PATCH', '/products/:id'),
  v1('DELETE', '/products/:id'),
  v1('GET', '/contacts'),
  v1('GET', '/contacts/:id'),
  v1('POST', '/contacts', 'one e-mail and one phone are kept'),
  v1('PUT', '/contacts'),
  v1('PATCH', '/contacts/:id'),
  v1('DELETE', '/contacts/:id'),
  v1('GET', '/oauth/connect/userinfo'),
  v2('GET', '/orders', 'page tokens are offsets, the worst case; custom fields cannot be filtered'),
  v2('GET', '/orders/:id'),
  v2('PATCH', '/orders/:id', 'update_mask by comma or repeated'),
  v2('DELETE', '/orders/:id'),
  v2('GET', '/products'),
  v2('GET', '/products/:id'),
  v2('GET', '/contacts'),
  v2('GET', '/contacts/:id'),
  v2('GET', '/oauth/connect/userinfo'),
  hook('GET', '/event_keys'),
  hook('GET', ''),
  hook('POST', '', 'loopback receivers are taken'),
  hook('GET', '/:key'),
  hook('PUT', '/:key'),
  hook('DELETE', '/:key'),
  hook('POST', '/:key/verify'),
  hook('POST', '/:key/delayedVerify'),
];
