import { createPardotSimulator } from '../../../simulators/pardot/simulator.ts';
import { fillExample } from './example.ts';
import type { StartDemoVendor } from './vendor.ts';

/** Pardot, polled with the user key of old. Prospects are its contacts, opportunities its leads. */
export const startPardot: StartDemoVendor = async (callback) => {
  const simulator = await createPardotSimulator();
  const { prospects, opportunities } = simulator.store;
  const { email, password, userKey } = simulator.credentials;
  const name = 'Acme Marketing (Pardot)';
  const configuration = {
    'apikey.user.name': email,
    'apikey.user.password': password,
    'apikey.user.key': userKey,
    'base.url': simulator.url,
  };
  let counter = 0;
  return {
    name,
    url: simulator.url,
    instance: fillExample('pardot-polling', { name, configuration }, callback),
    changes: [
      () => {
        const { id } = prospects.create({ email: `visitor${(counter += 1)}@example.com` });
        return { eventType: 'CREATED', objectType: 'contacts', objectId: String(id) };
      },
      () => {
        const { id } = opportunities.sorted()[0]!;
        opportunities.update(id, { name: `Renamed ${(counter += 1)}` });
        return { eventType: 'UPDATED', objectType: 'leads', objectId: String(id) };
      },
      () => {
        const { id } = prospects.sorted().findLast(({ deletedAt }) => deletedAt === null)!;
        prospects.remove(id);
        return { eventType: 'DELETED', objectType: 'contacts', objectId: String(id) };
      },
    ],
    close: () => simulator.close(),
  };
};
