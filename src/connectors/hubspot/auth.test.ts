import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../kernel/json.ts';
import { UnreadableAnswer } from '../failures.ts';
import { answer } from '../testing/answers.ts';
import { hubspotOAuth, privateApp, readAccount } from './auth.ts';
import { account } from './samples.ts';

const NOW = Date.UTC(2026, 10, 20, 9, 15);
const configuration: JsonObject = {
  'oauth.api.key': 'client',
  'oauth.api.secret': 'secret',
  'oauth.callback.url': 'https://app.example/callback',
};

test('the consent page is asked for its scopes, separated by %20', () => {
  const url = hubspotOAuth.consentUrl?.({
    configuration,
    apiKey: 'client',
    apiSecret: 'secret',
    callbackUrl: 'https://app.example/callback',
    state: 'S1',
  });
  assert.match(url ?? '', /^https:\/\/app\.hubspot\.com\/oauth\/authorize\?/);
  assert.match(url ?? '', /scope=oauth%20crm\.objects\.contacts\.read%20/);
});

test('a code becomes tokens by a form, at the second generation unless the first is configured', () => {
  const request = hubspotOAuth.acquire?.({ configuration, code: 'c', now: NOW });
  assert.equal(request?.path, 'https://api.hubapi.com/oauth/v3/token');
  assert.deepEqual(request?.form, {
    grant_type: 'authorization_code',
    code: 'c',
    redirect_uri: 'https://app.example/callback',
    client_id: 'client',
    client_secret: 'secret',
  });
  const first = { ...configuration, 'oauth.token.url': 'https://api.hubapi.com/oauth/v1/token' };
  assert.equal(
    hubspotOAuth.acquire?.({ configuration: first, code: 'c', now: NOW }).path,
    first['oauth.token.url'],
  );
});

test('a refreshed token lives half an hour and keeps its refresh token', () => {
  const previous = { accessToken: 'old', refreshToken: 'refresh' };
  const body = { token_type: 'bearer', access_token: 'new', expires_in: 1800 };
  const reading = hubspotOAuth.read?.(answer(body), { configuration, now: NOW }, previous);
  assert.deepEqual(reading, {
    ok: true,
    credentials: { accessToken: 'new', refreshToken: 'refresh', expiresAt: NOW + 1_800_000 },
  });
});

test('a refused refresh token is refused for good, whichever fields say so', () => {
  for (const body of [
    { error: 'invalid_grant', error_description: 'gone', status: 'BAD_REFRESH_TOKEN', message: 'gone' },
    { status: 'BAD_REFRESH_TOKEN', message: 'missing or invalid refresh token' },
  ]) {
    const reading = hubspotOAuth.read?.(answer(body, 400), { configuration, now: NOW });
    assert.deepEqual(reading && { ...reading, why: '' }, { ok: false, why: '', permanent: true });
  }
  const passing = hubspotOAuth.read?.(answer({ status: 'error' }, 500), { configuration, now: NOW });
  assert.deepEqual(passing && { ...passing, why: '' }, { ok: false, why: '', permanent: false });
});

test('a private app signs with its token', () => {
  const credentials = privateApp.fromConfiguration!({ 'hubspot.authorization.apikey': ' pat-na1-x ' });
  assert.deepEqual(privateApp.sign(credentials, {}), { authorization: 'Bearer pat-na1-x' });
  assert.equal(privateApp.refresh, undefined);
});

test('the portal is who we are', () => {
  assert.deepEqual(readAccount(answer(account)), {
    id: '62515',
    facts: {
      accountType: 'STANDARD',
      timeZone: 'America/New_York',
      companyCurrency: 'USD',
      uiDomain: 'app.hubspot.com',
      dataHostingLocation: 'na1',
    },
  });
  assert.throws(() => readAccount(answer({})), UnreadableAnswer);
});
