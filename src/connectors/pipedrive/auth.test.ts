import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answer, htmlAnswer } from '../testing/answers.ts';
import { accessToken, emailPassword, pipedriveOAuth, readCurrentUser } from './auth.ts';
import { currentUser, refusal } from './samples.ts';

const configuration = { 'pipedrive.email': 'ada@acme.example', 'pipedrive.password': 's3cret' };
const input = { configuration, now: 0 };
const companies = {
  success: true,
  data: [
    { company_id: 1, api_token: 'token-of-1' },
    { company_id: 2, api_token: 'token-of-2' },
  ],
};

test('the login sends e-mail and password without other credentials', () => {
  const request = emailPassword.acquire!(input);
  assert.equal(request.path, '/v1/authorizations');
  assert.deepEqual(request.json, { email: 'ada@acme.example', password: 's3cret' });
  assert.equal(request.anonymous, true);
});

test('the login gives the token of the first company, or of the configured one', () => {
  const first = emailPassword.read!(answer(companies), input);
  assert.equal(first.ok && first.credentials.accessToken, 'token-of-1');
  const chosen = { ...configuration, 'pipedrive.company.id': 2 };
  const second = emailPassword.read!(answer(companies), { ...input, configuration: chosen });
  assert.deepEqual(second.ok && second.credentials, { accessToken: 'token-of-2', extra: { companyId: '2' } });
  const unknown = { ...configuration, 'pipedrive.company.id': '3' };
  const none = emailPassword.read!(answer(companies), { ...input, configuration: unknown });
  assert.equal(!none.ok && none.permanent, true);
});

test('the derived token stands in the configuration and signs requests', () => {
  assert.deepEqual(emailPassword.derived!({ accessToken: 't' }), { 'pipedrive.api.token': 't' });
  assert.deepEqual(emailPassword.sign({ accessToken: 't' }, {}), { 'x-api-token': 't' });
  assert.deepEqual(accessToken.fromConfiguration!({ 'pipedrive.api.token': ' t ' }), { accessToken: 't' });
  assert.deepEqual(pipedriveOAuth.sign({ accessToken: 't' }, {}), { authorization: 'Bearer t' });
});

test('a wrong password is final, a failing host is not, a removed login says what to do', () => {
  const wrong = emailPassword.read!(answer(refusal('wrong e-mail or s3cret'), 401), input);
  assert.deepEqual(wrong, { ok: false, why: 'status 401: wrong e-mail or ********', permanent: true });
  const down = emailPassword.read!(htmlAnswer(502), input);
  assert.equal(!down.ok && down.permanent, false);
  const gone = emailPassword.read!(answer(refusal('Unknown method .'), 404), input);
  assert.match(gone.ok ? '' : gone.why, /authentication\.type to accessToken/);
});

test('the token answer of OAuth names the host of the company', () => {
  const body = {
    access_token: 'a',
    refresh_token: 'r',
    expires_in: 3600,
    api_domain: 'https://acme.pipedrive.com',
  };
  const reading = pipedriveOAuth.read!(answer(body), { configuration: {}, now: 0 });
  assert.equal(reading.ok && reading.credentials.apiOrigin, 'https://acme.pipedrive.com');
});

test('the current user names the company', () => {
  const user = readCurrentUser(currentUser);
  assert.equal(user?.companyId, '8087566');
  assert.equal(user?.facts['companyDomain'], 'acme');
  assert.equal(readCurrentUser({ success: true, data: null }), undefined);
});
