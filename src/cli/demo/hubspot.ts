import { createHubSpotSimulator } from '../../../simulators/hubspot/simulator.ts';
import { consentCode } from './consent-code.ts';
import { fillExample } from './example.ts';
import type { StartDemoVendor } from './vendor.ts';

const REDIRECT_URL = 'https://app.example/oauth';

/**
 * HubSpot: consent, code, OAuth tokens. Its example calls contacts "accounts", and so do the events. In the demo its
 * webhooks, which belong to the app and are entered by hand, tell when to poll.
 */
export const startHubSpot: StartDemoVendor = async (callback) => {
  const simulator = await createHubSpotSimulator();
  const { contacts } = simulator.store;
  const { clientId, clientSecret } = simulator.credentials;
  const code = await consentCode(async (url) => simulator.consent(url), {
    url: `${simulator.url}/oauth/authorize`,
    clientId,
    redirectUrl: REDIRECT_URL,
    scope: 'crm.objects.contacts.read crm.objects.companies.read crm.objects.deals.read',
  });
  const name = 'Acme Trading (HubSpot)';
  const configuration = {
    'oauth.callback.url': REDIRECT_URL,
    'oauth.api.key': clientId,
    'oauth.api.secret': clientSecret,
    'hubspot.authorization.apikey': '',
    'base.url': simulator.url,
    'oauth.token.url': `${simulator.url}/oauth/v1/token`,
  };
  let counter = 0;
  return {
    name,
    url: simulator.url,
    instance: fillExample('hubspotcrm-polling', { name, code, configuration }, callback),
    webhooks: {
      configuration: { 'event.vendor.type': 'both' },
      setUp: ({ url, subscriptions }) => {
        simulator.webhooks.configure({ targetUrl: url });
        for (const subscription of subscriptions) simulator.webhooks.subscribe(subscription);
      },
    },
    changes: [
      () => {
        const { id } = contacts.create({ email: `visitor${(counter += 1)}@example.com`, firstname: 'Ada' });
        return { eventType: 'CREATED', objectType: 'accounts', objectId: String(id) };
      },
      () => {
        const { id } = contacts.sorted().find(({ deletedAt }) => deletedAt === null)!;
        contacts.update(id, { firstname: `Renamed ${(counter += 1)}` });
        return { eventType: 'UPDATED', objectType: 'accounts', objectId: String(id) };
      },
      () => {
        const { id } = contacts.sorted().findLast(({ deletedAt }) => deletedAt === null)!;
        contacts.remove(id);
        return { eventType: 'DELETED', objectType: 'accounts', objectId: String(id) };
      },
    ],
    close: () => simulator.close(),
  };
};
