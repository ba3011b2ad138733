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
  kind: 'window' | 'scan';
  /** How its lists lag behind its stamps. */
  late: Lag['kind'];
  /** What shows deletions: a feed, or nothing but what webhooks or sweeps make known. */
  deletions: 'feed' | 'sweep';
  /** Complete listings have to be asked for. */
  isSwept: boolean;
  instance: JsonObject;
  /** What a person does at the vendor so that it sends webhooks. */
  connect?: (instance: { webhookUrl: string }) => void;
  faults: Faults;
  /** Writes the next version of a record, a new one without an id; its id. */
  write(id: string | undefined, version: number, lagMs: number): string;
  remove(id: string): void;
  /** Sends the webhooks that are gathered. */
  flush?: () => void;
  close(): Promise<void>;
}

interface Surroundings {
  callback: { url: string; signatureKey: string };
  /** The origin of a courier that loses, repeats, delays and reorders what it carries to Tidings. */
  courierUrl: string;
}

const SIGN_IN = { username: 'vendor', password: 'of the webhooks' };

/** What most have in common. */
const POLLED = { kind: 'window', late: 'index', deletions: 'feed', isSwept: false } as const;
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
}

function writer<Id extends string | number, Fields extends object>(
  store: Store<Id, Fields>,
  late: Lag['kind'],
  { toId, fields }: { toId: (id: string) => Id; fields: (text: string) => Fields },
): HistoryVendor['write'] {
  return (id, version, lagMs) => {
    const options: WriteOptions = lagMs > 0 ? { lag: { kind: late, ms: lagMs } } : {};
    const text = versionText(version);
    return String(
      id === undefined
        ? store.create(fields(text), options).id
        : store.update(toId(id), fields(text), options).id,
    );
  };
}

/** Hinted, its webhook is pasted by hand and sent by way of the courier: half of what it tells is lost, late or told twice. */
async function startPipedrive(
  { callback, courierUrl }: Surroundings,
  isHinted: boolean,
): Promise<HistoryVendor> {
  const simulator = await createPipedriveSimulator({ limits: { enforced: false } });
  const { email, password, companyId, userId } = simulator.credentials;
  const configuration = {
    'pipedrive.email': email,
    'pipedrive.password': password,
    'event.objects': 'contacts',
    'base.url': simulator.url,
    ...(isHinted && {
      'event.vendor.type': 'both',
      'event.inbound.basic.username': SIGN_IN.username,
      'event.inbound.basic.password': SIGN_IN.password,
    }),
  };
  const connect = ({ webhookUrl }: { webhookUrl: string }): void => {
    simulator.webhooks.add({
      company_id: companyId,
      owner_id: userId,
      user_id: userId,
      event_action: '*',
      event_object: 'person',
      subscription_url: `${courierUrl}${new URL(webhookUrl).pathname}`,
      version: '1.0',
      name: 'by hand',
      http_auth_user: SIGN_IN.username,
      http_auth_password: SIGN_IN.password,
    });
  };
  return {
    vendor: isHinted ? 'pipedrive with hints' : 'pipedrive',
    objectType: 'contacts',
    ...POLLED,
    ...(isHinted && { connect }),
    instance: fillExample('pipedrive-polling', { name: 'Pipedrive', configuration }, callback),
    faults: simulator.faults,
    remove: (id) => void simulator.store.persons.remove(Number(id)),
    write: writer(simulator.store.persons, 'index', { toId: Number, fields: (name) => ({ name }) }),
    close: () => simulator.close(),
  };
}

/** Hinted, it tells everything twice. */
async function startHubSpot({ callback }: Surroundings, isHinted: boolean): Promise<HistoryVendor> {
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
    ...(isHinted && { 'event.vendor.type': 'both' }),
  };
  const connect = ({ webhookUrl }: { webhookUrl: string }): void => {
    const { webhooks } = simulator;
    // Not the app's one URL: the simulators of a long run share their portal's id.
    webhooks.configure({ targetUrl: webhookUrl });
    webhooks.subscribe({ eventType: 'contact.creation' });
    webhooks.subscribe({ eventType: 'contact.deletion' });
    webhooks.subscribe({ eventType: 'contact.propertyChange', propertyName: 'firstname' });
    webhooks.setDuplicates(1);
  };
  return {
    vendor: isHinted ? 'hubspotcrm with hints' : 'hubspotcrm',
    objectType: 'accounts',
    ...POLLED,
    ...(isHinted && { connect }),
    instance: fillExample('hubspotcrm-polling', { name: 'HubSpot', code, configuration }, callback),
    faults: simulator.faults,
    remove: (id) => void simulator.store.contacts.remove(Number(id)),
    write: writer(simulator.store.contacts, 'index', {
      toId: Number,
      fields: (firstname) => ({ firstname }),
    }),
    close: () => simulator.close(),
  };
}

async function startSalesforce({ callback }: Surroundings): Promise<HistoryVendor> {
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
    ...POLLED,
    late: 'commit',
    instance: fillExample('sfdc-polling', { name: 'Salesforce', code, configuration }, callback),
    faults: simulator.faults,
    remove: (id) => void simulator.store.accounts.remove(id),
    write: writer(simulator.store.accounts, 'commit', { toId: (id) => id, fields: (Name) => ({ Name }) }),
    close: () => simulator.close(),
  };
}

/** Orders, whose deletions nothing but its hooks tell; or products, which have no stamps and are swept. */
async function startKeap({ callback }: Surroundings, kind: 'orders' | 'products'): Promise<HistoryVendor> {
  const simulator = await createKeapSimulator({ limits: { enforced: false } });
  const { clientId, clientSecret } = simulator.credentials;
  const code = await consentCode(async (url) => simulator.consent(url), {
    url: `${simulator.url}/app/oauth/authorize`,
    clientId,
    redirectUrl: 'https://www.yourcallbackurl.com',
    scope: 'full',
  });
  const configuration: JsonObject = {
    'oauth.api.key': clientId,
    'oauth.api.secret': clientSecret,
    'base.url': simulator.url,
    'oauth.token.url': `${simulator.url}/token`,
    ...(kind === 'orders'
      ? { 'event.vendor.type': 'both', 'event.objects': 'orders' }
      : { 'event.poller.configuration': { products: { url: '/hubs/ecommerce/products', idField: 'id' } } }),
  };
  const { orders, products } = simulator.store;
  const isSwept = kind === 'products';
  return {
    vendor: `infusionsoftecommerce ${kind}`,
    objectType: kind,
    kind: isSwept ? 'scan' : 'window',
    late: 'index',
    deletions: 'sweep',
    isSwept,
    instance: fillExample('infusionsoftecommerce-polling', { name: 'Keap', code, configuration }, callback),
    faults: simulator.faults,
    write: isSwept
      ? writer(products, 'index', { toId: Number, fields: (product_name) => ({ product_name }) })
      : writer(orders, 'index', { toId: Number, fields: (title) => ({ title }) }),
    remove: (id) => simulator.store[kind].erase(Number(id)),
    flush: () => simulator.hooks.flush(),
    close: () => simulator.close(),
  };
}

async function startPardot({ callback }: Surroundings): Promise<HistoryVendor> {
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
    ...POLLED,
    instance: fillExample('pardot-polling', { name: 'Pardot', configuration }, callback),
    faults: simulator.faults,
    remove: (id) => void simulator.store.prospects.remove(Number(id)),
    write: writer(simulator.store.prospects, 'index', {
      toId: Number,
      fields: (first_name) => ({ first_name }),
    }),
    close: () => simulator.close(),
  };
}

/** One of each kind, and of two a second one that webhooks hint at. */
export const HISTORY_VENDORS: readonly ((around: Surroundings) => Promise<HistoryVendor>)[] = [
  (around) => startPipedrive(around, true),
  (around) => startKeap(around, 'orders'),
  (around) => startKeap(around, 'products'),
  (around) => startHubSpot(around, true),
  startSalesforce,
  startPardot,
  (around) => startPipedrive(around, false),
  (around) => startHubSpot(around, false),
];
