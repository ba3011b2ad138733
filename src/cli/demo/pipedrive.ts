import { createPipedriveSimulator } from '../../../simulators/pipedrive/simulator.ts';
import { fillExample } from './example.ts';
import type { StartDemoVendor } from './vendor.ts';

/** Pipedrive, polled, signed in with e-mail and password as its example is. */
export const startPipedrive: StartDemoVendor = async (callback) => {
  const simulator = await createPipedriveSimulator();
  const { persons, organizations, deals } = simulator.store;
  const { email, password } = simulator.credentials;
  const configuration = {
    'pipedrive.email': email,
    'pipedrive.password': password,
    'base.url': `${simulator.url}/v1`,
  };
  const name = 'Acme (Pipedrive)';
  return {
    name,
    url: simulator.url,
    instance: fillExample('pipedrive-polling', { name, configuration }, callback),
    change: (nth) => {
      const live = persons.sorted().filter(({ deletedAt }) => deletedAt === null);
      const kinds = [
        () => persons.create({ name: `Visitor ${nth}` }),
        () => organizations.update(organizations.sorted()[nth % 3]!.id, { name: `Renamed ${nth}` }),
        () => deals.create({ title: `Deal ${nth}` }),
        () => persons.remove(live.at(-1)!.id),
      ];
      kinds[nth % kinds.length]!();
    },
    close: () => simulator.close(),
  };
};
