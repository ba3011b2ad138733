import { SITE_ADDRESS } from '../auth/method.ts';
import { OAUTH2_ENTRIES } from '../auth/oauth2.ts';
import { defineConnector } from '../define-connector.ts';
import { DEFAULT_VERSION, OLDEST_VERSION, VERSION_ENTRY } from './api-version.ts';
import { salesforceJwt, salesforceOAuth } from './auth.ts';
import { budgets } from './budgets.ts';
import { JWT_PRIVATE_KEY, JWT_USERNAME } from './jwt-assertion.ts';
import { PRODUCTION_LOGIN } from './login-origin.ts';
import { readFailure } from './read-failure.ts';
import { resourceFor, resources } from './resources.ts';
import { readUserInfo } from './user-info.ts';
import { webhooks } from './webhooks.ts';

/** Endings of a `base.url` with a version in it, newest first; a hundred releases are thirty years. */
const VERSION_PATHS = Array.from(
  { length: 100 },
  (_, nth) => `/services/data/v${OLDEST_VERSION + 99 - nth}.0`,
);

/** Salesforce by its REST API. Facts are those of its developer guides as read 2026-11. */
export const salesforce = defineConnector({
  id: 23,
  key: 'sfdc',
  name: 'Salesforce',
  hub: 'crm',
  description: 'CRM: accounts, contacts, leads, opportunities and any other object.',
  authentication: [salesforceOAuth, salesforceJwt],
  configuration: [
    {
      key: 'authentication.type',
      name: 'Authentication Type',
      description: 'oauth2: a person consents. oauth2jwt: a certificate signs in as a user.',
      type: 'SELECT',
      options: [salesforceOAuth.type, salesforceJwt.type],
      defaultValue: salesforceOAuth.type,
    },
    {
      key: SITE_ADDRESS,
      name: 'Site Address',
      description:
        'Where people sign in: login.salesforce.com (when empty), test.salesforce.com for a sandbox, or the My Domain.',
      type: 'TEXTFIELD_1000',
    },
    ...OAUTH2_ENTRIES,
    {
      key: JWT_USERNAME,
      name: 'JWT User Name',
      description: 'The Salesforce user to act as, with authentication.type oauth2jwt.',
      type: 'TEXTFIELD_1000',
      hideFromConsole: true,
    },
    {
      key: JWT_PRIVATE_KEY,
      name: 'JWT Private Key',
      description: 'The private key (PEM) of the certificate that the app in Salesforce has, for oauth2jwt.',
      type: 'PASSWORD',
      secret: true,
      hideFromConsole: true,
    },
    {
      key: VERSION_ENTRY,
      name: 'API Version',
      description: `The version of the REST API to use, ${OLDEST_VERSION}.0 at least.`,
      type: 'TEXTFIELD_32',
      defaultValue: DEFAULT_VERSION,
      hideFromConsole: true,
    },
  ],
  apiOrigin: PRODUCTION_LOGIN,
  apiRootPaths: [...VERSION_PATHS, '/services/data', '/services'],
  trustedHostSuffixes: ['salesforce.com'],
  identify: {
    request: () => ({ method: 'GET', path: '/services/oauth2/userinfo' }),
    read: ({ body }) => readUserInfo(body),
  },
  readFailure,
  budgets,
  resources,
  resourceFor,
  events: {
    methods: ['polling', 'webhook'],
    defaultMethod: 'polling',
    defaultPolled: ['accounts', 'contacts', 'leads', 'opportunities'],
    metadata: true,
  },
  webhooks,
});
