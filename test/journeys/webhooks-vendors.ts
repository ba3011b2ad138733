import { createHmac } from 'node:crypto';
import type { Lag, WriteOptions } from '../../simulators/core/store.ts';
import { createHubSpotSimulator } from '../../simulators/hubspot/simulator.ts';
import { createKeapSimulator } from '../../simulators/keap/simulator.ts';
import { createPipedriveSimulator } from '../../simulators/pipedrive/simulator.ts';
import {
  createSalesforceSimulator,
  type SalesforceSimulator,
} from '../../simulators/salesforce/simulator.ts';
import { consentCode } from '../../src/cli/demo/consent-code.ts';
import { fillExample } from '../../src/cli/demo/example.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { versionText } from './detection-vendors.ts';

/** A simulated vendor that really sends webhooks, with one kind of record, whose versions can be told from its text. */
export interface HookingVendor {
  name: string;
  /** The `objectType` of its events. */
  objectType: string;
  /** How its lists lag behind its stamps. */
  late: Lag['kind'];
  /** Nothing but a webhook tells of a deletion. */
  hidesDeletions: boolean;
  /** With `event.vendor.type: both`. */
  instance: JsonObject;
  /** What a person does at the vendor, where we do not do it ourselves. */
  connect?: (instance: { webhookUrl: string }) => void;
  /** A request as the vendor makes it, at a time of its clock; with the given secret in place of the right one. */
  prove(webhook: { url: string; body: string; sentAt: number; secret?: string }): Promise<Proven>;
  /** What proves a webhook carries the time of its sending. */
  isTimed: boolean;
  /** A body of a kind that is yet to come. */
  unknown: JsonObject;
  /** Writes the next version of a record, a new one without an id; its id. */
  write(id: string | undefined, version: number, options?: WriteOptions): string;
  remove(id: string): void;
  /** Sends what is gathered; resolves when it is answered. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

interface Proven {
  url: string;
  body: string;
  headers: Record<string, string>;
}

const hmac = (key: string, text: string): string => createHmac('sha256', key).update(text).digest('base64');
const basic = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

export interface Callback {
  url: string;
  signatureKey: string;
}

const SIGN_IN = { username: 'vendor', password: 'of the webhooks' };
const REDIRECT_URL = 'https://app.example/oauth';

/** What the stores of all simulators have in common. */
interface Store<Id, Fields> {
  create(fields: Fields, options?: WriteOptions): { id: Id };
  update(id: Id, fields: Fields, options?: WriteOptions): { id: Id };
}

function writer<Id extends string | number, Fields extends object>(
  store: Store<Id, Fields>,
  { toId, fields }: { toId: (id: string) => Id; fields: (text: string) => Fields },
): HookingVendor['write'] {
  return (id, version, options = {}) => {
    const text = versionText(version);
    const written =
      id === undefined ? store.create(fields(text), options) : store.update(toId(id), fields(text), options);
    return String(written.id);
  };
}

async function startPipedrive(callback: Callback, version: '1.0' | '2.0'): Promise<HookingVendor> {
  const simulator = await createPipedriveSimulator({ limits: { enforced: false } });
  const { email, password, companyId, userId } = simulator.credentials;
  const isOurs = version === '2.0';
  const configuration = {
    'pipedrive.email': email,
    'pipedrive.password': password,
    'event.vendor.type': 'both',
    'event.objects': 'contacts',
    'base.url': simulator.url,
    ...(isOurs
      ? { 'event.vendor.setup': 'auto' }
      : {
          'event.inbound.basic.username': SIGN_IN.username,
          'event.inbound.basic.password': SIGN_IN.password,
        }),
  };
  const { persons } = simulator.store;
  return {
    name: `Pipedrive, version ${version}`,
    objectType: 'contacts',
    late: 'index',
    hidesDeletions: false,
    instance: fillExample('pipedrive-polling', { name: 'Pipedrive', configuration }, callback),
    ...(!isOurs && {
      connect: ({ webhookUrl }) =>
        simulator.webhooks.add({
          company_id: companyId,
          owner_id: userId,
          user_id: userId,
          event_action: '*',
          event_object: 'person',
          subscription_url: webhookUrl,
          version,
          name: 'by hand',
          http_auth_user: SIGN_IN.username,
          http_auth_password: SIGN_IN.password,
        }),
    }),
    prove: async ({ url, body, secret }) => {
      const ours = simulator.webhooks.list()[0];
      const username = ours?.http_auth_user ?? SIGN_IN.username;
      const password = secret ?? ours?.http_auth_password ?? SIGN_IN.password;
      return { url, body, headers: { authorization: basic(username, password) } };
    },
    isTimed: false,
    unknown: { meta: { version: '3.0', happening: 'something new' }, data: { id: 7 } },
    write: writer(persons, { toId: Number, fields: (name) => ({ name }) }),
    remove: (id) => void persons.remove(Number(id)),
    flush: () => simulator.webhooks.idle(),
    close: () => simulator.close(),
  };
}

async function startHubSpot(callback: Callback): Promise<HookingVendor> {
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
    'event.vendor.type': 'both',
    'base.url': simulator.url,
    'oauth.token.url': `${simulator.url}/oauth/v1/token`,
  };
  const { contacts } = simulator.store;
  return {
    name: 'HubSpot',
    // As the example names it.
    objectType: 'accounts',
    late: 'index',
    hidesDeletions: false,
    instance: fillExample('hubspotcrm-polling', { name: 'HubSpot', code, configuration }, callback),
    connect: ({ webhookUrl }) => {
      simulator.webhooks.configure({ targetUrl: webhookUrl.slice(0, webhookUrl.lastIndexOf('/')) });
      simulator.webhooks.subscribe({ eventType: 'contact.creation' });
      simulator.webhooks.subscribe({ eventType: 'contact.deletion' });
      simulator.webhooks.subscribe({ eventType: 'contact.propertyChange', propertyName: 'firstname' });
    },
    prove: async ({ url, body, sentAt, secret = clientSecret }) => {
      const signature = hmac(secret, `POST${url}${body}${sentAt}`);
      const headers = { 'x-hubspot-signature-v3': signature, 'x-hubspot-request-timestamp': String(sentAt) };
      return { url, body, headers };
    },
    isTimed: true,
    unknown: {
      subscriptionType: 'contact.enlightenment',
      portalId: simulator.portals[0].portalId,
      objectId: 7,
    },
    write: writer(contacts, { toId: Number, fields: (firstname) => ({ firstname }) }),
    remove: (id) => void contacts.remove(Number(id)),
    flush: () => simulator.webhooks.idle(),
    close: () => simulator.close(),
  };
}

async function startSalesforce(callback: Callback): Promise<HookingVendor> {
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
    'event.vendor.type': 'both',
    'event.objects': 'Account',
    'base.url': simulator.url,
    'oauth.token.url': `${simulator.url}/services/oauth2/token`,
  };
  const { accounts } = simulator.store;
  return {
    name: 'Salesforce',
    objectType: 'Account',
    late: 'commit',
    hidesDeletions: false,
    instance: fillExample('sfdc-polling', { name: 'Salesforce', code, configuration }, callback),
    prove: async ({ url, body, sentAt, secret }) => {
      const timed = body.replace(/}$/, `,"sentAt":${sentAt}}`);
      const signature = hmac(secret ?? (await keyInClass(simulator)), timed);
      return { url, body: timed, headers: { 'x-tidings-signature': `sha256=${signature}` } };
    },
    isTimed: true,
    unknown: { action: 'freeze', objects: [{ attributes: { type: 'Account' }, Id: '001000000000007AAA' }] },
    write: writer(accounts, { toId: (id) => id, fields: (Name) => ({ Name }) }),
    remove: (id) => void accounts.remove(id),
    flush: () => simulator.triggers!.idle(),
    close: () => simulator.close(),
  };
}

/** The secret of the class that we made in the org. */
async function keyInClass({ url, credentials }: SalesforceSimulator): Promise<string> {
  const q = encodeURIComponent('SELECT Body FROM ApexClass');
  const answer = await fetch(`${url}/services/data/v66.0/tooling/query?q=${q}`, {
    headers: { authorization: `Bearer ${credentials.accessToken}` },
  });
  const { records } = (await answer.json()) as { records: { Body: string }[] };
  return /Blob\.valueOf\('([^']+)'\)/.exec(records[0]!.Body)![1]!;
}

async function startKeap(callback: Callback): Promise<HookingVendor> {
  const simulator = await createKeapSimulator({ limits: { enforced: false } });
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
    'event.vendor.type': 'both',
    'event.objects': 'orders',
    'base.url': simulator.url,
    'oauth.token.url': `${simulator.url}/token`,
  };
  const { orders } = simulator.store;
  return {
    name: 'Keap',
    objectType: 'orders',
    late: 'index',
    hidesDeletions: true,
    instance: fillExample('infusionsoftecommerce-polling', { name: 'Keap', code, configuration }, callback),
    prove: async ({ url, body, secret }) => {
      const { search } = new URL(simulator.hooks.list()[0]!.hookUrl);
      return { url: `${url}${secret === undefined ? search : `?token=${secret}`}`, body, headers: {} };
    },
    isTimed: false,
    unknown: { event_key: 'order.blessed', object_type: 'order', object_keys: [{ id: 7 }] },
    write: writer(orders, { toId: Number, fields: (title) => ({ title }) }),
    remove: (id) => orders.erase(Number(id)),
    flush: async () => {
      simulator.hooks.flush();
      await simulator.hooks.idle();
    },
    close: () => simulator.close(),
  };
}

/** One of each kind, whose instances call back to `callback`. */
export const HOOKING_VENDORS: readonly ((callback: Callback) => Promise<HookingVendor>)[] = [
  (callback) => startPipedrive(callback, '1.0'),
  (callback) => startPipedrive(callback, '2.0'),
  startHubSpot,
  startSalesforce,
  startKeap,
];
