import type { CoverageEntry } from '../core/coverage.ts';
import type { Method } from '../core/route.ts';

const READ_ON = '2026-11-21';
const REFERENCE = 'developers.pipedrive.com/docs/api/v1';

const entry = (method: Method, path: string, page: string, note?: string): CoverageEntry => ({
  method,
  path,
  page,
  readOn: READ_ON,
  ...(note ? { note } : {}),
});

/** v1 is served at `/v1` and `/api/v1`. */
const both = (method: Method, path: string, page: string, note?: string): CoverageEntry[] => [
  entry(method, `/v1${path}`, page, note),
  entry(method, `/api/v1${path}`, page, note),
];

const recordsOf = (plural: string, page: string): CoverageEntry[] => [
  ...both('GET', `/${plural}`, page, 'retired by the vendor in 2026; counters are always 0'),
  ...both('POST', `/${plural}`, page),
  ...both('GET', `/${plural}/:id`, page),
  ...both('PUT', `/${plural}/:id`, page),
  ...both('DELETE', `/${plural}/:id`, page, 'again: 410 with the same body'),
  ...both('PUT', `/${plural}/:id/merge`, page, 'the id of the path vanishes, merge_with_id stays'),
  entry(
    'GET',
    `/api/v2/${plural}`,
    page,
    'filter_id is refused; limit above 500 is refused (not documented)',
  ),
  entry('GET', `/api/v2/${plural}/:id`, page, 'deleted ones for 30 days'),
  entry('POST', `/api/v2/${plural}`, page),
  entry('PATCH', `/api/v2/${plural}/:id`, page),
  entry('DELETE', `/api/v2/${plural}/:id`, page, 'again: 410 with the same body'),
];

/** Every endpoint of the simulator and the page its behaviour follows. */
export const PIPEDRIVE_COVERAGE: readonly CoverageEntry[] = [
  ...recordsOf('persons', `${REFERENCE}/Persons`),
  ...recordsOf('organizations', `${REFERENCE}/Organizations`),
  ...recordsOf('deals', `${REFERENCE}/Deals`),
  entry('GET', '/api/v2/deals/archived', `${REFERENCE}/Deals`),
  ...both('GET', '/recents', `${REFERENCE}/Recents`, 'persons, organizations, deals and users only'),
  ...both('GET', '/users', `${REFERENCE}/Users`),
  ...both('GET', '/users/me', `${REFERENCE}/Users`),
  ...both('GET', '/users/:id', `${REFERENCE}/Users`),
  ...both('POST', '/authorizations', `${REFERENCE}/Authorizations`, 'removed by the vendor on 2019-12-02'),
  ...both(
    'POST',
    '/webhooks',
    'pipedrive.readme.io/docs/guide-for-webhooks-v2',
    'loopback addresses are taken',
  ),
  ...both('GET', '/webhooks', `${REFERENCE}/Webhooks`),
  ...both('DELETE', '/webhooks/:id', `${REFERENCE}/Webhooks`),
  entry('GET', '/oauth/authorize', 'pipedrive.readme.io/docs/marketplace-oauth-authorization'),
  entry(
    'POST',
    '/oauth/authorize',
    'pipedrive.readme.io/docs/marketplace-oauth-authorization',
    'the consent form',
  ),
  entry(
    'POST',
    '/oauth/token',
    'pipedrive.readme.io/docs/marketplace-oauth-authorization',
    'error bodies not documented',
  ),
  entry('POST', '/oauth/revoke', 'pipedrive.readme.io/docs/marketplace-oauth-authorization'),
];
