import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, test } from 'node:test';
import { connectors } from '../connectors/registry.ts';
import { openHouse } from '../instances/testing/house.ts';
import { startRotatingVendor } from '../instances/testing/rotating-vendor.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { ElementEntryView } from './schema.ts';

/** The catalogue over HTTP. */

const rotating = await startRotatingVendor();
const house = await openHouse([...connectors, rotating.connector]);
after(async () => {
  await house.close();
  await rotating.close();
});

const entriesOf = async (key: string): Promise<Map<string, ElementEntryView>> => {
  const { body } = await house.call('GET', `/elements/${key}/configuration`);
  return new Map((body['configuration'] as unknown as ElementEntryView[]).map((entry) => [entry.key, entry]));
};
const consent = (query: Record<string, string>, key = 'rotating') =>
  house.call('GET', `/elements/${key}/oauth/url?${new URLSearchParams(query).toString()}`);
const APP = { apiKey: 'key', apiSecret: 'secret', callbackUrl: 'https://client.example/auth' };

test('elements are listed, and found by key in any case and by number', async () => {
  const { list } = await house.call('GET', '/elements');
  assert.deepEqual(
    list.map((element) => element['key']),
    [...connectors.map(({ key }) => key), 'rotating'],
  );
  const keys = (await house.call('GET', '/elements/keys')).list as unknown;
  assert.deepEqual(
    keys,
    list.map((element) => element['key']),
  );
  for (const name of ['pipedrive', 'PIPEDRIVE', '167']) {
    assert.equal((await house.call('GET', `/elements/${name}`)).body['id'], 167);
  }
  const unknown = await house.call('GET', '/elements/nothing');
  assert.equal(unknown.status, 404);
  assert.match(unknown.body.message, /there are .*pipedrive/);
});

test('an element lists its own entries first and the event keys with their labels', async () => {
  const entries = await entriesOf('pipedrive');
  const labels: [string, string][] = [
    ['event.notification.enabled', 'Events Enabled'],
    ['event.vendor.type', 'Event Type'],
    ['event.notification.callback.url', 'Event Notification Callback URL'],
    ['event.notification.signature.key', 'Callback Notification Signature Key'],
    ['event.objects', 'Objects to Monitor for Changes'],
    ['event.poller.refresh_interval', 'Event poller refresh interval (mins)'],
    ['event.poller.configuration', 'Configure Polling'],
    ['filter.response.nulls', 'Filter null values from the response'],
  ];
  for (const [key, name] of labels) assert.equal(entries.get(key)?.name, name, key);
  assert.equal([...entries.keys()][0], 'authentication.type');
  assert.deepEqual(
    [...entries.values()].map((entry) => entry.displayOrder),
    [...entries.keys()].map((_, index) => index),
  );
  assert.ok(
    [...entries.values()].every(
      (entry) => !('defaultValue' in entry) || typeof entry.defaultValue === 'string',
    ),
  );
});

test('what is required depends on the way of signing in, and says so', async () => {
  const entries = await entriesOf('pipedrive');
  const requirement = (key: string) => [entries.get(key)?.required, entries.get(key)?.requiredFor];
  assert.deepEqual(requirement('pipedrive.password'), [true, ['emailPassword']]);
  assert.deepEqual(requirement('pipedrive.api.token'), [false, ['accessToken']]);
  assert.deepEqual(requirement('oauth.api.key'), [false, ['oauth2']]);
  assert.deepEqual(requirement('event.objects'), [false, []]);
  assert.equal(entries.get('pipedrive.password')?.secret, true);
});

test("the default polling configuration is the connector's, as a JSON string", async () => {
  const entries = await entriesOf('pipedrive');
  const polled = JSON.parse(entries.get('event.poller.configuration')!.defaultValue!) as JsonObject;
  assert.deepEqual(Object.keys(polled), ['accounts', 'contacts', 'opportunities']);
  const { body } = await house.call('GET', '/elements/167/metadata');
  assert.deepEqual(body['events'], {
    supported: true,
    methods: ['polling', 'webhook'],
    defaultMethod: 'polling',
    polling: polled,
  });
});

test('a consent URL carries the app, the state, and the challenge of a verifier that the code brings back', async () => {
  const { body } = await consent({ ...APP, scope: 'a b', state: 'my state' });
  const url = new URL(body['oauthUrl'] as string);
  assert.equal(url.origin, 'https://login.rotating.example');
  const { code_challenge: challenge, ...rest } = Object.fromEntries(url.searchParams);
  assert.deepEqual(rest, {
    response_type: 'code',
    client_id: 'key',
    redirect_uri: 'https://client.example/auth',
    scope: 'a b',
    state: 'my state',
    code_challenge_method: 'S256',
  });
  const created = await house.call('POST', '/instances', {
    element: { key: 'rotating' },
    providerData: { code: 'good-code', state: 'my state' },
    configuration: { ...rotating.configuration(), 'oauth.api.key': 'key' },
    name: 'By consent',
  });
  assert.equal(created.status, 200, created.body.message);
  const verifier = rotating.tokenForms.at(-1)!.get('code_verifier') ?? '';
  assert.match(verifier, /^[\w-]{43}$/);
  assert.equal(createHash('sha256').update(verifier).digest('base64url'), challenge);
});

test('two people at the same consent page share a verifier, an hour later there is another', async () => {
  const challengeOf = async (): Promise<string | null> =>
    new URL((await consent(APP)).body['oauthUrl'] as string).searchParams.get('code_challenge');
  const first = await challengeOf();
  assert.equal(await challengeOf(), first);
  house.clock.advance(3_600_001);
  assert.notEqual(await challengeOf(), first);
});

test('a code of a consent page made elsewhere goes without a verifier', async () => {
  const created = await house.call('POST', '/instances', {
    element: { key: 'rotating' },
    providerData: { code: 'good-code' },
    configuration: { ...rotating.configuration(), 'oauth.api.key': 'another app' },
    name: 'Elsewhere',
  });
  assert.equal(created.status, 200, created.body.message);
  assert.equal(rotating.tokenForms.at(-1)!.get('code_verifier'), null);
});

test('tokens got elsewhere need no code', async () => {
  const first = await house.call('POST', '/instances', {
    element: { key: 'rotating' },
    providerData: { code: 'good-code' },
    configuration: rotating.configuration(),
    name: 'First',
  });
  assert.equal(first.status, 200);
  const form = rotating.tokenForms.length;
  const handedOver = await house.call('POST', '/instances', {
    element: { key: 'rotating' },
    externalAuthentication: 'initial',
    configuration: { ...rotating.configuration(), 'oauth.user.refresh_token': 'wrong' },
    name: 'Handed over',
  });
  assert.equal(handedOver.status, 400);
  assert.equal(rotating.tokenForms[form]?.get('grant_type'), 'refresh_token');
  assert.ok(!JSON.stringify(handedOver.body).includes('"wrong"'));
});

test('what a consent URL lacks is named at once, and an unusable one refused', async () => {
  const missing = await consent({ apiKey: 'k' });
  assert.equal(missing.status, 400);
  assert.match(missing.body.message, /missing apiSecret, callbackUrl/);
  for (const page of ['javascript:alert(1)', 'nonsense']) {
    assert.equal((await consent({ ...APP, 'oauth.authorization.url': page })).status, 400, page);
  }
});
