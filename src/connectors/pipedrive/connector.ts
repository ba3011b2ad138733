import { isJsonObject } from '../../kernel/json.ts';
import { OAUTH2_ENTRIES } from '../auth/oauth2.ts';
import { defineConnector } from '../define-connector.ts';
import { UnreadableAnswer } from '../failures.ts';
import { accessToken, emailPassword, pipedriveOAuth, readCurrentUser } from './auth.ts';
import { budgets } from './budgets.ts';
import { COSTS } from './kinds.ts';
import { readFailure } from './read-failure.ts';
import { resources } from './resources.ts';
import { webhooks } from './webhooks.ts';

/**
 * Pipedrive, by API v2 (v1 where v2 has nothing: recents, users, webhooks). Facts are those of Pipedrive's API
 * reference and changelog as read 2026-11. Paths begin with `/api`, which both the shared host and the hosts of
 * companies answer.
 */
export const pipedrive = defineConnector({
  id: 167,
  key: 'pipedrive',
  name: 'Pipedrive',
  hub: 'crm',
  description: 'Sales CRM: organizations, persons and deals.',
  authentication: [emailPassword, accessToken, pipedriveOAuth],
  configuration: [
    {
      key: 'authentication.type',
      name: 'Authentication Type',
      description: 'How to sign in at Pipedrive.',
      type: 'SELECT',
      options: [emailPassword.type, accessToken.type, pipedriveOAuth.type],
      defaultValue: emailPassword.type,
    },
    {
      key: 'pipedrive.email',
      name: 'Email',
      description: 'The e-mail address of your Pipedrive user.',
      type: 'TEXTFIELD_32',
    },
    {
      key: 'pipedrive.password',
      name: 'Password',
      description: 'The password of your Pipedrive user.',
      type: 'PASSWORD',
      secret: true,
    },
    {
      key: 'pipedrive.api.token',
      name: 'API Token',
      description: 'The API token of your Pipedrive user (Personal preferences, API).',
      type: 'PASSWORD',
      secret: true,
    },
    {
      key: 'pipedrive.company.id',
      name: 'Company ID',
      description: 'Which company to use when the e-mail address belongs to several; the first when empty.',
      type: 'TEXTFIELD_32',
      hideFromConsole: true,
    },
    ...OAUTH2_ENTRIES,
  ],
  apiOrigin: 'https://api.pipedrive.com',
  apiRootPaths: ['/api/v1', '/api/v2', '/api', '/v1'],
  trustedHostSuffixes: ['pipedrive.com'],
  headers: { accept: 'application/json' },
  identify: {
    request: () => ({ method: 'GET', path: '/api/v1/users/me', cost: COSTS.currentUser }),
    read: ({ body }) => {
      const user = isJsonObject(body) ? readCurrentUser(body) : undefined;
      if (user === undefined) throw new UnreadableAnswer('Pipedrive did not say whose credentials these are');
      return { id: user.companyId, facts: user.facts };
    },
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
