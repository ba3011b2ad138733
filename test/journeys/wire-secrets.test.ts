import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createHubSpotSimulator, type HubSpotSimulator } from '../../simulators/hubspot/simulator.ts';
import { createPardotSimulator, type PardotSimulator } from '../../simulators/pardot/simulator.ts';
import { createPipedriveSimulator, type PipedriveSimulator } from '../../simulators/pipedrive/simulator.ts';
import { consentCode } from '../../src/cli/demo/consent-code.ts';
import type { InstanceView } from '../../src/instances/schema.ts';
import { startCallback, type Callback } from '../support/callback.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { spawnTidings, type TidingsChild } from '../support/tidings-child.ts';

/** No secret is in an answer that is not about it, nor in a line of the log, at the level that tells the most. */

const SECRETS = {
  TIDINGS_USER_SECRET: `user+secret/${'u'.repeat(30)}=`,
  TIDINGS_ORGANIZATION_SECRET: `org+secret/${'o'.repeat(30)}=`,
  TIDINGS_ADMIN_PASSWORD: 'the password of the admin',
  TIDINGS_ENCRYPTION_KEY: Buffer.alloc(32, 5).toString('base64'),
  TIDINGS_METRICS_TOKEN: 'the-token-of-the-metrics',
};
const SIGNING_SECRET = 'the-signing-secret-of-the-vendor';
const CALLBACK_SECRETS = {
  'event.notification.signature.key': 'the-key-of-the-signatures',
  'event.notification.callback.headers': { 'X-Api-Key': 'the-key-in-a-callback-header' },
  'event.notification.basic.username': 'callback-user',
  'event.notification.basic.password': 'the-password-of-the-callback',
  'event.inbound.token': 'the-token-of-inbound-webhooks',
  'event.inbound.basic.username': 'inbound-user',
  'event.inbound.basic.password': 'the-password-of-inbound-webhooks',
};

let database: TestDatabase;
let tidings: TidingsChild;
let base: string;
let pipedrive: PipedriveSimulator;
let pardot: PardotSimulator;
let hubspot: HubSpotSimulator;
let callback: Callback;
/** Every answer the server gave, but for those whose purpose is a secret. */
const answers: string[] = [];

before(async () => {
  database = await createTestDatabase();
  [pipedrive, pardot, hubspot, callback] = await Promise.all([
    createPipedriveSimulator({ limits: { enforced: false } }),
    createPardotSimulator(),
    createHubSpotSimulator(),
    startCallback(),
  ]);
  tidings = spawnTidings({
    TIDINGS_PORT: '0',
    TIDINGS_DATABASE_URL: database.url,
    TIDINGS_ALLOW_PRIVATE_NETWORKS: 'true',
    TIDINGS_LOG_LEVEL: 'trace',
    ...SECRETS,
  });
  base = `${await tidings.listening()}/elements/api-v2`;
});
after(async () => {
  tidings.child.kill('SIGKILL');
  await tidings.exited;
  await Promise.all([pipedrive.close(), pardot.close(), hubspot.close(), callback.close()]);
  await database.drop();
});

async function call(
  method: string,
  path: string,
  { body, token, authorization }: { body?: unknown; token?: string; authorization?: string } = {},
): Promise<{ status: number; body: unknown }> {
  const own = `User ${SECRETS.TIDINGS_USER_SECRET}, Organization ${SECRETS.TIDINGS_ORGANIZATION_SECRET}`;
  const answer = await fetch(base + path, {
    method,
    headers: {
      authorization: authorization ?? own + (token === undefined ? '' : `, Element ${token}`),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  answers.push(`${method} ${path} ${answer.status} ${text}`);
  return { status: answer.status, body: JSON.parse(text === '' ? 'null' : text) as unknown };
}

async function create(elementKey: string, configuration: object, more: object = {}): Promise<InstanceView> {
  const created = await call('POST', '/instances', {
    body: {
      element: { key: elementKey },
      name: elementKey,
      configuration: {
        'event.notification.enabled': true,
        'event.vendor.type': 'polling',
        'event.notification.callback.url': callback.url,
        ...CALLBACK_SECRETS,
        ...configuration,
      },
      ...more,
    },
  });
  assert.equal(created.status, 200, JSON.stringify(created.body));
  return created.body as InstanceView;
}

/** Whatever form a secret takes on its way. */
function spellings(secret: string): string[] {
  return [
    secret,
    encodeURIComponent(secret),
    encodeURIComponent(secret).replaceAll('%20', '+'),
    Buffer.from(secret).toString('base64'),
    Buffer.from(secret).toString('hex'),
  ];
}

test('a busy server tells no secret, neither in answers nor in its log', async () => {
  const redirectUrl = 'https://app.example/callback';
  const { clientId, clientSecret } = hubspot.credentials;
  const page = {
    url: `${hubspot.url}/oauth/authorize`,
    clientId,
    redirectUrl,
    scope: 'crm.objects.contacts.read crm.objects.companies.read crm.objects.deals.read',
  };
  const code = await consentCode((url) => hubspot.consent(url), page);
  const instances = [
    await create('pipedrive', {
      'pipedrive.email': pipedrive.credentials.email,
      'pipedrive.password': pipedrive.credentials.password,
      'base.url': pipedrive.url,
    }),
    await create('pardot', {
      'apikey.user.name': pardot.credentials.email,
      'apikey.user.password': pardot.credentials.password,
      'apikey.user.key': pardot.credentials.userKey,
      'base.url': pardot.url,
    }),
    await create(
      'hubspotcrm',
      {
        'event.inbound.signature.key': SIGNING_SECRET,
        'oauth.callback.url': redirectUrl,
        'oauth.api.key': clientId,
        'oauth.api.secret': clientSecret,
        'oauth.token.url': `${hubspot.url}/oauth/v1/token`,
        'base.url': hubspot.url,
      },
      { providerData: { code } },
    ),
  ];
  await sleep(1100);
  pipedrive.store.persons.create({ name: 'Somebody' });
  for (const { id, token } of instances) {
    await call('POST', `/instances/${id}/poll`);
    for (const path of [`/instances/${id}`, `/instances/${id}/configuration`, `/instances/${id}/events`]) {
      await call('GET', path);
    }
    for (const path of ['/hubs/any/ping', '/contacts?pageSize=1', '/instances/event-poller-records']) {
      await call('GET', path, { token });
    }
    await call('PATCH', `/instances/${id}`, { body: { configuration: { 'acme.note': 'x' } } });
    await call('PUT', `/instances/${id}`, {
      body: (await call('GET', `/instances/${id}`)).body,
    });
  }
  await callback.until(() => callback.received.length > 0);
  // What fails tells more than what works.
  callback.answer({ status: 500, body: 'no' });
  pipedrive.store.persons.create({ name: 'Somebody else' });
  await call('POST', `/instances/${instances[0]!.id}/poll`);
  await callback.until(() => callback.received.length > 1);
  for (const [simulator, effect] of [
    [pipedrive, { kind: 'html', status: 503 }],
    [hubspot, { kind: 'drop' }],
    [pardot, { kind: 'malformed-json' }],
  ] as const) {
    simulator.faults.add({ times: 3, effect });
  }
  for (const { id, token } of instances) {
    await call('GET', '/contacts', { token });
    await call('POST', `/instances/${id}/poll`);
  }
  for (const simulator of [pipedrive, hubspot, pardot]) simulator.faults.clear();
  const wrong = {
    body: {
      element: { key: 'pipedrive' },
      name: 'x',
      configuration: {
        'pipedrive.email': 'x@example.com',
        'pipedrive.password': 'a-wrong-password-9731',
        'base.url': pipedrive.url,
        'event.poller.configuration': '{"secret":"a-wrong-password-9731"',
      },
    },
  };
  assert.equal((await call('POST', '/instances', wrong)).status, 400);
  await call('GET', '/accounts', {
    authorization: 'User a-wrong-secret-9731, Organization a-wrong-secret-9731',
  });
  await call('POST', '/authentication', {
    body: { username: 'admin@localhost', password: 'a-wrong-password-9731' },
  });
  const signIn = await fetch(`${base}/authentication`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin@localhost', password: SECRETS.TIDINGS_ADMIN_PASSWORD }),
  });
  const { token: signInToken } = (await signIn.json()) as { token: string };
  const query = new URLSearchParams({ apiKey: clientId, apiSecret: clientSecret, callbackUrl: redirectUrl });
  await call('GET', `/elements/hubspotcrm/oauth/url?${query.toString()}`);
  await call('DELETE', `/instances/${instances[0]!.id}`);
  tidings.child.kill('SIGTERM');
  assert.deepEqual(await tidings.exited, [0, null]);

  const printed = tidings.out() + tidings.err();
  assert.ok(printed.split('\n').length > 30, 'it tells something');
  const told: string[] = [];
  const never: Record<string, string> = {
    ...SECRETS,
    'database password': new URL(database.url).searchParams.get('password') ?? new URL(database.url).password,
    'pipedrive password': pipedrive.credentials.password,
    'pipedrive token': pipedrive.credentials.apiToken,
    'pardot password': pardot.credentials.password,
    'pardot key': pardot.credentials.userKey,
    'hubspot secret': clientSecret,
    'hubspot code': code,
    'signature key': CALLBACK_SECRETS['event.notification.signature.key'],
    'callback header': CALLBACK_SECRETS['event.notification.callback.headers']['X-Api-Key'],
    'callback password': CALLBACK_SECRETS['event.notification.basic.password'],
    'callback basic': 'callback-user:the-password-of-the-callback',
    'inbound key': SIGNING_SECRET,
    'inbound token': CALLBACK_SECRETS['event.inbound.token'],
    'inbound password': CALLBACK_SECRETS['event.inbound.basic.password'],
    'a refused secret': 'a-wrong-secret-9731',
    'a refused password': 'a-wrong-password-9731',
    'sign-in token': signInToken,
  };
  for (const { token } of instances) never[`token of ${token.slice(0, 3)}`] = token;
  for (const [name, secret] of Object.entries(never)) {
    if (secret === '') continue;
    for (const spelling of spellings(secret)) {
      const line = printed.split('\n').find((one) => one.includes(spelling));
      if (line !== undefined) told.push(`log: ${name}: ${line.slice(0, 300)}`);
      if (name.startsWith('token of')) continue;
      const answer = answers.find((one) => one.slice(one.indexOf(' {')).includes(spelling));
      if (answer !== undefined) told.push(`answer: ${name}: ${answer.slice(0, 300)}`);
    }
  }
  assert.deepEqual(told, []);
});

test('no secret of an instance stands readable in the database', async () => {
  const tables = await database.db.query<{ name: string }>(
    `select c.relname as name from pg_class c
     where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace`,
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const rows = await database.db.query<{ text: string }>(
      `select t::text as text from "${name}" t limit 5000`,
    );
    const all = rows.map(({ text }) => text).join('\n');
    for (const secret of [
      pipedrive.credentials.apiToken,
      pardot.credentials.password,
      pardot.credentials.userKey,
      hubspot.credentials.clientSecret,
      SIGNING_SECRET,
      ...Object.values(CALLBACK_SECRETS).filter(
        (value) => typeof value === 'string' && value.startsWith('the-'),
      ),
      SECRETS.TIDINGS_USER_SECRET,
      SECRETS.TIDINGS_ORGANIZATION_SECRET,
      SECRETS.TIDINGS_ADMIN_PASSWORD,
    ] as string[]) {
      // Bytes are written in hex.
      const hex = Buffer.from(secret).toString('hex');
      if (all.includes(secret) || all.includes(hex)) found.push(`${name}: ${secret}`);
    }
  }
  assert.deepEqual(found, []);
});
