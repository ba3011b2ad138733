import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createClock } from '../core/clock.ts';
import { createPipedriveSimulator } from './simulator.ts';
import type { PipedriveOptions, PipedriveSimulator } from './simulator.ts';

const START = Date.parse('2026-11-20T23:00:00Z');
const DAY_MS = 86_400_000;
const CALLBACK = 'http://127.0.0.1:1/callback';

type Token = {
  access_token: string;
  refresh_token: string;
  expires_in: number;
  scope: string;
  api_domain: string;
};

describe('Pipedrive OAuth and limits', () => {
  let simulator: PipedriveSimulator;
  const start = async (options: PipedriveOptions = {}): Promise<void> => {
    await simulator?.close();
    simulator = await createPipedriveSimulator({ clock: createClock(START), ...options });
  };
  beforeEach(() => start());
  afterEach(() => simulator.close());

  const authorizeUrl = (): string => {
    const query = new URLSearchParams({
      client_id: simulator.credentials.clientId,
      redirect_uri: CALLBACK,
      state: 's 1',
    });
    return `${simulator.url}/oauth/authorize?${query.toString()}`;
  };
  const codeOf = async (): Promise<string> =>
    new URL(await simulator.consent(authorizeUrl())).searchParams.get('code') ?? '';
  const post = (path: string, form: Record<string, string>, secret?: string): Promise<Response> => {
    const { clientId, clientSecret } = simulator.credentials;
    const basic = Buffer.from(`${clientId}:${secret ?? clientSecret}`).toString('base64');
    return fetch(simulator.url + path, {
      method: 'POST',
      headers: { authorization: `Basic ${basic}` },
      body: new URLSearchParams(form),
    });
  };
  const exchange = (code: string): Promise<Response> =>
    post('/oauth/token', { grant_type: 'authorization_code', code, redirect_uri: CALLBACK });
  const tokens = async (): Promise<Token> => (await (await exchange(await codeOf())).json()) as Token;
  const me = (accessToken: string): Promise<Response> =>
    fetch(`${simulator.url}/v1/users/me`, { headers: { authorization: `Bearer ${accessToken}` } });
  const get = (path = '/api/v2/persons?limit=1'): Promise<Response> =>
    fetch(simulator.url + path, { headers: { 'x-api-token': simulator.credentials.apiToken } });

  it('consent sends the browser back with a code and the state, or with user_denied', async () => {
    const allowed = new URL(await simulator.consent(authorizeUrl()));
    assert.equal(allowed.origin + allowed.pathname, CALLBACK);
    assert.deepEqual(
      [allowed.searchParams.get('state'), allowed.searchParams.get('code')?.length],
      ['s 1', 40],
    );
    const denied = new URL(await simulator.consent(authorizeUrl(), 'deny'));
    assert.equal(denied.search, '?error=user_denied&state=s+1');
    assert.equal(
      (await fetch(`${simulator.url}/oauth/authorize?client_id=x&redirect_uri=${CALLBACK}`)).status,
      400,
    );
  });

  it('a code buys a token once, within five minutes, for the right secret and address', async () => {
    const code = await codeOf();
    const token = (await (await exchange(code)).json()) as Token;
    assert.deepEqual([token.expires_in, token.api_domain], [3600, simulator.url]);
    assert.match(token.scope, /contacts:full/);
    assert.equal((await me(token.access_token)).status, 200);
    const again = await exchange(code);
    assert.deepEqual(
      [again.status, ((await again.json()) as { error: string }).error],
      [400, 'invalid_grant'],
    );
    const late = await codeOf();
    simulator.clock.advance(5 * 60_000);
    assert.equal((await exchange(late)).status, 400);
    const wrongSecret = { grant_type: 'authorization_code', code: await codeOf(), redirect_uri: CALLBACK };
    assert.equal((await post('/oauth/token', wrongSecret, 'nope')).status, 401);
    assert.equal((await post('/oauth/token', { ...wrongSecret, redirect_uri: `${CALLBACK}/x` })).status, 400);
  });

  it('an access token lives an hour, the refresh token 60 days from its last use and stays the same', async () => {
    const token = await tokens();
    simulator.clock.advance(3_600_000);
    assert.equal((await me(token.access_token)).status, 401);
    const refresh = (): Promise<Response> =>
      post('/oauth/token', { grant_type: 'refresh_token', refresh_token: token.refresh_token });
    simulator.clock.advance(59 * DAY_MS);
    const renewed = (await (await refresh()).json()) as Token;
    assert.equal(renewed.refresh_token, token.refresh_token);
    assert.equal((await me(renewed.access_token)).status, 200);
    simulator.clock.advance(59 * DAY_MS);
    assert.equal((await refresh()).status, 200);
    simulator.clock.advance(60 * DAY_MS);
    const dead = await refresh();
    assert.deepEqual(
      [dead.status, await dead.json()],
      [400, { success: false, message: 'Invalid grant: refresh_token is invalid', error: 'invalid_grant' }],
    );
  });

  it('revoking the refresh token ends its access tokens too', async () => {
    const token = await tokens();
    assert.equal(
      (await post('/oauth/revoke', { token: token.refresh_token, token_type_hint: 'refresh_token' })).status,
      200,
    );
    assert.equal((await me(token.access_token)).status, 401);
    const refresh = { grant_type: 'refresh_token', refresh_token: token.refresh_token };
    assert.equal((await post('/oauth/token', refresh)).status, 400);
  });

  it('a scope the app lacks is refused', async () => {
    await start({ app: { scopes: ['contacts:read'] } });
    const { access_token } = await tokens();
    const headers = { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' };
    const status = async (path: string, init: RequestInit = {}): Promise<number> =>
      (await fetch(`${simulator.url}/api/v2${path}`, { headers, ...init })).status;
    assert.deepEqual([await status('/persons'), await status('/deals')], [200, 403]);
    assert.equal(await status('/persons', { method: 'POST', body: '{"name":"x"}' }), 403);
  });

  it('every answer says what is left of the burst and of the day', async () => {
    const one = await get('/api/v2/persons/1');
    const list = await get('/v1/persons');
    const shown = (response: Response): Array<string | null> =>
      [
        'x-ratelimit-limit',
        'x-ratelimit-remaining',
        'x-ratelimit-reset',
        'x-daily-ratelimit-token-limit',
        'x-daily-ratelimit-token-remaining',
      ].map((name) => response.headers.get(name));
    assert.deepEqual(shown(one), ['100', '99', '2', '150000', '149999']);
    assert.deepEqual(shown(list), ['100', '98', '2', '150000', '149979']);
    assert.match(list.headers.get('x-correlation-id') ?? '', /^[\da-f-]{36}$/);
  });

  it('a burst is refused until the clock has passed two seconds, hammering on gets HTML', async () => {
    await start({ limits: { burst: 3 } });
    for (let nth = 0; nth < 3; nth += 1) assert.equal((await get()).status, 200);
    const refused = await get();
    assert.deepEqual([refused.status, refused.headers.get('x-ratelimit-remaining')], [429, '0']);
    assert.deepEqual(Object.entries((await refused.json()) as object).slice(0, 2), [
      ['success', false],
      ['error', 'request over limit'],
    ]);
    simulator.clock.advance(2000);
    for (let nth = 0; nth < 3; nth += 1) assert.equal((await get()).status, 200);
    for (let nth = 0; nth < 50; nth += 1) assert.equal((await get()).status, 429);
    const blocked = await get();
    assert.deepEqual(
      [blocked.status, blocked.headers.get('content-type')],
      [403, 'text/html; charset=UTF-8'],
    );
    simulator.clock.advance(60_000);
    assert.equal((await get()).status, 200);
  });

  it('a spent day is refused until midnight', async () => {
    simulator.limits.setDailyRemaining(simulator.credentials.companyId, 15);
    assert.equal((await get()).status, 200);
    const spent = await get();
    assert.deepEqual([spent.status, spent.headers.get('x-daily-ratelimit-token-remaining')], [429, '5']);
    simulator.clock.advance(3_600_000);
    assert.equal((await get()).headers.get('x-daily-ratelimit-token-remaining'), '149990');
  });

  it('a token in the header, the query or nowhere is told apart', async () => {
    const { apiToken } = simulator.credentials;
    const status = async (path: string, headers = {}): Promise<number> =>
      (await fetch(simulator.url + path, { headers })).status;
    assert.equal(await status('/v1/users/me', { 'x-api-token': apiToken }), 200);
    assert.equal(await status(`/v1/users/me?api_token=${apiToken}`), 200);
    assert.equal(await status('/v1/users/me'), 401);
    assert.equal(await status('/v1/users/me', { authorization: 'Bearer' }), 401);
  });

  it('unknown paths, methods and broken bodies get the vendor error body', async () => {
    const { apiToken } = simulator.credentials;
    const answer = async (method: string, path: string, body?: string): Promise<unknown[]> => {
      const response = await fetch(simulator.url + path, {
        method,
        headers: { 'x-api-token': apiToken, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body }),
      });
      const json = (await response.json()) as { success: boolean; data: unknown };
      return [response.status, json.success, json.data];
    };
    assert.deepEqual(await answer('GET', '/v1/nothing'), [404, false, null]);
    assert.deepEqual(await answer('DELETE', '/v1/users'), [405, false, null]);
    assert.deepEqual(await answer('POST', '/api/v2/persons', '{"name":'), [400, false, null]);
    assert.deepEqual(await answer('POST', '/v1/webhooks', '['), [400, false, null]);
    assert.deepEqual(await answer('GET', '/api/v2/persons/abc'), [404, false, null]);
  });

  it('two runs of the same steps give the same seed, tokens and answers', async () => {
    const other = await createPipedriveSimulator({ clock: createClock(START) });
    assert.equal(other.credentials.apiToken, simulator.credentials.apiToken);
    const answer = async (url: string): Promise<string> =>
      (await fetch(`${url}/api/v2/deals?api_token=${other.credentials.apiToken}`)).text();
    const text = await answer(other.url);
    assert.equal(await answer(simulator.url), text);
    assert.equal((JSON.parse(text) as { data: unknown[] }).data.length, 12);
    await other.close();
  });
});
