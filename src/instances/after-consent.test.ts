import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createSalesforceSimulator } from '../../simulators/salesforce/simulator.ts';
import { defineConnector } from '../connectors/define-connector.ts';
import { salesforceOAuth } from '../connectors/salesforce/auth.ts';
import { salesforce } from '../connectors/salesforce/connector.ts';
import { loginOrigin } from '../connectors/salesforce/login-origin.ts';
import type { JsonObject } from '../kernel/json.ts';
import { openHouse, type Answer } from './testing/house.ts';

/** Where a consent page was is where its code is exchanged, against the Salesforce simulator. */

/** The sites at which codes would be exchanged, were the token URL not the simulator's. */
const sites: string[] = [];
const watched = defineConnector({
  ...salesforce,
  authentication: [
    {
      ...salesforceOAuth,
      acquire: (input) => {
        sites.push(loginOrigin(input.configuration));
        return salesforceOAuth.acquire!(input);
      },
    },
  ],
});
const simulator = await createSalesforceSimulator();
const house = await openHouse([watched]);
after(async () => {
  await house.close();
  await simulator.close();
});

const CALLBACK = 'https://client.example/auth';
const app = {
  'base.url': simulator.url,
  'oauth.token.url': `${simulator.url}/services/oauth2/token`,
  'oauth.callback.url': CALLBACK,
  'oauth.api.key': simulator.credentials.clientId,
  'oauth.api.secret': simulator.credentials.clientSecret,
};

/** The code and state that come back from the consent page at a site. */
async function consentAt(site: Record<string, string>, state: string): Promise<JsonObject> {
  const query = new URLSearchParams({
    apiKey: simulator.credentials.clientId,
    apiSecret: simulator.credentials.clientSecret,
    callbackUrl: CALLBACK,
    state,
    ...site,
  });
  const { body } = await house.call('GET', `/elements/sfdc/oauth/url?${query.toString()}`);
  const page = new URL(body['oauthUrl'] as string);
  const answered = new URL(await simulator.consent(`${simulator.url}${page.pathname}${page.search}`));
  return { code: answered.searchParams.get('code'), state: answered.searchParams.get('state') };
}

const create = async (providerData: JsonObject, more: JsonObject = {}): Promise<Answer> => {
  const answer = await house.call('POST', '/instances', {
    element: { key: 'sfdc' },
    name: 'Acme',
    providerData,
    configuration: { ...app, ...more },
  });
  assert.equal(answer.status, 200, answer.body.message);
  return answer;
};

const siteOf = ({ body }: Answer): unknown => (body['configuration'] as JsonObject)['site.address'];

test('an instance remembers the site of the consent page its code came from', async () => {
  const sandbox = await create(await consentAt({ siteAddress: 'test.salesforce.com' }, 'one'));
  assert.equal(siteOf(sandbox), 'test.salesforce.com');
  assert.equal(sites.at(-1), 'https://test.salesforce.com');

  const asEntry = await create(await consentAt({ 'site.address': 'acme' }, 'two'), { 'site.address': '' });
  assert.equal(siteOf(asEntry), 'acme');
  assert.equal(sites.at(-1), 'https://acme.my.salesforce.com');
});

test('a request that names a site is taken at its word, and no site stays none', async () => {
  const told = await create(await consentAt({ siteAddress: 'test' }, 'three'), { 'site.address': 'login' });
  assert.equal(siteOf(told), 'login');
  const silent = await create(await consentAt({}, 'four'));
  assert.equal(siteOf(silent), undefined);
  assert.equal(sites.at(-1), 'https://login.salesforce.com');
});

test('a new consent at another site moves the instance there', async () => {
  const { body } = await create(await consentAt({}, 'five'));
  const path = `/instances/${Number(body['id'])}`;
  for (const [method, site] of [
    ['PATCH', 'test'],
    ['PUT', 'acme'],
  ] as const) {
    const providerData = await consentAt({ siteAddress: site }, `${method} it`);
    const moved = await house.call(method, path, { name: 'Acme', providerData, configuration: app });
    assert.equal(moved.status, 200, moved.body.message);
    assert.equal(siteOf(moved), site);
    assert.equal(sites.at(-1), loginOrigin({ 'site.address': site }));
  }
  const providerData = await consentAt({ siteAddress: 'test' }, 'without entries');
  const moved = await house.call('PUT', path, { name: 'Acme', providerData });
  assert.equal(moved.status, 200, moved.body.message);
  assert.equal(siteOf(moved), 'test');
  assert.equal((moved.body['configuration'] as JsonObject)['oauth.callback.url'], CALLBACK);
});
