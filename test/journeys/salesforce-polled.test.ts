import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClock, type SimulatorClock } from '../../simulators/core/clock.ts';
import {
  createSalesforceSimulator,
  type SalesforceSimulator,
} from '../../simulators/salesforce/simulator.ts';
import { startCallback, type Callback } from '../support/callback.ts';
import { createRunningClock, type RunningClock } from '../support/running-clock.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { untilSettled } from '../support/settled.ts';

type Record_ = Record<string, unknown>;

interface Instance {
  id: number;
  token: string;
}

const OAUTH_CALLBACK = 'https://www.mycoolapp.com/auth';
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

let clock: SimulatorClock;
let vendor: SalesforceSimulator;
let server: TestServer<RunningClock>;
let callback: Callback;
/** The webhook example, polled: what is watched is named by Salesforce's objects. */
let watching: Instance;

/** Consents as a person would, at the page our server names, with its challenge. */
async function consent(): Promise<{ code: string; state: string }> {
  const { clientId, clientSecret } = vendor.credentials;
  const query = new URLSearchParams({
    apiKey: clientId,
    apiSecret: clientSecret,
    callbackUrl: OAUTH_CALLBACK,
    siteAddress: 'test.salesforce.com',
    state: 'tenant 7',
  });
  const asked = await server.call<{ oauthUrl: string }>(
    'GET',
    `/elements/sfdc/oauth/url?${query.toString()}`,
  );
  const page = new URL(asked.body.oauthUrl);
  assert.equal(page.origin, 'https://test.salesforce.com');
  const back = new URL(await vendor.consent(`${vendor.url}${page.pathname}${page.search}`));
  const { code = '', state = '' } = Object.fromEntries(back.searchParams);
  return { code, state };
}

/** An example as users have it, its blanks filled and Salesforce's addresses set. */
async function createExample(name: string, changed: Record_): Promise<Instance> {
  const text = readFileSync(new URL(`../../examples/${name}.json`, import.meta.url), 'utf8');
  const body = JSON.parse(text) as { configuration: Record_; [key: string]: unknown };
  const { clientId, clientSecret } = vendor.credentials;
  Object.assign(body, { name: 'Acme', providerData: await consent() });
  Object.assign(body.configuration, {
    'oauth.api.key': clientId,
    'oauth.api.secret': clientSecret,
    'oauth.token.url': `${vendor.url}/services/oauth2/token`,
    'base.url': vendor.url,
    'event.notification.callback.url': callback.url,
    ...changed,
  });
  const created = await server.call<Instance>('POST', '/instances', { body });
  assert.equal(created.status, 200, JSON.stringify(created.body));
  return created.body;
}

/** Lets both clocks pass. */
async function pass(ms: number): Promise<void> {
  await untilSettled(server);
  clock.advance(ms);
  server.clock.advance(ms);
}

async function poll({ id }: Instance): Promise<string[]> {
  const answer = await server.call<{ polled: { objectType: string; events: number; error?: string }[] }>(
    'POST',
    `/instances/${id}/poll`,
  );
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.body.polled.map(({ objectType, events, error }) => `${objectType} ${error ?? events}`);
}

const linesSince = (from: number): string[] => callback.lines().slice(from).sort();

before(async () => {
  clock = createClock();
  vendor = await createSalesforceSimulator({
    clock,
    app: {
      requiresPkce: true,
      rotatesRefreshTokens: true,
      jwtPublicKey: publicKey.export({ type: 'spki', format: 'pem' }),
    },
  });
  server = await startTestServer({ clock: createRunningClock(), env: { TIDINGS_ROLES: 'api,delivery' } });
  callback = await startCallback();
  watching = await createExample('sfdc-webhook', {
    'event.vendor.type': 'polling',
    'event.objects': 'Contact,accounts,Invoice__c',
    'site.address': 'test.salesforce.com',
  });
});
after(async () => {
  await server.close();
  await callback.close();
  await vendor.close();
});

test('objects are watched by the names given, each change told once, purged records too', async () => {
  await pass(60_000);
  assert.deepEqual(await poll(watching), ['Contact 0', 'accounts 0', 'Invoice__c 0']);
  const { contacts, accounts } = vendor.store;
  const made = contacts.create({ LastName: "O'Brien" }).id;
  const [edited, binned, purged] = contacts.sorted().map(({ id }) => id);
  contacts.update(edited!, { Title: 'Admiral' });
  contacts.remove(binned!);
  contacts.purge(purged!);
  const [winner, loser] = accounts.sorted().map(({ id }) => id);
  accounts.merge(winner!, loser!);
  const invoice = vendor.store.of('Invoice__c').create({ Amount__c: 12.5 }).id;
  await pass(120_000);
  assert.deepEqual(await poll(watching), ['Contact 4', 'accounts 2', 'Invoice__c 1']);
  await callback.until(() => callback.lines().length >= 7);
  assert.deepEqual(linesSince(0), [
    `CREATED Contact ${made}`,
    `CREATED Invoice__c ${invoice}`,
    `DELETED Contact ${binned}`,
    `DELETED Contact ${purged}`,
    `DELETED accounts ${loser}`,
    `UPDATED Contact ${edited}`,
    `UPDATED accounts ${winner}`,
  ]);
  await pass(600_000);
  assert.deepEqual(await poll(watching), ['Contact 0', 'accounts 0', 'Invoice__c 0']);
});

test('a change that is committed ten minutes after its stamp is told', async () => {
  const before = callback.lines().length;
  const { accounts } = vendor.store;
  const { id } = accounts.create({ Name: 'Late' }, { lag: { kind: 'commit', ms: 600_000 } });
  for (let minute = 0; minute < 4; minute += 1) {
    await pass(120_000);
    accounts.create({ Name: `On time ${minute}` });
    await poll(watching);
  }
  assert.ok(linesSince(before).every((line) => !line.endsWith(id)));
  await pass(180_000);
  await poll(watching);
  await callback.until(() => linesSince(before).length >= 5);
  assert.equal(linesSince(before).filter((line) => line === `CREATED accounts ${id}`).length, 1);
});

test('2,500 accounts with one stamp arrive once each, through limits, errors and ended sessions', async () => {
  await pass(60_000);
  await poll(watching);
  const before = callback.lines().length;
  // The session has ended by now, and each refresh takes a new refresh token.
  await pass(3 * 3_600_000);
  vendor.seedMany(2_500, 2_500);
  const query = '/services/data/v66.0/query';
  vendor.faults.add(
    { path: query, nth: 2, times: 1, effect: { kind: 'vendor', name: 'session-expired' } },
    { path: query, nth: 4, times: 1, effect: { kind: 'vendor', name: 'invalid-locator' } },
    { path: query, nth: 5, times: 1, effect: { kind: 'drop' } },
    { path: query, nth: 6, times: 1, effect: { kind: 'vendor', name: 'concurrent-limit' } },
    { path: query, nth: 8, times: 1, effect: { kind: 'html' } },
    { path: query, nth: 9, times: 1, effect: { kind: 'malformed-json' } },
  );
  for (let round = 0; round < 8 && linesSince(before).length < 2_500; round += 1) {
    await pass(60_000);
    await poll(watching);
    await sleep(300);
  }
  await callback.until(() => linesSince(before).length >= 2_500);
  vendor.faults.clear();
  await pass(60_000);
  await poll(watching);
  const lines = linesSince(before);
  assert.equal(lines.length, 2_500);
  assert.equal(new Set(lines).size, 2_500);
});

test('clients read and write any object by the names of the hub and of Salesforce', async () => {
  const { token } = watching;
  const call = <T = Record_>(
    method: string,
    path: string,
    body?: unknown,
  ): ReturnType<typeof server.call<T>> =>
    server.call<T>(method, path, { token, ...(body !== undefined && { body }) });
  const made = await call('POST', '/hubs/crm/contacts', { LastName: "O'Hara", Email: 'a_b@x.example' });
  assert.equal(made.status, 200, JSON.stringify(made.body));
  const id = String(made.body['Id']);
  assert.equal(made.body['Name'], "O'Hara");
  const where = encodeURIComponent("LastName = 'O''Hara' AND Email LIKE 'a_b%' AND Owner.Name LIKE 'ada%'");
  const listed = await call<Record_[]>(
    'GET',
    `/contacts?where=${where}&fields=Id,Owner.Name&orderBy=CreatedDate desc`,
  );
  assert.deepEqual(listed.body, [{ Id: id, Owner: { Name: 'Ada Almeida' } }]);
  assert.equal(listed.headers.get('elements-total-count'), '1');
  const changed = await call('PATCH', `/hubs/crm/Contact/${id.slice(0, 15)}`, { ...made.body, Title: 'Dr' });
  assert.deepEqual([changed.status, changed.body['Title']], [200, 'Dr'], JSON.stringify(changed.body));
  assert.equal((await call('DELETE', `/contacts/${id}`)).status, 200);
  assert.equal((await call('GET', `/contacts/${id}`)).status, 404);
  assert.equal((await call('GET', '/contacts/17')).status, 404);
  const binned = await call<Record_[]>(
    'GET',
    `/contacts?includeDeleted=true&where=${encodeURIComponent(`Id = '${id}'`)}`,
  );
  assert.deepEqual([binned.body.length, binned.body[0]?.['IsDeleted']], [1, true]);
  const invoice = await call('POST', '/hubs/crm/Invoice__c', {
    Amount__c: '5',
    Sent_At__c: '2026-11-20T09:15:00Z',
  });
  assert.equal(invoice.body['Sent_At__c'], '2026-11-20T09:15:00.000+0000');
  const refused = await call('POST', '/leads', { LastName: 'x' });
  assert.equal(refused.status, 400);
  assert.match(String(refused.body['providerMessage']), /REQUIRED_FIELD_MISSING.*Company/);
  const unknown = await call('GET', '/hubs/crm/Nope__c');
  assert.equal(unknown.status, 404);
  const wrongField = await call('GET', `/leads?where=${encodeURIComponent("Nope = 'x'")}`);
  assert.match(String(wrongField.body['providerMessage']), /INVALID_FIELD.*Nope/);
});

test('a list is read to its end whatever the size of its pages, without OFFSET', async () => {
  const seen: string[] = [];
  let next = '';
  do {
    const path = `/hubs/crm/accounts?pageSize=1500&fields=Id,Name&orderBy=Name${next === '' ? '' : `&nextPage=${encodeURIComponent(next)}`}`;
    const page = await server.call<Record_[]>('GET', path, { token: watching.token });
    assert.equal(page.status, 200, JSON.stringify(page.body));
    seen.push(...page.body.map((record) => String(record['Id'])));
    next = page.headers.get('elements-next-page-token') ?? '';
  } while (next !== '');
  const live = vendor.store.accounts.sorted().filter(({ deletedAt }) => deletedAt === null);
  assert.deepEqual(
    [...seen].sort(),
    live.map(({ id }) => id),
  );
  assert.ok(vendor.requests.list().every(({ query }) => !query.includes('OFFSET')));
});

test('a field an administrator removed is missed once and then no longer asked for', async () => {
  const { token } = watching;
  assert.equal((await server.call('GET', '/hubs/crm/leads', { token })).status, 200);
  const type = vendor.store.type('Lead')!;
  type.fields = type.fields.filter(({ name }) => name !== 'Rating');
  const answer = await server.call<Record_[]>('GET', '/hubs/crm/leads', { token });
  assert.equal(answer.status, 200);
  assert.equal(answer.body.length, 8);
});

test('a certificate signs in without a person, and a wrong one is named', async () => {
  const create = (key: string): ReturnType<typeof server.call<Record_>> =>
    server.call<Record_>('POST', '/instances', {
      body: {
        element: { key: 'sfdc' },
        name: 'By certificate',
        configuration: {
          'authentication.type': 'oauth2jwt',
          'oauth.api.key': vendor.credentials.clientId,
          'oauth.jwt.username': vendor.credentials.username,
          'oauth.jwt.private.key': key,
          'oauth.token.url': `${vendor.url}/services/oauth2/token`,
          'base.url': `${vendor.url}/services/data/v66.0`,
        },
      },
    });
  const wrong = await create('nonsense');
  assert.equal(wrong.status, 400);
  assert.match(JSON.stringify(wrong.body), /oauth\.jwt\.private\.key is no RSA private key/);
  const created = await create(privateKey.export({ type: 'pkcs8', format: 'pem' }));
  assert.equal(created.status, 200, JSON.stringify(created.body));
  assert.equal((created.body['configuration'] as Record_)['oauth.jwt.private.key'], '********');
  const token = String(created.body['token']);
  vendor.sessions.closeAll();
  const ping = await server.call('GET', '/hubs/crm/ping', { token });
  assert.deepEqual(ping.body, { endpoint: 'sfdc', valid: true });
});

test('a revoked connection asks for a person, deleting an instance ends its tokens', async () => {
  const { clientId, clientSecret } = vendor.credentials;
  const doomed = await createExample('sfdc-polling', {});
  const [session] = vendor.requests.list('/services/oauth2/userinfo').slice(-1);
  assert.equal(session?.status, 200);
  assert.equal((await server.call('DELETE', `/instances/${doomed.id}`)).status, 200);
  assert.equal(vendor.requests.list('/services/oauth2/revoke').at(-1)?.status, 200);
  vendor.oauth.revokeAll();
  await pass(60_000);
  assert.match((await poll(watching)).join(), /re-authenticate/);
  const mended = await server.call('PATCH', `/instances/${watching.id}`, {
    body: {
      providerData: await consent(),
      configuration: { 'oauth.api.key': clientId, 'oauth.api.secret': clientSecret },
    },
  });
  assert.equal(mended.status, 200, JSON.stringify(mended.body));
  await pass(60_000);
  assert.doesNotMatch((await poll(watching)).join(), /re-authenticate/);
});
