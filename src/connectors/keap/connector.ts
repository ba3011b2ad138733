import { OAUTH2_ENTRIES } from '../auth/oauth2.ts';
import { defineConnector } from '../define-connector.ts';
import { accessKey, identify, keapOAuth } from './auth.ts';
import { budgets } from './budgets.ts';
import { readFailure } from './read-failure.ts';
import { resources } from './resources.ts';
import { webhooks } from './webhooks.ts';

/**
 * Keap (once Infusionsoft): orders and products of its e-commerce, by REST v2 and v1. XML-RPC, which the old product
 * spoke, ends on 2026-12-31. Facts are those of Keap's REST documentation and developer pages as read 2026-11.
 */
export const keap = defineConnector({
  id: 321,
  key: 'infusionsoftecommerce',
  name: 'Keap',
  hub: 'ecommerce',
  description: 'Orders and products of Keap, once Infusionsoft.',
  authentication: [keapOAuth, accessKey],
  configuration: [
    {
      key: 'authentication.type',
      name: 'Authentication Type',
      description: 'How to sign in at Keap.',
      type: 'SELECT',
      options: [keapOAuth.type, accessKey.type],
      defaultValue: keapOAuth.type,
    },
    ...OAUTH2_ENTRIES,
    {
      key: 'keap.access.token',
      name: 'Access Token',
      description: 'A personal access token or service account key (KeapAK-…) in place of OAuth.',
      type: 'PASSWORD',
      secret: true,
    },
  ],
  apiOrigin: 'https://api.infusionsoft.com',
  apiRootPaths: ['/crm/rest/v1', '/crm/rest/v2', '/crm/rest', '/crm'],
  trustedHostSuffixes: ['infusionsoft.com', 'keap.com'],
  headers: { accept: 'application/json' },
  identify,
  readFailure,
  budgets,
  resources,
  events: { methods: ['polling', 'webhook'], defaultMethod: 'polling', defaultPolled: ['orders'] },
  webhooks,
});
