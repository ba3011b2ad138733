import { OAUTH2_ENTRIES } from '../auth/oauth2.ts';
import { defineConnector } from '../define-connector.ts';
import { hubspotOAuth, privateApp, readAccount } from './auth.ts';
import { budgets } from './budgets.ts';
import { apiPaths, VERSION_KEY } from './kinds.ts';
import { readFailure } from './read-failure.ts';
import { resources } from './resources.ts';
import { webhooks } from './webhooks.ts';

/**
 * HubSpot, by the CRM objects API: v3, or a dated generation with the same bodies (`hubspot.api.version`). Facts are
 * those of HubSpot's API guides and changelog as read 2026-11.
 */
export const hubspot = defineConnector({
  id: 168,
  key: 'hubspotcrm',
  name: 'HubSpot CRM',
  hub: 'crm',
  description: 'CRM: companies, contacts and deals.',
  authentication: [hubspotOAuth, privateApp],
  configuration: [
    {
      key: 'authentication.type',
      name: 'Authentication Type',
      description: 'How to sign in at HubSpot.',
      type: 'SELECT',
      options: [hubspotOAuth.type, privateApp.type],
      defaultValue: hubspotOAuth.type,
    },
    {
      key: 'hubspot.authorization.apikey',
      name: 'Hubspot API Key',
      description: 'The access token of your private app, or a service key.',
      type: 'PASSWORD',
      secret: true,
    },
    ...OAUTH2_ENTRIES,
    {
      key: VERSION_KEY,
      name: 'API Version',
      description: 'The generation of the API: v3, or a date such as 2026-03.',
      type: 'TEXTFIELD_32',
      defaultValue: 'v3',
      hideFromConsole: true,
    },
    {
      key: 'create.bulk.properties',
      name: 'Create Bulk Properties for Migration',
      description: 'Kept for existing configurations; it has no effect.',
      type: 'BOOLEAN',
      defaultValue: 'false',
      hideFromConsole: true,
    },
  ],
  apiOrigin: 'https://api.hubapi.com',
  apiRootPaths: ['/crm/v3/objects', '/crm/v3', '/crm'],
  trustedHostSuffixes: ['hubapi.com', 'hubspot.com'],
  headers: { accept: 'application/json' },
  identify: {
    request: (configuration) => ({ method: 'GET', path: apiPaths(configuration).account }),
    read: readAccount,
  },
  readFailure,
  budgets,
  resources,
  events: {
    methods: ['polling', 'webhook'],
    defaultMethod: 'polling',
    defaultPolled: ['accounts', 'contacts', 'opportunities'],
  },
  webhooks,
});
