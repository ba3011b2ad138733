import type { CoverageEntry } from '../core/coverage.ts';
import type { Method } from '../core/route.ts';

const READ_ON = '2026-11-21';
const GUIDES = 'developers.hubspot.com/docs';
const OBJECTS = `${GUIDES}/guides/api/crm/using-object-apis`;
const SEARCH = `${GUIDES}/guides/api/crm/search`;
const LEGACY = `${GUIDES}/reference/api/legacy`;
const OAUTH = `${GUIDES}/guides/apps/authentication/working-with-oauth`;
const WEBHOOKS = `${GUIDES}/guides/api/app-management/webhooks`;

const entry = (method: Method, path: string, page: string, note?: string): CoverageEntry => ({
  method,
  path,
  page,
  readOn: READ_ON,
  ...(note ? { note } : {}),
});

/** The same in each generation. */
const each = (
  roots: readonly string[],
  method: Method,
  path: string,
  page: string,
  note?: string,
): CoverageEntry[] => roots.map((root) => entry(method, `${root}${path}`, page, note));

const objects = ['/crm/v3/objects/:type', '/crm/objects/2026-03/:type'];
const properties = ['/crm/v3/properties/:type', '/crm/properties/2026-03/:type'];
const successors = ['/oauth/v3/token', '/oauth/2026-03/token'];
const webhooks = ['/webhooks/v3/:appId', '/webhooks/2026-03/:appId'];
const consent = ['/oauth/authorize', '/oauth/:portalId/authorize'];

/** Every endpoint of the simulator and the page its behaviour follows. */
export const HUBSPOT_COVERAGE: readonly CoverageEntry[] = [
  ...each(objects, 'GET', '', OBJECTS, 'ordered by id; the form of `after` is not documented'),
  ...each(objects, 'POST', '', OBJECTS),
  ...each(objects, 'GET', '/:id', OBJECTS, 'the id of a merged record is unknown (not verified)'),
  ...each(objects, 'PATCH', '/:id', OBJECTS, 'moves the change stamp whatever the values'),
  ...each(objects, 'DELETE', '/:id', OBJECTS),
  ...each(objects, 'POST', '/search', SEARCH, 'an unknown property matches nothing'),
  ...each(objects, 'POST', '/merge', OBJECTS),
  ...each(objects, 'POST', '/gdpr-delete', OBJECTS),
  ...each(objects, 'POST', '/batch/read', OBJECTS),
  ...each(objects, 'POST', '/batch/create', OBJECTS),
  ...each(objects, 'POST', '/batch/update', OBJECTS),
  ...each(objects, 'POST', '/batch/upsert', OBJECTS),
  ...each(objects, 'POST', '/batch/archive', OBJECTS),
  ...each(
    properties,
    'GET',
    '',
    `${GUIDES}/guides/api/crm/properties`,
    'some twenty properties of each kind',
  ),
  ...each(properties, 'POST', '', `${GUIDES}/guides/api/crm/properties`),
  ...each(['/crm/v3/owners', '/crm/owners/2026-03'], 'GET', '', `${GUIDES}/guides/api/crm/owners`),
  ...each(
    ['/account-info/v3/details', '/account-info/2026-03/details'],
    'GET',
    '',
    `${GUIDES}/guides/api/settings/account-information-api`,
  ),
  entry(
    'GET',
    '/contacts/v1/lists/recently_updated/contacts/recent',
    `${LEGACY}/contacts`,
    'one of three lists left',
  ),
  entry('GET', '/contacts/v1/lists/all/contacts/recent', `${LEGACY}/contacts`),
  entry('GET', '/contacts/v1/lists/all/contacts/all', `${LEGACY}/contacts`),
  entry('GET', '/contacts/v1/contact/vid/:vid/profile', `${LEGACY}/contacts`),
  entry('GET', '/contacts/v1/contact/email/:email/profile', `${LEGACY}/contacts`),
  entry('POST', '/contacts/v1/contact', `${LEGACY}/contacts`),
  entry('POST', '/contacts/v1/contact/vid/:vid/profile', `${LEGACY}/contacts`),
  entry('DELETE', '/contacts/v1/contact/vid/:vid', `${LEGACY}/contacts`),
  entry('POST', '/contacts/v1/contact/merge-vids/:vid', `${LEGACY}/contacts`),
  ...['/companies/v2/companies', '/deals/v1/deal'].flatMap((root) => [
    entry('GET', `${root}/recent/modified`, LEGACY, '`since` is not verified for companies'),
    entry('GET', `${root}/recent/created`, LEGACY),
    entry('GET', `${root}/paged`, LEGACY),
    entry('POST', root, LEGACY),
    entry('GET', `${root}/:id`, LEGACY),
    entry('PUT', `${root}/:id`, LEGACY),
    entry('DELETE', `${root}/:id`, LEGACY),
  ]),
  entry('GET', '/owners/v2/owners', `${LEGACY}/owners`),
  ...each(consent, 'GET', '', OAUTH),
  ...each(consent, 'POST', '', OAUTH, 'the consent form'),
  entry('POST', '/oauth/v1/token', OAUTH, 'stops on 2027-02-16'),
  ...each(successors, 'POST', '', OAUTH),
  ...each(successors, 'POST', '/introspect', OAUTH),
  ...each(successors, 'POST', '/revoke', OAUTH),
  entry('GET', '/oauth/v1/access-tokens/:token', OAUTH),
  entry('GET', '/oauth/v1/refresh-tokens/:token', OAUTH),
  entry('DELETE', '/oauth/v1/refresh-tokens/:token', OAUTH),
  ...each(webhooks, 'GET', '/settings', WEBHOOKS),
  ...each(
    webhooks,
    'PUT',
    '/settings',
    WEBHOOKS,
    'takes effect at once (the vendor: within 5 min); ten requests at a time whatever throttling says',
  ),
  ...each(webhooks, 'DELETE', '/settings', WEBHOOKS),
  ...each(webhooks, 'GET', '/subscriptions', WEBHOOKS),
  ...each(webhooks, 'POST', '/subscriptions', WEBHOOKS),
  ...each(webhooks, 'POST', '/subscriptions/batch/update', WEBHOOKS),
  ...each(webhooks, 'GET', '/subscriptions/:id', WEBHOOKS),
  ...each(webhooks, 'PATCH', '/subscriptions/:id', WEBHOOKS),
  ...each(webhooks, 'DELETE', '/subscriptions/:id', WEBHOOKS),
];
