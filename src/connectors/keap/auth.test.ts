import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UnreadableAnswer } from '../failures.ts';
import { answer, GARBAGE, htmlAnswer } from '../testing/answers.ts';
import { accessKey, identify, keapOAuth } from './auth.ts';
import { limitHeaders, userInfo } from './samples.ts';

const NOW = Date.UTC(2026, 10, 20);
const configuration = {
  'oauth.api.key': 'client',
  'oauth.api.secret': 'hush',
  'keap.access.token': 'KeapAK-1',
};

test('refresh tokens rotate and are sent with Basic', () => {
  assert.equal(keapOAuth.rotates, true);
  const credentials = { accessToken: 'a', refreshToken: 'r1' };
  const request = keapOAuth.refresh!({ configuration, now: NOW }, credentials);
  assert.match(request.headers?.['authorization'] ?? '', /^Basic /);
  assert.deepEqual(request.form, { grant_type: 'refresh_token', refresh_token: 'r1' });
  const body = { access_token: 'b', token_type: 'bearer', expires_in: 28_800, refresh_token: 'r2' };
  const reading = keapOAuth.read!(answer(body), { configuration, now: NOW }, credentials);
  assert.deepEqual(reading, {
    ok: true,
    credentials: { accessToken: 'b', refreshToken: 'r2', expiresAt: NOW + 28_800_000 },
  });
});

for (const error of ['invalid_grant', 'invalid_request']) {
  test(`a refresh token used before is refused for good: ${error}`, () => {
    const refusal = answer({ error, error_description: 'Invalid Refresh Token' }, 400);
    const reading = keapOAuth.read!(refusal, { configuration, now: NOW });
    assert.equal(!reading.ok && reading.permanent, true);
  });
}

test('an access key is sent as it is and cannot be renewed', () => {
  assert.deepEqual(accessKey.sign(accessKey.fromConfiguration!(configuration), configuration), {
    authorization: 'Bearer KeapAK-1',
  });
  assert.equal(accessKey.refresh, undefined);
});

test('the application is known by the header, else by the body, else by the user', () => {
  const tenantOf = (...args: Parameters<typeof answer>): string => identify.read(answer(...args)).id;
  assert.equal(tenantOf(userInfo, 200, limitHeaders), 'ab123');
  assert.equal(tenantOf(userInfo, 200, { 'x-keap-tenant-id': 'AB123' }), 'ab123');
  assert.equal(tenantOf(userInfo), 'ab123');
  assert.equal(tenantOf({ sub: '4236128', email: 'ada@acme.example' }), 'user:4236128');
  assert.deepEqual(identify.read(answer(userInfo)).facts, { userId: '4236128', email: 'ada@acme.example' });
});

test('a service account key has no user, and the gateway still says whose it is', () => {
  const nobody = { message: 'Access is denied' };
  assert.equal(identify.read(answer(nobody, 403, limitHeaders)).id, 'ab123');
  assert.throws(() => identify.read(answer(nobody, 403)), UnreadableAnswer);
  assert.throws(() => identify.read({ ...htmlAnswer(404), headers: limitHeaders }), UnreadableAnswer);
  for (const response of GARBAGE) assert.throws(() => identify.read(response), UnreadableAnswer);
});
