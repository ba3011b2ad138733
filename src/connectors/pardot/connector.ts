import { isJsonObject } from '../../kernel/json.ts';
import { SITE_ADDRESS } from '../auth/method.ts';
import { OAUTH2_ENTRIES } from '../auth/oauth2.ts';
import { defineConnector } from '../define-connector.ts';
import { UnreadableAnswer } from '../failures.ts';
import type { VendorRequest } from '../vendor-http.ts';
import { pardotOAuth, readAccount, userKeyLogin } from './auth.ts';
import { budgets, concurrency, USAGE_HEADER } from './budgets.ts';
import { configuredVersion, demandedVersion, dialectOf, zoneOf, type Version } from './dialect.ts';
import { readFailure } from './read-failure.ts';
import { resources } from './resources.ts';

/**
 * Pardot (Marketing Cloud Account Engagement): by API v5 with Salesforce's sign-in, by v3 and v4 with the user key of
 * old instances. Facts are those of Pardot's developer guide, its error codes and the connectors in use, as read
 * 2026-11. Records look the same either way.
 */
export const pardot = defineConnector({
  id: 90,
  key: 'pardot',
  name: 'Pardot',
  hub: 'marketing',
  description:
    'Marketing automation (Account Engagement): prospects, opportunities, campaigns, lists and activities.',
  authentication: [userKeyLogin, pardotOAuth],
  configuration: [
    {
      key: 'authentication.type',
      name: 'Authentication Type',
      description: 'How to sign in at Pardot: oauth2 for everybody who signs in today.',
      type: 'SELECT',
      options: [userKeyLogin.type, pardotOAuth.type],
      defaultValue: userKeyLogin.type,
    },
    {
      key: 'apikey.user.name',
      name: 'Email',
      description: 'The e-mail address of your Pardot user.',
      type: 'TEXTFIELD_32',
    },
    {
      key: 'apikey.user.password',
      name: 'Password',
      description: 'The password of your Pardot user.',
      type: 'PASSWORD',
      secret: true,
    },
    {
      key: 'apikey.user.key',
      name: 'User Key',
      description: 'The API user key of your Pardot user.',
      type: 'PASSWORD',
      secret: true,
    },
    {
      key: 'provider.version',
      name: 'API Version',
      description:
        'Of the legacy API: 4 for accounts that allow several prospects with one e-mail address, else 3. The other one is ' +
        'taken when Pardot says so.',
      type: 'SELECT',
      options: ['3', '4'],
      defaultValue: '4',
    },
    {
      key: 'oauth.business.unit.id',
      name: 'Business Unit ID',
      description: 'The 18 characters that begin with 0Uv (Salesforce Setup, Business Unit Setup).',
      type: 'TEXTFIELD_32',
    },
    {
      key: SITE_ADDRESS,
      name: 'Site Address',
      description:
        'Where people sign in: login.salesforce.com (when empty), test.salesforce.com for a sandbox, or the My Domain.',
      type: 'TEXTFIELD_1000',
    },
    {
      key: 'pardot.sandbox',
      name: 'Sandbox',
      description: 'As old configurations say it: true is test.salesforce.com.',
      type: 'BOOLEAN',
      hideFromConsole: true,
    },
    {
      key: 'timezone',
      name: 'Time Zone',
      description:
        'Of the API user, for the user key: the legacy API reads and writes times in it. Best is a user in GMT.',
      type: 'TEXTFIELD_32',
      defaultValue: 'GMT',
      hideFromConsole: true,
    },
    ...OAUTH2_ENTRIES,
  ],
  apiOrigin: 'https://pi.pardot.com',
  apiRootPaths: ['/api/v5/objects', '/api/v5', '/api'],
  trustedHostSuffixes: ['pardot.com'],
  headers: { accept: 'application/json', ...USAGE_HEADER },
  identify: {
    request: (configuration) => {
      // A wrong zone is refused now, before changes are missed by it.
      zoneOf(configuration);
      return dialectOf(configuration) === 'v5'
        ? { method: 'GET', path: '/api/v5/objects/account', query: { fields: 'id,company,level' } }
        : legacyAccount(configuredVersion(configuration));
    },
    otherwise: (response, configuration) => {
      const version = demandedVersion(response);
      return dialectOf(configuration) === 'v5' ||
        version === undefined ||
        version === configuredVersion(configuration)
        ? undefined
        : { request: legacyAccount(version), facts: { version } };
    },
    read: ({ body }) => {
      const account = isJsonObject(body) ? readAccount(body) : undefined;
      if (account === undefined) throw new UnreadableAnswer('Pardot did not say whose credentials these are');
      return account;
    },
  },
  readFailure,
  budgets,
  concurrency,
  resources,
  events: {
    methods: ['polling'],
    defaultMethod: 'polling',
    defaultPolled: ['contacts', 'leads'],
  },
});

function legacyAccount(version: Version): VendorRequest {
  return { method: 'GET', path: `/api/account/version/${version}/do/read`, query: { format: 'json' } };
}
