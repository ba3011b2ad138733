import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../kernel/json.ts';
import { answer, htmlAnswer } from '../testing/answers.ts';
import { pardotOAuth, readAccount, userKeyLogin } from './auth.ts';
import { legacyRefusal } from './samples.ts';

const NOW = Date.UTC(2026, 10, 20, 9, 15);
const USER: JsonObject = {
  'apikey.user.name': 'ada@acme.example',
  'apikey.user.password': 'p w',
  'apikey.user.key': 'f00d',
};
const APP: JsonObject = {
  'oauth.api.key': 'id',
  'oauth.api.secret': 'secret',
  'oauth.callback.url': 'https://tidings.example/callback',
  'oauth.business.unit.id': '0Uv5g0000004CAECA2',
};

test('the login goes by form, to the configured version', () => {
  const request = userKeyLogin.acquire!({ configuration: { ...USER, 'provider.version': 3 }, now: NOW });
  assert.equal(request.path, '/api/login/version/3');
  assert.deepEqual(request.form, {
    email: 'ada@acme.example',
    password: 'p w',
    user_key: 'f00d',
    format: 'json',
  });
  assert.equal(request.anonymous, true);
});

test('a key signs with the user key and lives an hour', () => {
  const body = { '@attributes': { stat: 'ok', version: 1 }, api_key: 'abc', version: 4 };
  const reading = userKeyLogin.read!(answer(body), { configuration: USER, now: NOW });
  assert.ok(reading.ok);
  assert.equal(reading.credentials.expiresAt, NOW + 3_600_000);
  assert.equal(userKeyLogin.refreshAheadS, 0, 'before it ends a login gives the same key');
  assert.deepEqual(userKeyLogin.sign(reading.credentials, USER), {
    authorization: 'Pardot api_key=abc, user_key=f00d',
  });
});

test('a refused login is final and says why, a hiccup is not', () => {
  const read = (body: JsonObject, status = 200): object =>
    userKeyLogin.read!(answer(body, status), { configuration: USER, now: NOW });
  assert.deepEqual(read(legacyRefusal(15, 'Login failed')), {
    ok: false,
    why: 'Pardot answered with code 15: Login failed',
    permanent: true,
  });
  assert.match(JSON.stringify(read(legacyRefusal(199, 'no more'))), /authentication\.type to oauth2/);
  assert.match(JSON.stringify(read({}, 404)), /no longer has the login/);
  assert.equal((read({}) as { permanent: boolean }).permanent, false);
  const proxy = userKeyLogin.read!(htmlAnswer(200), { configuration: USER, now: NOW });
  assert.equal(!proxy.ok && proxy.permanent, false);
});

test('Salesforce signs in for Pardot: its scopes, the business unit on every call', () => {
  const page = new URL(
    pardotOAuth.consentUrl!({ configuration: {}, apiKey: 'id', apiSecret: 's', callbackUrl: 'https://x/y' }),
  );
  assert.equal(page.origin + page.pathname, 'https://login.salesforce.com/services/oauth2/authorize');
  assert.equal(page.searchParams.get('scope'), 'pardot_api api refresh_token');
  assert.deepEqual(pardotOAuth.sign({ accessToken: 't' }, APP), {
    authorization: 'Bearer t',
    'pardot-business-unit-id': '0Uv5g0000004CAECA2',
  });
  assert.ok(pardotOAuth.required.includes('oauth.business.unit.id'));
});

test("tokens carry no end, and their instance_url is not Pardot's", () => {
  const body = { access_token: 't', refresh_token: 'r', instance_url: 'https://acme.my.salesforce.com' };
  const input = { configuration: APP, now: NOW };
  const reading = pardotOAuth.read!(answer(body), input);
  assert.deepEqual(reading, { ok: true, credentials: { accessToken: 't', refreshToken: 'r' } });
  const renewed = pardotOAuth.read!(answer({ access_token: 'u' }), input, {
    accessToken: 't',
    refreshToken: 'r',
  });
  assert.deepEqual(renewed, { ok: true, credentials: { accessToken: 'u', refreshToken: 'r' } });
  const rotated = { access_token: 'u', refresh_token: 's' };
  const other = pardotOAuth.read!(answer(rotated), input, { accessToken: 't', refreshToken: 'r' });
  assert.deepEqual(other, { ok: true, credentials: { accessToken: 'u', refreshToken: 's' } });
  const dead = { error: 'invalid_grant', error_description: 'expired access/refresh token' };
  const refused = pardotOAuth.read!(answer(dead, 400), input);
  assert.equal(!refused.ok && refused.permanent, true);
});

test('a sandbox signs in, is asked and is revoked elsewhere', () => {
  for (const said of [{ 'pardot.sandbox': true }, { 'pardot.sandbox': 'true' }, { 'site.address': 'test' }]) {
    const configuration: JsonObject = { ...APP, ...said };
    assert.equal(pardotOAuth.tokenUrl!(configuration), 'https://test.salesforce.com/services/oauth2/token');
    const reading = pardotOAuth.read!(answer({ access_token: 't' }), { configuration, now: NOW });
    assert.equal(reading.ok && reading.credentials.apiOrigin, 'https://pi.demo.pardot.com');
    const revoke = pardotOAuth.revoke!({ configuration, now: NOW }, { accessToken: 't' });
    assert.equal(revoke.path, 'https://test.salesforce.com/services/oauth2/revoke');
    assert.ok(revoke.accept?.includes(200), 'its answer is empty');
  }
  const domain = { ...APP, 'oauth.token.url': 'https://acme.my.salesforce.com/services/oauth2/token' };
  const revoke = pardotOAuth.revoke!({ configuration: domain, now: NOW }, { accessToken: 't' });
  assert.equal(revoke.path, 'https://acme.my.salesforce.com/services/oauth2/revoke');
  const own = { ...APP, 'site.address': 'acme' };
  assert.equal(pardotOAuth.tokenUrl!(own), 'https://acme.my.salesforce.com/services/oauth2/token');
  const reading = pardotOAuth.read!(answer({ access_token: 't' }), { configuration: own, now: NOW });
  assert.equal(reading.ok && reading.credentials.apiOrigin, undefined);
  const page = pardotOAuth.consentUrl!({
    configuration: APP,
    apiKey: 'id',
    apiSecret: 's',
    callbackUrl: 'https://x/y',
    siteAddress: 'acme.my.salesforce.com',
  });
  assert.equal(new URL(page).host, 'acme.my.salesforce.com');
});

test('both APIs say which account it is', () => {
  const facts = { company: 'Acme', level: null };
  assert.deepEqual(readAccount({ account: { id: '7', company: 'Acme' } }), { id: '7', facts });
  assert.deepEqual(readAccount({ id: 7, company: 'Acme' }), { id: '7', facts });
  assert.equal(readAccount({ account: { company: 'Acme' } }), undefined);
});
