import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseAuthorization, parseBearer } from './parse-authorization.ts';

test('the parts of the header are found in any order and case, with the = of base64', () => {
  assert.deepEqual(parseAuthorization('User aB+/c=, Organization d==, Element e='), {
    user: 'aB+/c=',
    organization: 'd==',
    element: 'e=',
  });
  assert.deepEqual(parseAuthorization('organization  d ,USER u'), {
    user: 'u',
    organization: 'd',
    element: null,
  });
});

test('what is no part of the header is ignored, and the first of a kind counts', () => {
  const none = { user: null, organization: null, element: null };
  for (const header of [undefined, '', 'Bearer x', 'User', 'User ,', 'User a b', ',,,']) {
    assert.deepEqual(parseAuthorization(header), none, String(header));
  }
  assert.equal(parseAuthorization('User a, User b').user, 'a');
});

test('no header, however strange, makes the parser fail', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), (header) => {
      for (const part of Object.values(parseAuthorization(header))) {
        assert.ok(part === null || /^[^\s,]+$/.test(part));
      }
    }),
  );
});

test('a bearer token is what follows its scheme', () => {
  assert.equal(parseBearer('bearer abc='), 'abc=');
  assert.equal(parseBearer('User a, Organization b'), null);
  assert.equal(parseBearer(undefined), null);
});
