import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textOf } from '../configuration-text.ts';
import { answer, htmlAnswer } from '../testing/answers.ts';
import { oauth2 } from './oauth2.ts';

const NOW = Date.UTC(2026, 10, 20);
const configuration = {
  'oauth.api.key': 'client',
  'oauth.api.secret': 'hush',
  'oauth.callback.url': 'https://app.example/auth?x=1',
};
const input = { configuration, code: 'one-time', now: NOW };

const method = oauth2({
  authorizationUrl: 'https://vendor.example/authorize',
  tokenUrl: 'https://vendor.example/token',
  revokeUrl: 'https://vendor.example/oauth/revoke',
  clientAuth: 'body',
  scope: 'read write',
  apiOriginField: 'instance_url',
});
const keap = oauth2({
  authorizationUrl: 'https://accounts.example/authorize',
  tokenUrl: 'https://api.example/token',
  clientAuth: 'body',
  refreshClientAuth: 'basic',
  rotates: true,
  readExtra: (body) => ({ tenant: (textOf(body['scope']) ?? '').split('|')[1] ?? '' }),
});

test('a code is exchanged by a form with the client in the body', () => {
  const request = method.acquire!({ ...input, codeVerifier: 'v' });
  assert.equal(request.path, 'https://vendor.example/token');
  assert.equal(request.anonymous, true);
  assert.deepEqual(request.form, {
    grant_type: 'authorization_code',
    code: 'one-time',
    redirect_uri: 'https://app.example/auth?x=1',
    code_verifier: 'v',
    client_id: 'client',
    client_secret: 'hush',
  });
});

test('a client may prove itself by Basic when refreshing alone', () => {
  assert.equal(keap.acquire!(input).headers, undefined);
  const request = keap.refresh!(input, { accessToken: 'a', refreshToken: 'r' });
  assert.equal(request.headers?.['authorization'], `Basic ${Buffer.from('client:hush').toString('base64')}`);
  assert.deepEqual(request.form, { grant_type: 'refresh_token', refresh_token: 'r' });
});

test('a refresh token in the configuration takes the place of a code', () => {
  const withToken = { ...configuration, 'oauth.user.refresh_token': 'given' };
  const request = method.acquire!({ configuration: withToken, now: NOW });
  assert.equal(request.form?.['refresh_token'], 'given');
  const reading = method.read!(answer({ access_token: 'a' }), { configuration: withToken, now: NOW });
  assert.deepEqual(reading, { ok: true, credentials: { accessToken: 'a', refreshToken: 'given' } });
});

test('the configuration may point to other pages, and revoking follows the token URL', () => {
  const elsewhere = {
    ...configuration,
    'oauth.token.url': 'http://127.0.0.1:9/oauth/token',
    'oauth.authorization.url': 'http://127.0.0.1:9/oauth/authorize?prompt=login',
  };
  assert.equal(method.tokenUrl!(elsewhere), 'http://127.0.0.1:9/oauth/token');
  assert.equal(
    method.acquire!({ ...input, configuration: elsewhere }).path,
    'http://127.0.0.1:9/oauth/token',
  );
  const revoke = method.revoke!({ ...input, configuration: elsewhere }, { accessToken: 'a' });
  assert.equal(revoke.path, 'http://127.0.0.1:9/oauth/revoke');
  assert.equal(method.revoke!(input, { accessToken: 'a' }).path, 'https://vendor.example/oauth/revoke');
  const page = new URL(
    method.consentUrl!({
      configuration: elsewhere,
      apiKey: 'k',
      apiSecret: 's',
      callbackUrl: 'https://c.example',
    }),
  );
  assert.equal(page.origin, 'http://127.0.0.1:9');
  assert.equal(page.searchParams.get('prompt'), 'login');
});

test('the consent page is asked for a code, scopes, state and a challenge', () => {
  const url = method.consentUrl!({
    configuration: {},
    apiKey: 'k',
    apiSecret: 'never in a URL',
    callbackUrl: 'https://c.example/a?b=c',
    state: 'a+b c',
    codeChallenge: 'xyz',
  });
  assert.match(url, /scope=read%20write/);
  assert.doesNotMatch(url, /never/);
  assert.deepEqual(Object.fromEntries(new URL(url).searchParams), {
    response_type: 'code',
    client_id: 'k',
    redirect_uri: 'https://c.example/a?b=c',
    scope: 'read write',
    state: 'a+b c',
    code_challenge: 'xyz',
    code_challenge_method: 'S256',
  });
});

test('scopes are taken from the caller, then the configuration, then the connector', () => {
  const base = { apiKey: 'k', apiSecret: 's', callbackUrl: 'https://c.example' };
  const scopeOf = (more: { scope?: string; configuration: { [key: string]: string } }): string | null =>
    new URL(method.consentUrl!({ ...base, ...more })).searchParams.get('scope');
  assert.equal(scopeOf({ scope: 'mine', configuration: { 'oauth.scope': 'theirs' } }), 'mine');
  assert.equal(scopeOf({ configuration: { 'oauth.scope': 'theirs' } }), 'theirs');
  assert.equal(new URL(keap.consentUrl!({ ...base, configuration: {} })).searchParams.get('scope'), null);
});

test('tokens are read with their end and the origin the vendor names', () => {
  const body = {
    access_token: 'a',
    refresh_token: 'r',
    expires_in: '3600',
    instance_url: 'https://eu1.vendor.example/x',
  };
  assert.deepEqual(method.read!(answer(body), input), {
    ok: true,
    credentials: {
      accessToken: 'a',
      refreshToken: 'r',
      expiresAt: NOW + 3_600_000,
      apiOrigin: 'https://eu1.vendor.example',
    },
  });
  const odd = method.read!(
    answer({ access_token: 'a', instance_url: 'javascript:alert(1)', expires_in: -1 }),
    input,
  );
  assert.deepEqual(odd, { ok: true, credentials: { accessToken: 'a' } });
});

test('what a refresh leaves out is kept, a rotated token replaces the old one', () => {
  const previous = {
    accessToken: 'old',
    refreshToken: 'r1',
    apiOrigin: 'https://o.example',
    extra: { tenant: 't' },
  };
  const kept = method.read!(answer({ access_token: 'new' }), input, previous);
  assert.deepEqual(kept, { ok: true, credentials: { ...previous, accessToken: 'new' } });
  const rotated = keap.read!(
    answer({ access_token: 'new', refresh_token: 'r2', scope: 'full|app.example' }),
    input,
    previous,
  );
  assert.equal(rotated.ok && rotated.credentials.refreshToken, 'r2');
  assert.deepEqual(rotated.ok && rotated.credentials.extra, { tenant: 'app.example' });
});

const REFUSALS: {
  name: string;
  status: number;
  body: { [key: string]: string | boolean };
  permanent: boolean;
}[] = [
  {
    name: 'RFC 6749',
    status: 400,
    body: { error: 'invalid_grant', error_description: 'expired' },
    permanent: true,
  },
  {
    name: 'HubSpot',
    status: 400,
    body: { status: 'BAD_REFRESH_TOKEN', message: 'missing' },
    permanent: true,
  },
  { name: 'Pipedrive', status: 400, body: { success: false, message: 'Invalid grant' }, permanent: true },
  { name: 'Salesforce limit', status: 400, body: { error: 'rate_limit_exceeded' }, permanent: false },
  { name: 'a limit', status: 429, body: { error: 'invalid_grant' }, permanent: false },
  { name: 'a hiccup', status: 503, body: { error: 'invalid_grant' }, permanent: false },
  { name: 'an empty success', status: 200, body: { token_type: 'bearer' }, permanent: false },
];
for (const { name, status, body, permanent } of REFUSALS) {
  test(`a token endpoint's refusal is read: ${name}`, () => {
    const reading = method.read!(answer(body, status), input);
    assert.equal(reading.ok, false);
    assert.equal(!reading.ok && reading.permanent, permanent);
    assert.match(reading.ok ? '' : reading.why, new RegExp(`^status ${status}: .`));
  });
}

test("a proxy's page is no reason to sign in again", () => {
  const reading = method.read!(htmlAnswer(403), input);
  assert.equal(!reading.ok && reading.permanent, false);
});

test('a refusal never repeats a secret', () => {
  const body = { error: 'invalid_grant', error_description: 'code one-time of hush with r1 is bad' };
  const reading = method.read!(answer(body, 400), input, { accessToken: 'a1', refreshToken: 'r1' });
  assert.equal(
    reading.ok ? '' : reading.why,
    'status 400: invalid_grant: code ******** of ******** with ******** is bad',
  );
});
