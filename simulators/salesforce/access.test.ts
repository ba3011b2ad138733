import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createClock } from '../core/clock.ts';
import { compareCoverage } from '../core/coverage.ts';
import { SALESFORCE_COVERAGE } from './coverage.ts';
import { createSalesforceSimulator } from './simulator.ts';
import type { SalesforceOptions, SalesforceSimulator } from './simulator.ts';

const START = Date.parse('2026-11-20T23:00:00Z');
const CALLBACK = 'https://app.example/callback?tenant=1';
const HOUR_MS = 3_600_000;

type Json = Record<string, string>;

describe('Salesforce sign-in, sessions and limits', () => {
  let simulator: SalesforceSimulator;
  const start = async (options: SalesforceOptions = {}): Promise<void> => {
    await simulator?.close();
    simulator = await createSalesforceSimulator({ clock: createClock(START), ...options });
  };
  beforeEach(() => start());
  afterEach(() => simulator.close());

  const codeOf = async (more: Json = {}): Promise<string> => {
    const { clientId } = simulator.credentials;
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: clientId,
      redirect_uri: CALLBACK,
      ...more,
    });
    const back = await simulator.consent(`${simulator.url}/services/oauth2/authorize?${query.toString()}`);
    return new URL(back).searchParams.get('code') ?? '';
  };
  const post = async (path: string, form: Json): Promise<{ status: number; body: Json }> => {
    const answer = await fetch(`${simulator.url}/services/oauth2/${path}`, {
      method: 'POST',
      body: new URLSearchParams(form),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? {} : (JSON.parse(text) as Json) };
  };
  const client = (): Json => ({
    client_id: simulator.credentials.clientId,
    client_secret: simulator.credentials.clientSecret,
  });
  const exchange = (code: string, more: Json = {}): ReturnType<typeof post> =>
    post('token', {
      ...client(),
      grant_type: 'authorization_code',
      code,
      redirect_uri: CALLBACK,
      ...more,
    });
  const refresh = (token: string): ReturnType<typeof post> =>
    post('token', { ...client(), grant_type: 'refresh_token', refresh_token: token });
  const get = (path = '/services/data/v66.0/limits', token?: string): Promise<Response> =>
    fetch(simulator.url + path, {
      headers: { authorization: `Bearer ${token ?? simulator.credentials.accessToken}` },
    });

  it('serves what its coverage list says, and nothing else', () => {
    assert.deepEqual(compareCoverage(simulator.routes, SALESFORCE_COVERAGE), {
      unlisted: [],
      unserved: [],
    });
  });

  it('a code buys tokens once, without telling how long they live', async () => {
    const code = await codeOf();
    const { status, body } = await exchange(code);
    assert.deepEqual(
      [status, body['instance_url'], body['token_type'], typeof body['issued_at'], 'expires_in' in body],
      [200, simulator.url, 'Bearer', 'string', false],
    );
    assert.equal((await get(undefined, body['access_token'])).status, 200);
    assert.equal((await exchange(code)).body['error'], 'invalid_grant');
    const late = await codeOf();
    simulator.clock.advance(HOUR_MS / 4);
    assert.equal((await exchange(late)).body['error'], 'invalid_grant');
    const elsewhere = await exchange(await codeOf(), { redirect_uri: 'https://app.example/callback' });
    assert.equal(elsewhere.body['error'], 'redirect_uri_mismatch');
    const wrong = await exchange(await codeOf(), { client_secret: 'nope' });
    assert.deepEqual([wrong.status, wrong.body['error']], [400, 'invalid_client']);
  });

  it('denying sends the browser back with the reason and the state', async () => {
    const query = new URLSearchParams({
      client_id: simulator.credentials.clientId,
      redirect_uri: CALLBACK,
      state: 's 1',
    });
    const page = `${simulator.url}/services/oauth2/authorize?${query.toString()}`;
    const back = new URL(await simulator.consent(page, 'deny'));
    assert.deepEqual(
      [back.searchParams.get('error'), back.searchParams.get('state'), back.searchParams.get('tenant')],
      ['access_denied', 's 1', '1'],
    );
  });

  it('holds a code to the challenge it was asked for with', async () => {
    await start({ app: { requiresPkce: true } });
    const verifier = 'v'.repeat(43);
    const code_challenge = createHash('sha256').update(verifier).digest('base64url');
    const challenged = (): Promise<string> => codeOf({ code_challenge, code_challenge_method: 'S256' });
    assert.equal((await exchange(await challenged(), { code_verifier: verifier })).status, 200);
    const wrong = await exchange(await challenged(), { code_verifier: 'w'.repeat(43) });
    assert.equal(wrong.body['error'], 'invalid_request');
    assert.equal((await exchange(await challenged())).body['error'], 'invalid_grant');
  });

  it('a session ends when it is left alone, not when it is used', async () => {
    const { access_token: token = '', refresh_token: refreshToken = '' } = (await exchange(await codeOf()))
      .body;
    for (let nth = 0; nth < 3; nth += 1) {
      simulator.clock.advance(1.9 * HOUR_MS);
      assert.equal((await get(undefined, token)).status, 200);
    }
    simulator.clock.advance(2 * HOUR_MS);
    const refused = await get(undefined, token);
    assert.deepEqual(
      [refused.status, await refused.json()],
      [401, [{ message: 'Session expired or invalid', errorCode: 'INVALID_SESSION_ID' }]],
    );
    const renewed = (await refresh(refreshToken)).body;
    assert.equal('refresh_token' in renewed, false, 'the old one stays');
    assert.equal((await get(undefined, renewed['access_token'])).status, 200);
  });

  it('a rotated refresh token is dead at once', async () => {
    await start({ app: { rotatesRefreshTokens: true } });
    const { refresh_token: first = '' } = (await exchange(await codeOf())).body;
    const { refresh_token: second = '' } = (await refresh(first)).body;
    assert.notEqual(second, first);
    assert.deepEqual((await refresh(first)).body, {
      error: 'invalid_grant',
      error_description: 'expired access/refresh token',
    });
    assert.equal((await refresh(second)).status, 200);
  });

  it('revoking a refresh token ends its sessions, and an unknown token is refused', async () => {
    const { access_token: token = '', refresh_token: refreshToken = '' } = (await exchange(await codeOf()))
      .body;
    assert.deepEqual(await post('revoke', { token: refreshToken }), { status: 200, body: {} });
    assert.equal((await get(undefined, token)).status, 401);
    assert.equal((await post('revoke', { token: refreshToken })).body['error'], 'invalid_token');
  });

  it('takes a signed assertion in place of a person', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    await start({ app: { jwtPublicKey: publicKey.export({ type: 'spki', format: 'pem' }) } });
    const assertion = (claims: object, alg = 'RS256'): string => {
      const exp = simulator.clock.now() / 1000 + 120;
      const { clientId, username } = simulator.credentials;
      const full = { iss: clientId, sub: username, aud: 'https://login.salesforce.com', exp, ...claims };
      const parts = [{ alg }, full].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
      const signature = sign('sha256', Buffer.from(parts.join('.')), privateKey).toString('base64url');
      return `${parts.join('.')}.${signature}`;
    };
    const grant = (text: string): ReturnType<typeof post> =>
      post('token', { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: text });
    const { status, body } = await grant(assertion({}));
    assert.deepEqual([status, 'refresh_token' in body], [200, false]);
    assert.equal((await get(undefined, body['access_token'])).status, 200);
    for (const bad of [
      assertion({ exp: START / 1000 + 600 }),
      assertion({ exp: START / 1000 - 1 }),
      assertion({ aud: 'https://acme.my.salesforce.com' }),
      assertion({ sub: 'someone@else.example' }),
      assertion({ iss: 'other' }),
      assertion({}, 'none'),
      `${assertion({}).slice(0, -4)}AAAA`,
    ]) {
      assert.equal((await grant(bad)).body['error'], 'invalid_grant', bad);
    }
  });

  it('counts calls over rolling 24 hours and tells so with each answer', async () => {
    await start({ limits: { dailyRequests: 100 } });
    simulator.limits.setRemaining(2);
    const answer = await get();
    assert.equal(answer.headers.get('sforce-limit-info'), 'api-usage=99/100');
    await get();
    const refused = await get();
    assert.deepEqual(
      [refused.status, await refused.json()],
      [403, [{ message: 'TotalRequests Limit exceeded.', errorCode: 'REQUEST_LIMIT_EXCEEDED' }]],
    );
    simulator.clock.advance(24 * HOUR_MS);
    assert.equal((await get(undefined, simulator.sessions.open('next day'))).status, 200);
  });

  it('knows its versions', async () => {
    const versions = (await (await fetch(`${simulator.url}/services/data`)).json()) as Json[];
    assert.deepEqual(versions.at(-3), { label: "Spring '26", url: '/services/data/v66.0', version: '66.0' });
    assert.equal(versions.at(-1)?.['label'], "Winter '27");
    assert.equal((await get('/services/data/v30.0/limits')).status, 410);
    assert.equal((await get('/services/data/v99.0/limits')).status, 404);
  });

  it('answers an address that is too long as a web server does', async () => {
    const answer = await get(`/services/data/v66.0/query?q=${'x'.repeat(15_500)}`);
    assert.deepEqual(
      [answer.status, answer.headers.get('content-type')],
      [414, 'text/html;charset=iso-8859-1'],
    );
  });
});
