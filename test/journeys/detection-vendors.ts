import type { Faults } from '../../simulators/core/faults.ts';
import type { Lag, WriteOptions } from '../../simulators/core/store.ts';
import { createHubSpotSimulator } from '../../simulators/hubspot/simulator.ts';
import { createKeapSimulator } from '../../simulators/keap/simulator.ts';
import { createPardotSimulator } from '../../simulators/pardot/simulator.ts';
import { createPipedriveSimulator } from '../../simulators/pipedrive/simulator.ts';
import { createSalesforceSimulator } from '../../simulators/salesforce/simulator.ts';
import { consentCode } from '../../src/cli/demo/consent-code.ts';
import { fillExample } from '../../src/cli/demo/example.ts';
import type { JsonObject } from '../../src/kernel/json.ts';

/** A simulated vendor with one kind of record, whose every version can be told from its text. */
export interface HistoryVendor {
  vendor: string;
  /** The `objectType` of its events. */
  objectType: string;
  /** How its lists lag behind its stamps. */
  late: Lag['kind'];
  canDelete: boolean;
  instance: JsonObject;
  faults: Faults;
  /** Writes the next version of a record, a new one without an id; its id. */
  write(id: string | undefined, version: number, lagMs: number): string;
  remove(id: string): void;
  close(): Promise<void>;
}

interface Callback {
  url: string;
  signatureKey: string;
}

const REDIRECT_URL = 'https://app.example/oauth';

/** The text that carries a version, and the version that a record carries. */
export const versionText = (version: number): string => `Version ${version}.`;
export function versionIn(record: unknown): number | null {
  const found = /Version (\d+)\./.exec(JSON.stringify(record));
  return found === null ? null : Number(found[1]);
}

/** What the stores of all simulators have in common. */
interface Store<Id, Fields> {
  create(fields: Fields, options?: Pick<WriteOptions, 'lag'>): { id: Id };
  update(id: Id, fields: Fields, options?: Pick<WriteOptions, 'lag'>): { id: Id };
  remove?(id: Id): unknown;
}

function writer<Id extends string | number, Fields extends object>(
  store: Store<Id, Fields>,
  late: Lag['kind'],
  { toId, fields }: { toId: (id: string) => Id; fields: (text: string) => Fields },
): Pick<HistoryVendor, 'write' | 'remove'> {
  return {
    write: (id, version, lagMs) => {
      const options: WriteOptions = lagMs > 0 ? { lag: { kind: late, ms: lagMs } } : {};
      const text = versionText(version);
      return String(
        id === undefined
          ? store.create(fields(text), options).id
          : store.update(toId(id), fields(text), options).id,
      );
    },
    remove: (id) => {
      store.remove?.(toId(id));
    },
  };
}

async function startPipedrive(callback: Callback): Promise<HistoryVendor> {
  const simulator = await createPipedriveSimulator({ limits: { enforced: false } });
  const configuration = {
    'pipedrive.email': simulator.credentials.email,
    'pipedrive.password': simulator.credentials.password,
    'event.objects': 'contacts',
    'base.url': simulator.url,
  };
  return {
    vendor: 'pipedrive',
    objectType: 'contacts',
    late: 'index',
    canDelete: true,
    instance: fillExample('pipedrive-polling', { name: 'Pipedrive', configuration }, callback),
    faults: simulator.faults,
    ...writer(simulator.store.persons, 'index', { toId: Number, fields: (name) => ({ name }) }),
    close: () => simulator.close(),
  };
}

async function startHubSpot(callback: Callback): Promise<HistoryVendor> {
  const simulator = await createHubSpotSimulator();
  const { clientId, clientSecret } = simulator.credentials;
  const code = await consentCode(async (url) => simulator.consent(url), {
    url: `${simulator.url}/oauth/authorize`,
    clientId,
    redirectUrl: REDIRECT_URL,
    scope: 'crm.objects.contacts.read crm.objects.companies.read crm.objects.deals.read',
  });
  const configuration = {
    'oauth.callback.url': REDIRECT_URL,
    'oauth.api.key': clientId,
    'oauth.api.secret': clientSecret,
    'hubspot.authorization.apikey': '',
    'base.url': simulator.url,
    'oauth.token.url': `${simulator.url}/oauth/v1/token`,
  };
  return {
    vendor: 'hubspotcrm',
    objectType: 'accounts',
    late: 'index',
    canDelete: true,
    instance: fillExample('hubspotcrm-polling', { name: 'HubSpot', code, configuration }, callback),
    faults: simulator.faults,
    ...writer(simulator.store.contacts, 'index', {
      toId: Number,
      fields: (firstname) => ({ firstname }),
    }),
    close: () => simulator.close(),
  };
}

async function startSalesforce(callback: Callback): Promise<HistoryVendor> {
  const simulator = await createSalesforceSimulator();
  const { clientId, clientSecret } = simulator.credentials;
  const code = await consentCode(async (url) => simulator.consent(url), {
    url: `${simulator.url}/services/oauth2/authorize`,
    clientId,
    redirectUrl: 'https://www.mycoolapp.com/auth',
    scope: 'api refresh_token',
  });
  const configuration = {
    'oauth.api.key': clientId,
    'oauth.api.secret': clientSecret,
    'base.url': simulator.url,
    'oauth.token.url': `${simulator.url}/services/oauth2/token`,
  };
  return {
    vendor: 'sfdc',
    objectType: 'accounts',
    late: 'commit',
    canDelete: true,
    instance: fillExample('sfdc-polling', { name: 'Salesforce', code, configuration }, callback),
    faults: simulator.faults,
    ...writer(simulator.store.accounts, 'commit', { toId: (id) => id, fields: (Name) => ({ Name }) }),
    close: () => simulator.close(),
  };
}

async function startKeap(callback: Callback): Promise<HistoryVendor> {
  const simulator = await createKeapSimulator();
  const { clientId, clientSecret } = simulator.credentials;
  const code = await consentCode(async (url) => simulator.consent(url), {
    url: `${simulator.url}/app/oauth/authorize`,
    clientId,
    redirectUrl: 'https://www.yourcallbackurl.com',
    scope: 'full',
  });
  const configuration = {
    'oauth.api.key': clientId,
    'oauth.api.secret': clientSecret,
    'base.url': simulator.url,
    'oauth.token.url': `${simulator.url}/token`,
  };
  return {
    vendor: 'infusionsoftecommerce',
    objectType: 'orders',
    late: 'index',
    canDelete: false,
    instance: fillExample('infusionsoftecommerce-polling', { name: 'Keap', code, configuration }, callback),
    faults: simulator.faults,
    ...writer(simulator.store.orders, 'index', { toId: Number, fields: (title) => ({ title }) }),
    close: () => simulator.close(),
  };
}

async function startPardot(callback: Callback): Promise<HistoryVendor> {
  const simulator = await createPardotSimulator();
  const { email, password, userKey } = simulator.credentials;
  const configuration = {
    'apikey.user.name': email,
    'apikey.user.password': password,
    'apikey.user.key': userKey,
    'base.url': simulator.url,
  };
  return {
    vendor: 'pardot',
    objectType: 'contacts',
    late: 'index',
    canDelete: true,
    instance: fillExample('pardot-polling', { name: 'Pardot', configuration }, callback),
    faults: simulator.faults,
    ...writer(simulator.store.prospects, 'index', {
      toId: Number,
      fields: (first_name) => ({ first_name }),
    }),
    close: () => simulator.close(),
  };
}

/** One of each kind, whose instances call back to `callback`. */
export const HISTORY_VENDORS: readonly ((callback: Callback) => Promise<HistoryVendor>)[] = [
  startPipedrive,
  startHubSpot,
  startSalesforce,
  startKeap,
  startPardot,
];
