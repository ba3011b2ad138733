import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAllowedOrigin } from './origins.ts';

const allowed = {
  origins: [
    'https://api.pipedrive.com/v1',
    'http://127.0.0.1:4000',
    'https://proxy.acme.example:8443',
    'not a URL',
  ],
  hostSuffixes: ['pipedrive.com', ''],
};

test("credentials go to configured origins and to the connector's own domain", () => {
  for (const url of [
    'https://api.pipedrive.com/api/v2/persons?cursor=x',
    'https://API.Pipedrive.com:443/',
    'https://acme.pipedrive.com/v1',
    'https://a.b.pipedrive.com',
    'https://pipedrive.com/',
    'http://127.0.0.1:4000/oauth/token',
    'http://2130706433:4000/',
    'https://proxy.acme.example:8443/x',
  ]) {
    assert.ok(isAllowedOrigin(url, allowed), url);
    assert.ok(isAllowedOrigin(new URL(url), allowed), url);
  }
});

test('credentials go nowhere else', () => {
  for (const url of [
    'https://pipedrive.com.evil.example/',
    'https://evilpipedrive.com/',
    'https://evil.example/?x=pipedrive.com',
    'https://evil.example/pipedrive.com',
    'https://api.pipedrive.com@evil.example/',
    'https://evil.example#.pipedrive.com',
    'https://evil.example\\.pipedrive.com/',
    'https://user:secret@api.pipedrive.com/',
    'http://api.pipedrive.com/',
    'http://acme.pipedrive.com/',
    'https://acme.pipedrive.com:8443/',
    'https://acme.pipedrive.com./',
    'http://127.0.0.1:4001/',
    'https://127.0.0.1:4000/',
    'https://proxy.acme.example/',
    'ftp://api.pipedrive.com/',
    'file:///etc/passwd',
    'blob:https://api.pipedrive.com/1',
    'javascript:alert(1)',
    '/v1/persons',
    'not a URL',
    '',
  ]) {
    assert.ok(!isAllowedOrigin(url, allowed), url);
  }
});
