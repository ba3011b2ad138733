import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { createClock, type SimulatorClock } from '../../simulators/core/clock.ts';
import { createKeapSimulator, type KeapSimulator } from '../../simulators/keap/simulator.ts';
import { consentCode } from '../cli/demo/consent-code.ts';
import { keap } from '../connectors/keap/connector.ts';
import { openHouse } from './testing/house.ts';
import { refreshIdleCredentials, startIdleRefresh, type IdleCredentialsDeps } from './idle-credentials.ts';
import type { Vendor } from './vendor.ts';

const DAY_MS = 86_400_000;
const REDIRECT_URL = 'https://client.example/auth';
const PRODUCTS = { method: 'GET', path: '/crm/rest/v2/products' } as const;
let house: Awaited<ReturnType<typeof openHouse>>;
let clock: SimulatorClock;
let simulator: KeapSimulator;
let id: number;

before(async () => {
  house = await openHouse([keap]);
});
after(() => house.close());
beforeEach(async () => {
  clock = createClock();
  simulator = await createKeapSimulator({ clock });
  id = await connect();
});
afterEach(async () => {
  await house.call('DELETE', `/instances/${id}`);
  await simulator.close();
});

async function connect(): Promise<number> {
  const { clientId, clientSecret } = simulator.credentials;
  const code = await consentCode(async (url) => simulator.consent(url), {
    url: `${simulator.url}/app/oauth/authorize`,
    clientId,
    redirectUrl: REDIRECT_URL,
    scope: 'full',
  });
  const created = await house.call('POST', '/instances', {
    element: { key: 'infusionsoftecommerce' },
    name: 'Shop',
    providerData: { code },
    configuration: {
      'oauth.api.key': clientId,
      'oauth.api.secret': clientSecret,
      'oauth.callback.url': REDIRECT_URL,
      'base.url': simulator.url,
      'oauth.token.url': `${simulator.url}/token`,
    },
  });
  assert.equal(created.status, 200, created.body.message);
  return created.body['id'] as number;
}

const depsOf = (vendor: Vendor = house.vendor): IdleCredentialsDeps => ({
  ...house,
  vendor,
  loadInstance: (which) => house.instances.load(which),
});
const refreshes = (): number => simulator.requests.list('/token').length - 1;
const call = async () => house.vendor.call((await house.instances.load(id))!, PRODUCTS);

function pass(ms: number): void {
  clock.advance(ms);
  house.clock.advance(ms);
}

test('a disabled instance keeps its connection for as long as a token of it may lie unused, and far longer', async () => {
  await house.call('DELETE', `/instances/${id}/enabled`);
  for (let day = 0; day < 200; day += 1) {
    pass(DAY_MS);
    await refreshIdleCredentials(depsOf());
  }
  assert.equal(refreshes(), 25);
  await house.call('PUT', `/instances/${id}/enabled`);
  assert.equal((await call()).status, 200);
});

test('without that the connection ends', async () => {
  pass(46 * DAY_MS);
  await assert.rejects(call(), /refuses to refresh/);
  assert.equal(await refreshIdleCredentials(depsOf()), 0);
});

test('an instance in use is left alone', async () => {
  pass(6 * DAY_MS);
  await call();
  pass(6 * DAY_MS);
  assert.equal(await refreshIdleCredentials(depsOf()), 0);
  assert.equal(refreshes(), 1);
});

test('what another node has refreshed meanwhile is not refreshed again', async () => {
  pass(8 * DAY_MS);
  simulator.faults.add({ path: '/token', effect: { kind: 'hang', ms: 200 } });
  const counts = await Promise.all([
    refreshIdleCredentials(depsOf()),
    refreshIdleCredentials(depsOf(house.otherProcess())),
  ]);
  assert.equal(refreshes(), 1, counts.join());
  const before = house.clock.now() - 7 * DAY_MS;
  assert.equal(await house.vendor.refreshIdle((await house.instances.load(id))!, before), false);
});

test('a vendor that does not answer is asked again the next day, and the others are not kept waiting for it', async () => {
  const other = await connect();
  pass(8 * DAY_MS);
  simulator.faults.add({ path: '/token', times: 1, effect: { kind: 'reply', status: 503, body: 'busy' } });
  assert.equal(await refreshIdleCredentials(depsOf()), 1);
  pass(DAY_MS);
  assert.equal(await refreshIdleCredentials(depsOf()), 1);
  assert.equal((await call()).status, 200);
  await house.call('DELETE', `/instances/${other}`);
});

test('an access key, which does not end by lying unused, is never refreshed', async () => {
  const created = await house.call('POST', '/instances', {
    element: { key: 'infusionsoftecommerce' },
    name: 'By key',
    configuration: {
      'authentication.type': 'accessToken',
      'keap.access.token': simulator.credentials.accessKey,
      'base.url': simulator.url,
    },
  });
  assert.equal(created.status, 200, created.body.message);
  const keyed = (await house.instances.load(created.body['id'] as number))!;
  pass(100 * DAY_MS);
  assert.equal(await house.vendor.refreshIdle(keyed, house.clock.now()), false);
  assert.equal((await house.vendor.call(keyed, PRODUCTS)).status, 200);
  await house.call('DELETE', `/instances/${keyed.id}`);
});

test('the loop looks as soon as it starts', async () => {
  pass(8 * DAY_MS);
  const loop = startIdleRefresh(depsOf());
  const end = performance.now() + 5_000;
  while (refreshes() === 0 && performance.now() < end) await new Promise((resolve) => setImmediate(resolve));
  await loop.stop();
  assert.equal(refreshes(), 1);
});
