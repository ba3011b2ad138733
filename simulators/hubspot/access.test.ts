import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createClock } from '../core/clock.ts';
import { createHubSpotSimulator } from './simulator.ts';
import type { HubSpotOptions, HubSpotSimulator } from './simulator.ts';

const START = Date.parse('2026-11-20T23:00:00Z');
const CALLBACK = 'http://127.0.0.1:1/callback';
const SCOPE = 'oauth crm.objects.contacts.read';
type Item = Record<string, unknown>;

describe('HubSpot sign-in and limits', () => {
  let simulator: HubSpotSimulator;
  const start = async (options: HubSpotOptions = {}): Promise<void> => {
    await simulator?.close();
    simulator = await createHubSpotSimulator({ clock: createClock(START), ...options });
  };
  beforeEach(() => start());
  afterEach(() => simulator.close());

  const authorizeUrl = (path = '/oauth/authorize'): string => {
    const { clientId } = simulator.credentials;
    const query = new URLSearchParams({
      client_id: clientId,
      redirect_uri: CALLBACK,
      scope: SCOPE,
      state: 's 1',
    });
    return `${simulator.url}${path}?${query.toString()}`;
  };
  const post = async (
    path: string,
    form: Record<string, string>,
  ): Promise<{ status: number; body: Item }> => {
    const { clientId, clientSecret } = simulator.credentials;
    const body = new URLSearchParams({ client_id: clientId, client_secret: clientSecret, ...form });
    const response = await fetch(simulator.url + path, { method: 'POST', body });
    return { status: response.status, body: (await response.json()) as Item };
  };
  const codeOf = async (choice: { portalId?: number } = {}): Promise<string> =>
    new URL(await simulator.consent(authorizeUrl(), choice)).searchParams.get('code') ?? '';
  const exchange = (code: string, path = '/oauth/v1/token'): Promise<{ status: number; body: Item }> =>
    post(path, { grant_type: 'authorization_code', code, redirect_uri: CALLBACK });
  const get = (path = '/crm/v3/objects/contacts?limit=1', token = simulator.credentials.accessToken) =>
    fetch(simulator.url + path, { headers: { authorization: `Bearer ${token}` } });
  const errorOf = async (response: Response): Promise<unknown[]> => {
    const { category, policyName } = (await response.json()) as Item;
    return [response.status, category ?? policyName];
  };

  it('consent sends the browser back with a code and the state, or with access_denied', async () => {
    const allowed = new URL(await simulator.consent(authorizeUrl()));
    assert.equal(allowed.origin + allowed.pathname, CALLBACK);
    assert.equal(allowed.searchParams.get('state'), 's 1');
    const denied = new URL(await simulator.consent(authorizeUrl(), { decision: 'deny' }));
    assert.equal(denied.searchParams.get('error'), 'access_denied');
    const unknown = await fetch(`${simulator.url}/oauth/authorize?client_id=x&redirect_uri=${CALLBACK}`);
    assert.equal(unknown.status, 400);
  });

  it('a code serves once, for five minutes, for its own callback', async () => {
    const code = await codeOf();
    assert.equal((await exchange(code)).status, 200);
    const again = await exchange(code);
    assert.deepEqual(
      [again.status, again.body['error'], again.body['status']],
      [400, 'invalid_grant', 'BAD_AUTH_CODE'],
    );
    const late = await codeOf();
    simulator.clock.advance(300_000);
    assert.equal((await exchange(late)).status, 400);
    const wrong = await post('/oauth/v1/token', { grant_type: 'refresh_token', client_secret: 'x' });
    assert.equal(wrong.body['error'], 'invalid_client');
  });

  it('each portal has its own tokens, and the successors of the token endpoint say which', async () => {
    const [first, second] = simulator.portals;
    const { body } = await exchange(await codeOf({ portalId: second.portalId }), '/oauth/v3/token');
    assert.deepEqual([body['hub_id'], body['expires_in']], [second.portalId, 1800]);
    const me = await get('/account-info/v3/details', String(body['access_token']));
    assert.equal(((await me.json()) as Item)['portalId'], second.portalId);
    const own = (await (await get('/account-info/v3/details')).json()) as Item;
    assert.equal(own['portalId'], first.portalId);
  });

  it('introspection and revocation', async () => {
    const { body } = await exchange(await codeOf());
    const token = String(body['access_token']);
    const refresh = String(body['refresh_token']);
    const active = await post('/oauth/2026-03/token/introspect', { token });
    assert.deepEqual([active.body['active'], active.body['hub_id']], [true, simulator.credentials.portalId]);
    assert.equal((await post('/oauth/v3/token/revoke', { token: refresh })).status, 200);
    assert.equal((await post('/oauth/v3/token/introspect', { token: refresh })).body['active'], false);
    assert.equal((await get(undefined, token)).status, 401);
    const again = await post('/oauth/v1/token', { grant_type: 'refresh_token', refresh_token: refresh });
    assert.equal(again.body['status'], 'BAD_REFRESH_TOKEN');
  });

  it('scopes bound what a token may do', async () => {
    const { body } = await exchange(await codeOf());
    const token = String(body['access_token']);
    assert.equal((await get(undefined, token)).status, 200);
    assert.deepEqual(await errorOf(await get('/crm/v3/objects/deals', token)), [403, 'MISSING_SCOPES']);
    const write = await fetch(`${simulator.url}/crm/v3/objects/contacts`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: '{"properties":{}}',
    });
    assert.deepEqual(await errorOf(write), [403, 'MISSING_SCOPES']);
  });

  it('no token, a wrong one, an API key and an ended token are told apart', async () => {
    const bare = await fetch(`${simulator.url}/crm/v3/objects/contacts`);
    assert.deepEqual(await errorOf(bare), [401, 'INVALID_AUTHENTICATION']);
    const key = await fetch(`${simulator.url}/crm/v3/objects/contacts?hapikey=x`);
    assert.match(String(((await key.json()) as Item)['message']), /API keys no longer work/);
    const { body } = await exchange(await codeOf());
    simulator.clock.advance(1_800_000);
    assert.deepEqual(await errorOf(await get(undefined, String(body['access_token']))), [
      401,
      'EXPIRED_AUTHENTICATION',
    ]);
    const old = simulator.credentials.accessToken;
    const fresh = simulator.rotatePrivateAppToken();
    assert.equal((await get(undefined, old)).status, 401);
    assert.equal((await get(undefined, fresh)).status, 200);
  });

  it('ten seconds take so many calls, and headers tell, but for searches', async () => {
    await start({ limits: { burst: 3 } });
    const first = await get();
    assert.equal(first.headers.get('x-hubspot-ratelimit-max'), '3');
    assert.equal(first.headers.get('x-hubspot-ratelimit-remaining'), '2');
    assert.ok(first.headers.get('x-hubspot-ratelimit-daily'));
    const search = (): Promise<Response> =>
      fetch(`${simulator.url}/crm/v3/objects/contacts/search`, {
        method: 'POST',
        headers: { authorization: `Bearer ${simulator.credentials.accessToken}` },
        body: '{}',
      });
    const found = await search();
    assert.deepEqual([found.status, found.headers.get('x-hubspot-ratelimit-max')], [200, null]);
    await get();
    assert.deepEqual(await errorOf(await get()), [429, 'TEN_SECONDLY_ROLLING']);
    simulator.clock.advance(10_000);
    assert.equal((await get()).status, 200);
    await start({ limits: { searchesPerSecond: 1 } });
    await search();
    assert.deepEqual(await errorOf(await search()), [429, 'SECONDLY']);
    simulator.clock.advance(1000);
    assert.equal((await search()).status, 200);
  });

  it("a private app's day ends at midnight; an OAuth app has none", async () => {
    const { portalId } = simulator.credentials;
    simulator.limits.setDailyRemaining(portalId, 1);
    assert.equal((await get()).status, 200);
    assert.deepEqual(await errorOf(await get()), [429, 'DAILY']);
    const { body } = await exchange(await codeOf());
    const mine = await get(undefined, String(body['access_token']));
    assert.deepEqual([mine.status, mine.headers.get('x-hubspot-ratelimit-daily')], [200, null]);
    simulator.clock.advance(3_600_000);
    assert.equal((await get()).status, 200);
  });

  it('faults answer in the words of the vendor', async () => {
    for (const [name, status] of [
      ['rate-limit', 429],
      ['daily-limit', 429],
      ['server-error', 500],
      ['locked', 423],
      ['migration', 477],
      ['edge-error', 530],
      ['missing-scopes', 403],
      ['expired', 401],
    ] as const) {
      simulator.faults.add({ times: 1, effect: { kind: 'vendor', name } });
      assert.equal((await get()).status, status, name);
    }
  });
});
