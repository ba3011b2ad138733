import { createSalesforceSimulator } from '../../../simulators/salesforce/simulator.ts';
import { consentCode } from './consent-code.ts';
import { fillExample } from './example.ts';
import type { StartDemoVendor } from './vendor.ts';

const REDIRECT_URL = 'https://www.mycoolapp.com/auth';

/** Salesforce, polled: its example has the configuration in a string, a lone quote and a stray dash. */
export const startSalesforce: StartDemoVendor = async (callback) => {
  const simulator = await createSalesforceSimulator();
  const { accounts } = simulator.store;
  const { clientId, clientSecret } = simulator.credentials;
  const code = await consentCode(async (url) => simulator.consent(url), {
    url: `${simulator.url}/services/oauth2/authorize`,
    clientId,
    redirectUrl: REDIRECT_URL,
    scope: 'api refresh_token',
  });
  const name = 'Acme Corporation (Salesforce)';
  const configuration = {
    'oauth.api.key': clientId,
    'oauth.api.secret': clientSecret,
    'base.url': simulator.url,
    'oauth.token.url': `${simulator.url}/services/oauth2/token`,
  };
  let counter = 0;
  const live = () => accounts.sorted().filter(({ deletedAt }) => deletedAt === null);
  return {
    name,
    url: simulator.url,
    instance: fillExample('sfdc-polling', { name, code, configuration }, callback),
    changes: [
      () => {
        const { id } = accounts.create({ Name: `Account ${(counter += 1)}` });
        return { eventType: 'CREATED', objectType: 'accounts', objectId: id };
      },
      () => {
        const { id } = live()[0]!;
        accounts.update(id, { Name: `Renamed ${(counter += 1)}` });
        return { eventType: 'UPDATED', objectType: 'accounts', objectId: id };
      },
      () => {
        const { id } = live().at(-1)!;
        accounts.remove(id);
        return { eventType: 'DELETED', objectType: 'accounts', objectId: id };
      },
    ],
    close: () => simulator.close(),
  };
};
