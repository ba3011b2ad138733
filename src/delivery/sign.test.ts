import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signBody } from './sign.ts';

test("the contract's published vector comes out", () => {
  const body = Buffer.from('<INSERT_EVENT_NOTIFICATION_RESPONSE_BODY>');
  assert.equal(
    signBody('MySecretEventSignatureKey', body),
    'sha256=jHdbRx5EZAsOfTwAPJOGkNUzQMVVdu5VJlxcsk+G6jQ=',
  );
});

test('without a key nothing is signed', () => {
  assert.equal(signBody('', Buffer.from('x')), undefined);
  assert.equal(signBody(undefined, Buffer.from('x')), undefined);
});

test('one changed byte changes the signature', () => {
  assert.notEqual(signBody('k', Buffer.from('{"a":1}')), signBody('k', Buffer.from('{"a":2}')));
});
