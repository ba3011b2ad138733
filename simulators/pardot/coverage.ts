import type { CoverageEntry } from '../core/coverage.ts';
import type { Method } from '../core/route.ts';

const READ_ON = '2026-11-21';
const GUIDE = 'developer.salesforce.com/docs/marketing/pardot/guide';

const entry = (method: Method, path: string, page: string, note?: string): CoverageEntry => ({
  method,
  path,
  page,
  readOn: READ_ON,
  ...(note ? { note } : {}),
});

/** v3 and v4 take queries, reads and updates by GET and POST. */
const either = (path: string, page: string, note?: string): CoverageEntry[] => [
  entry('GET', path, page, note),
  entry('POST', path, page, note),
];

const legacy = (object: string, page: string, creations: string[], canDelete: boolean): CoverageEntry[] => {
  const base = `/api/${object}/version/:version/do`;
  const at = `${GUIDE}/${page}-v4.html`;
  const writes = [
    ...creations.map((path) => entry('POST', `${base}/create${path}`, at)),
    ...(creations.length > 0 ? either(`${base}/update/id/:id`, at) : []),
    ...(canDelete
      ? [entry('POST', `${base}/delete/id/:id`, at), entry('DELETE', `${base}/delete/id/:id`, at)]
      : []),
  ];
  return [
    ...either(`${base}/query`, at, 'version 3 or 4; unknown parameters are disregarded (not documented)'),
    ...either(`${base}/read/id/:id`, at),
    ...writes,
  ];
};

const modern = (plural: string, page: string, canWrite: boolean): CoverageEntry[] => {
  const path = `/api/v5/objects/${plural}`;
  const at = `${GUIDE}/${page}-v5.html`;
  const writes = [
    entry('POST', path, at),
    entry('PATCH', `${path}/:id`, at),
    entry('DELETE', `${path}/:id`, at, 'to the recycle bin'),
  ];
  return [
    entry(
      'GET',
      path,
      at,
      'how pages hold while records change is not documented: here behind the last record',
    ),
    entry('GET', `${path}/:id`, at),
    ...(canWrite ? writes : []),
  ];
};

const OAUTH = 'help.salesforce.com: OAuth 2.0 web server flow';

/** Every endpoint of the simulator and the page its behaviour follows. */
export const PARDOT_COVERAGE: readonly CoverageEntry[] = [
  entry(
    'POST',
    '/api/login/version/:version',
    'github.com/pardot/api-docs: authentication',
    'ended 2021-02-15',
  ),
  ...either('/api/account/version/:version/do/read', 'github.com/pardot/api-docs: accounts'),
  ...legacy('prospect', 'prospects', ['/email/:email'], true),
  ...either('/api/prospect/version/:version/do/read/email/:email', `${GUIDE}/prospects-v4.html`),
  ...legacy(
    'opportunity',
    'opportunities',
    ['/prospect_email/:prospect_email', '/prospect_id/:prospect_id'],
    true,
  ),
  ...legacy('campaign', 'campaigns', [''], false),
  ...legacy('list', 'lists', [''], true),
  ...legacy('visitorActivity', 'visitor-activities', [], false),
  ...modern('prospects', 'prospect', true),
  entry('POST', '/api/v5/objects/prospects/do/upsertLatestByEmail', `${GUIDE}/prospect-v5.html`),
  entry(
    'POST',
    '/api/v5/objects/prospects/:id/do/undelete',
    `${GUIDE}/prospect-v5.html`,
    'answer not documented',
  ),
  ...modern('opportunities', 'opportunity', false),
  ...modern('campaigns', 'campaign', false),
  ...modern('lists', 'list', true),
  ...modern('visitor-activities', 'visitor-activity', false),
  entry(
    'GET',
    '/api/v5/objects/custom-fields',
    `${GUIDE}/custom-field-v5.html`,
    'one page; fields disregarded',
  ),
  entry('GET', '/api/v5/objects/account', `${GUIDE}/account-v5.html`),
  entry('GET', '/services/oauth2/authorize', OAUTH),
  entry('POST', '/services/oauth2/authorize', OAUTH, 'the consent form'),
  entry('POST', '/services/oauth2/token', OAUTH, 'authorization_code and refresh_token'),
  entry('POST', '/services/oauth2/revoke', OAUTH),
];
