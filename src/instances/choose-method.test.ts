import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pipedrive } from '../connectors/pipedrive/connector.ts';
import type { JsonObject } from '../kernel/json.ts';
import { chooseMethod } from './choose-method.ts';

const [emailPassword, accessToken, oauth2] = pipedrive.authentication;
const chosen = (configuration: JsonObject, hasCode = false, present?: typeof emailPassword): string =>
  chooseMethod(pipedrive, { configuration, hasCode, ...(present !== undefined && { present }) }).type;

test('a usable type is obeyed in any case', () => {
  assert.equal(chosen({ 'authentication.type': ' OAUTH2 ', 'pipedrive.api.token': 'x' }), 'oauth2');
});

test('without a usable type what is there chooses, a code first', () => {
  const type = { 'authentication.type': 'oauth2 OR apiKey' };
  assert.equal(chosen({ ...type, 'pipedrive.api.token': 'x' }), 'accessToken');
  assert.equal(chosen({ 'pipedrive.api.token': 'x', 'pipedrive.email': '<EMAIL>' }), 'accessToken');
  assert.equal(chosen({ 'pipedrive.api.token': 'x', 'pipedrive.email': 'a@b.example' }, true), 'oauth2');
  assert.equal(chosen({ 'oauth.user.refresh_token': 'r' }), 'oauth2');
});

test('with nothing there it is the default', () => {
  for (const type of [undefined, '', 'oauth2 OR apiKey', 7, {}]) {
    assert.equal(chosen(type === undefined ? {} : { 'authentication.type': type }), 'emailPassword');
  }
});

test('an instance stays with its method unless only the entries of another are there', () => {
  assert.equal(chosen({ 'oauth.api.key': 'k' }, false, oauth2), 'oauth2');
  assert.equal(
    chosen({ 'pipedrive.email': 'a', 'pipedrive.api.token': 'x' }, false, accessToken),
    'accessToken',
  );
  assert.equal(chosen({ 'pipedrive.api.token': 'x' }, false, emailPassword), 'accessToken');
  assert.equal(chosen({ 'pipedrive.api.token': 'x' }, true, accessToken), 'oauth2');
});
