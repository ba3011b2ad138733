import type { CoverageEntry } from '../core/coverage.ts';
import type { Method } from '../core/route.ts';

const READ_ON = '2026-11-21';
const REST = 'REST API Developer Guide';
const ROOT = '/services/data/:version';

const entry = (method: Method, path: string, page: string, note?: string): CoverageEntry => ({
  method,
  path,
  page,
  readOn: READ_ON,
  ...(note ? { note } : {}),
});
const api = (method: Method, path: string, page: string, note?: string): CoverageEntry =>
  entry(method, `${ROOT}${path}`, `${REST}: ${page}`, note);

const tooling = (method: Method, path: string, note?: string): CoverageEntry =>
  entry(method, `${ROOT}/tooling${path}`, 'Tooling API', note);

/** Every endpoint of the simulator and the page its behaviour follows. */
export const SALESFORCE_COVERAGE: readonly CoverageEntry[] = [
  entry('GET', '/services/data', `${REST}: Versions`),
  api('GET', '', 'Resources by Version', 'the paths of what is served here only'),
  api('GET', '/limits', 'Limits', 'two of the limits'),
  api('GET', '/query', 'Query', 'one object; no sub-queries, aggregates or relative dates'),
  api('GET', '/queryAll', 'QueryAll', 'archived activities do not exist'),
  api(
    'GET',
    '/query/:locator',
    'Query More Results',
    'pages show the records as they were when it was asked',
  ),
  api('GET', '/sobjects', 'Describe Global'),
  api('GET', '/sobjects/:object', 'sObject Basic Information', 'recentItems is empty'),
  api('GET', '/sobjects/:object/describe', 'sObject Describe', 'If-Modified-Since is ignored'),
  api('POST', '/sobjects/:object', 'sObject Basic Information'),
  api('GET', '/sobjects/:object/:id', 'sObject Rows'),
  api('PATCH', '/sobjects/:object/:id', 'sObject Rows', 'If-Unmodified-Since is ignored'),
  api('DELETE', '/sobjects/:object/:id', 'sObject Rows', 'children are not deleted along'),
  api('PATCH', '/sobjects/:object/:field/:value', 'sObject Rows by External ID'),
  api('GET', '/sobjects/:object/updated', 'sObject Get Updated'),
  api('GET', '/sobjects/:object/deleted', 'sObject Get Deleted'),
  api('POST', '/composite/sobjects/:object', 'sObject Collections: retrieve'),
  api('POST', '/composite/sobjects', 'sObject Collections: create', 'allOrNone is ignored'),
  api('PATCH', '/composite/sobjects', 'sObject Collections: update', 'allOrNone is ignored'),
  api('DELETE', '/composite/sobjects', 'sObject Collections: delete', 'allOrNone is ignored'),
  api('POST', '/composite/batch', 'Composite Batch', 'long queries fit into a subrequest'),
  tooling('GET', '/query'),
  tooling(
    'POST',
    '/sobjects/:object',
    'RemoteProxy, ApexClass, ApexTrigger; the code of the refusal in production is not documented',
  ),
  tooling('GET', '/sobjects/:object/:id'),
  tooling('DELETE', '/sobjects/:object/:id'),
  entry('GET', '/services/oauth2/userinfo', 'OpenID Connect: the UserInfo endpoint'),
  entry('GET', '/id/:organization/:user', 'Identity URLs'),
  entry('GET', '/services/oauth2/authorize', 'OAuth 2.0 Web Server Flow'),
  entry('POST', '/services/oauth2/authorize', 'OAuth 2.0 Web Server Flow', 'the consent form'),
  entry('POST', '/services/oauth2/token', 'OAuth 2.0 Web Server, Refresh Token and JWT Bearer Flows'),
  entry('POST', '/services/oauth2/revoke', 'Revoke OAuth Tokens'),
];
