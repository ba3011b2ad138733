import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { consentCode } from '../../src/cli/demo/consent-code.ts';
import { fillExample } from '../../src/cli/demo/example.ts';
import { createClock, type SimulatorClock } from '../../simulators/core/clock.ts';
import { createKeapSimulator, type KeapSimulator } from '../../simulators/keap/simulator.ts';
import { startCallback, type Callback } from '../support/callback.ts';
import { createRunningClock, type RunningClock } from '../support/running-clock.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const REDIRECT_URL = 'https://www.yourcallbackurl.com';
const TOKEN_LIFE_S = 86_400;
let clock: SimulatorClock;
let vendor: KeapSimulator;
let server: TestServer<RunningClock>;
let callback: Callback;
let instance: { id: number; attention?: { kind: string } };

async function poll(): Promise<string[]> {
  const answer = await server.call<{ polled: { error?: string }[] }>(
    'POST',
    `/instances/${instance.id}/poll`,
  );
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.body.polled.flatMap(({ error }) => error ?? []);
}

function pass(ms: number): void {
  clock.advance(ms);
  server.clock.advance(ms);
}

before(async () => {
  clock = createClock();
  vendor = await createKeapSimulator({ clock, accessLifeS: TOKEN_LIFE_S });
  server = await startTestServer({ clock: createRunningClock(), env: { TIDINGS_ROLES: 'api,delivery' } });
  callback = await startCallback();
  const { clientId, clientSecret } = vendor.credentials;
  const code = await consentCode(async (url) => vendor.consent(url), {
    url: `${vendor.url}/app/oauth/authorize`,
    clientId,
    redirectUrl: REDIRECT_URL,
    scope: 'full',
  });
  const configuration = {
    'oauth.api.key': clientId,
    'oauth.api.secret': clientSecret,
    'base.url': vendor.url,
    'oauth.token.url': `${vendor.url}/token`,
  };
  const filled = { name: 'Shop', code, configuration };
  const body = fillExample('infusionsoftecommerce-polling', filled, { url: callback.url, signatureKey: 'k' });
  const created = await server.call<typeof instance>('POST', '/instances', { body });
  assert.equal(created.status, 200, JSON.stringify(created.body));
  instance = created.body;
  await sleep(1100);
});
after(async () => {
  await server.close();
  await callback.close();
  await vendor.close();
});

const refreshes = (): number => vendor.requests.list('/token').length - 1;

test('single-use refresh tokens carry a connection through many lives of its access token', async () => {
  for (let life = 1; life <= 4; life += 1) {
    pass(2 * TOKEN_LIFE_S * 1000);
    const { id } = vendor.store.orders.create({ title: `Order of life ${life}` });
    assert.deepEqual(await poll(), []);
    assert.equal(refreshes(), life);
    await callback.until(() => callback.lines().includes(`CREATED orders ${id}`));
  }
});

test('a revoked grant stops polling and asks to sign in again', async () => {
  vendor.access.revokeGrants();
  pass(60_000);
  assert.match((await poll()).join(), /re-authenticate|sign in/i);
  const shown = await server.call<typeof instance>('GET', `/instances/${instance.id}`);
  assert.equal(shown.body.attention?.kind, 'reauthorize');
  const again = await server.call('POST', `/instances/${instance.id}/poll`);
  assert.equal(again.status, 403);
});
