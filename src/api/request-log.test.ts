import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redactUrl } from './request-log.ts';

test('secrets in a URL are not logged, whatever the case of their names', () => {
  assert.equal(
    redactUrl('/elements/api-v2/events/x?token=abc&a=1&Code=d%20e&api_token=&hapikey=k'),
    '/elements/api-v2/events/x?token=[redacted]&a=1&Code=[redacted]&api_token=[redacted]&hapikey=[redacted]',
  );
  assert.equal(redactUrl('/instances?nextPage=token'), '/instances?nextPage=token');
});
