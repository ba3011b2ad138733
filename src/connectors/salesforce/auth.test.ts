import assert from 'node:assert/strict';
import { generateKeyPairSync, verify } from 'node:crypto';
import { test } from 'node:test';
import { answer } from '../testing/answers.ts';
import { apiRoot } from './api-version.ts';
import { salesforceJwt, salesforceOAuth } from './auth.ts';
import { loginOrigin } from './login-origin.ts';
import { readUserInfo } from './user-info.ts';

const NOW = Date.UTC(2026, 10, 20, 9, 15);
const APP = {
  'oauth.api.key': 'app',
  'oauth.api.secret': 's3cret',
  'oauth.callback.url': 'https://x.example/cb',
};
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const PEM = privateKey.export({ type: 'pkcs8', format: 'pem' });

test('people sign in where their org is, and never at a host that is not Salesforce', () => {
  const at = (site: string): string => loginOrigin({ 'site.address': site });
  for (const site of [
    '',
    'login',
    'Production',
    'https://login.salesforce.com/',
    'evil.example',
    'a.salesforce.com.evil.example',
    'user@evil.example',
  ]) {
    assert.equal(at(site), 'https://login.salesforce.com', site);
  }
  for (const site of ['test', 'sandbox', 'test.salesforce.com', 'HTTPS://TEST.SALESFORCE.COM/x']) {
    assert.equal(at(site), 'https://test.salesforce.com', site);
  }
  assert.equal(at('acme'), 'https://acme.my.salesforce.com');
  assert.equal(at('acme--uat.sandbox.my.salesforce.com'), 'https://acme--uat.sandbox.my.salesforce.com');
  assert.equal(at('acme--uat.sandbox'), 'https://acme--uat.sandbox.my.salesforce.com');
  assert.equal(loginOrigin({ 'site.address': 'acme' }, 'test'), 'https://test.salesforce.com');
});

test('the consent page asks for what polling needs, with the challenge', () => {
  const url = new URL(
    salesforceOAuth.consentUrl!({
      configuration: {},
      apiKey: 'app',
      apiSecret: 's3cret',
      callbackUrl: 'https://x.example/cb',
      siteAddress: 'test.salesforce.com',
      state: 's 1',
      codeChallenge: 'challenge',
    }),
  );
  assert.equal(url.origin + url.pathname, 'https://test.salesforce.com/services/oauth2/authorize');
  assert.deepEqual(Object.fromEntries(url.searchParams), {
    response_type: 'code',
    client_id: 'app',
    redirect_uri: 'https://x.example/cb',
    scope: 'api refresh_token',
    state: 's 1',
    code_challenge: 'challenge',
    code_challenge_method: 'S256',
  });
  assert.ok(!url.href.includes('s3cret'));
});

test('a token answer gives the address of the org and no end; a refresh gives both anew', () => {
  const first = salesforceOAuth.read!(
    answer({
      access_token: 'a',
      refresh_token: 'r',
      instance_url: 'https://acme.my.salesforce.com',
      issued_at: '1',
    }),
    { configuration: APP, now: NOW },
  );
  assert.deepEqual(first, {
    ok: true,
    credentials: { accessToken: 'a', refreshToken: 'r', apiOrigin: 'https://acme.my.salesforce.com' },
  });
  const moved = salesforceOAuth.read!(
    answer({ access_token: 'b', instance_url: 'https://acme2.my.salesforce.com' }),
    { configuration: APP, now: NOW },
    { accessToken: 'a', refreshToken: 'r', apiOrigin: 'https://acme.my.salesforce.com' },
  );
  assert.deepEqual(moved.ok && moved.credentials, {
    accessToken: 'b',
    refreshToken: 'r',
    apiOrigin: 'https://acme2.my.salesforce.com',
  });
});

test('a dead refresh token is final, a busy token endpoint is not', () => {
  const read = (error: string): ReturnType<NonNullable<typeof salesforceOAuth.read>> =>
    salesforceOAuth.read!(answer({ error, error_description: 'expired access/refresh token' }, 400), {
      configuration: APP,
      now: NOW,
    });
  assert.deepEqual(read('invalid_grant'), {
    ok: false,
    why: 'status 400: invalid_grant: expired access/refresh token',
    permanent: true,
  });
  const busy = read('rate_limit_exceeded');
  assert.equal(busy.ok || busy.permanent, false);
});

test('tokens are revoked where they came from', () => {
  const request = salesforceOAuth.revoke!(
    { configuration: { ...APP, 'site.address': 'test' }, now: NOW },
    { accessToken: 'a', refreshToken: 'r' },
  );
  assert.equal(request.path, 'https://test.salesforce.com/services/oauth2/revoke');
  assert.deepEqual(request.form, { token: 'r' });
  assert.ok(request.accept?.includes(200), 'the answer is empty');
});

test('a certificate signs an assertion that Salesforce can check', () => {
  const configuration = {
    ...APP,
    'oauth.jwt.username': 'ada@acme.example',
    'oauth.jwt.private.key': PEM,
    'site.address': 'acme--uat.sandbox.my.salesforce.com',
  };
  const request = salesforceJwt.acquire!({ configuration, now: NOW });
  assert.equal(request.path, 'https://acme--uat.sandbox.my.salesforce.com/services/oauth2/token');
  assert.equal(request.form?.['grant_type'], 'urn:ietf:params:oauth:grant-type:jwt-bearer');
  const [header = '', payload = '', signature = ''] = (request.form?.['assertion'] ?? '').split('.');
  assert.ok(
    verify('sha256', Buffer.from(`${header}.${payload}`), publicKey, Buffer.from(signature, 'base64url')),
  );
  assert.deepEqual(JSON.parse(Buffer.from(payload, 'base64url').toString()), {
    iss: 'app',
    sub: 'ada@acme.example',
    aud: 'https://test.salesforce.com',
    exp: NOW / 1000 + 120,
  });
});

test('a key is read however it was pasted', () => {
  const assertion = (key: string): string | undefined =>
    salesforceJwt.acquire!({ configuration: { 'oauth.jwt.private.key': key }, now: NOW }).form?.['assertion'];
  const expected = assertion(PEM);
  assert.ok(expected);
  assert.equal(assertion(PEM.replaceAll('\n', '\\n')), expected);
  assert.equal(assertion(PEM.replaceAll('\n', ' ')), expected);
  assert.equal(assertion(PEM.replaceAll('\n', '\r\n')), expected);
});

test('a key that is none is named, not the refusal it leads to', () => {
  const input = { configuration: { 'oauth.jwt.private.key': 'not a key' }, now: NOW };
  const reading = salesforceJwt.read!(answer({ error: 'invalid_grant' }, 400), input);
  assert.ok(!reading.ok && reading.permanent);
  assert.match(reading.why, /oauth\.jwt\.private\.key is no RSA private key/);
  assert.ok(!reading.why.includes('not a key'));
});

test('the user info names the org', () => {
  const tenant = readUserInfo({
    organization_id: '00D5f000000BvfA',
    user_id: '0055f000004pQzAAAU',
    preferred_username: 'ada@acme.example',
    zoneinfo: 'Europe/Tallinn',
  });
  assert.equal(tenant.id.length, 18);
  assert.equal(tenant.facts['username'], 'ada@acme.example');
});

test('the version of the API is read in every spelling, and a retired or wrong one is not used', () => {
  const root = (version: string): string => apiRoot({ 'salesforce.api.version': version });
  for (const version of ['59', '59.0', 'v59.0']) assert.equal(root(version), '/services/data/v59.0');
  for (const version of ['', '30.0', 'latest', '66.0/../..']) {
    assert.equal(root(version), '/services/data/v66.0', version);
  }
});
