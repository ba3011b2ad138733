import { createKeapSimulator } from '../../../simulators/keap/simulator.ts';
import { consentCode } from './consent-code.ts';
import { fillExample } from './example.ts';
import type { StartDemoVendor } from './vendor.ts';

const REDIRECT_URL = 'https://www.yourcallbackurl.com';

/** Keap's shop, polled. Keap lists deletions nowhere, so there are none. */
export const startKeap: StartDemoVendor = async (callback) => {
  const simulator = await createKeapSimulator();
  const { orders } = simulator.store;
  const { clientId, clientSecret } = simulator.credentials;
  const code = await consentCode(async (url) => simulator.consent(url), {
    url: `${simulator.url}/app/oauth/authorize`,
    clientId,
    redirectUrl: REDIRECT_URL,
    scope: 'full',
  });
  const name = 'Acme Shop (Keap)';
  const configuration = {
    'oauth.api.key': clientId,
    'oauth.api.secret': clientSecret,
    'base.url': simulator.url,
    'oauth.token.url': `${simulator.url}/token`,
  };
  let counter = 0;
  return {
    name,
    url: simulator.url,
    instance: fillExample('infusionsoftecommerce-polling', { name, code, configuration }, callback),
    changes: [
      () => {
        const { id } = orders.create({ title: `Order ${(counter += 1)}` });
        return { eventType: 'CREATED', objectType: 'orders', objectId: String(id) };
      },
      () => {
        const { id } = orders.sorted()[0]!;
        orders.update(id, { title: `Changed ${(counter += 1)}` });
        return { eventType: 'UPDATED', objectType: 'orders', objectId: String(id) };
      },
    ],
    close: () => simulator.close(),
  };
};
