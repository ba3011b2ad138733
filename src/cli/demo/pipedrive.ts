import { createPipedriveSimulator } from '../../../simulators/pipedrive/simulator.ts';
import { fillExample } from './example.ts';
import type { StartDemoVendor } from './vendor.ts';

/**
 * Pipedrive, signed in with e-mail and password as its example is. In the demo the server makes its webhooks there, and
 * they bring the changes.
 */
export const startPipedrive: StartDemoVendor = async (callback) => {
  const simulator = await createPipedriveSimulator();
  const { persons, organizations, deals } = simulator.store;
  const { email, password } = simulator.credentials;
  const name = 'Acme (Pipedrive)';
  const configuration = {
    'pipedrive.email': email,
    'pipedrive.password': password,
    'base.url': `${simulator.url}/v1`,
  };
  let counter = 0;
  return {
    name,
    url: simulator.url,
    instance: fillExample('pipedrive-polling', { name, configuration }, callback),
    webhooks: { configuration: { 'event.vendor.type': 'webhook', 'event.vendor.setup': 'auto' } },
    changes: [
      () => {
        const { id } = persons.create({ name: `Visitor ${(counter += 1)}` });
        return { eventType: 'CREATED', objectType: 'contacts', objectId: String(id) };
      },
      () => {
        const { id } = organizations.sorted()[counter % 3]!;
        organizations.update(id, { name: `Renamed ${(counter += 1)}` });
        return { eventType: 'UPDATED', objectType: 'accounts', objectId: String(id) };
      },
      () => {
        const { id } = persons.sorted().findLast(({ deletedAt }) => deletedAt === null)!;
        persons.remove(id);
        return { eventType: 'DELETED', objectType: 'contacts', objectId: String(id) };
      },
      () => {
        const { id } = deals.create({ title: `Deal ${(counter += 1)}` });
        return { eventType: 'CREATED', objectType: 'opportunities', objectId: String(id) };
      },
    ],
    close: () => simulator.close(),
  };
};
