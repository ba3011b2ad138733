import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildNotification, type StoredEvent } from './notification.ts';

const stored: StoredEvent = {
  id: '0192f0c4-0000-7000-8000-000000000001',
  instance_id: 7,
  account_id: 2,
  user_id: 3,
  element_key: 'pipedrive',
  instance_name: 'Acme "quoted"',
  instance_tags: ['a', 'ü'],
  events: '[{"objectId":"1"}]',
  payload: Buffer.from('{"b": 1.0,  "a":2}'),
  payload_type: 'json',
};

test('the message carries the contract’s keys', () => {
  assert.deepEqual(JSON.parse(buildNotification(stored).toString()), {
    message: {
      eventId: stored.id,
      elementKey: 'pipedrive',
      instanceId: 7,
      instance_id: 7,
      instanceName: 'Acme "quoted"',
      instanceTags: ['a', 'ü'],
      accountId: 2,
      userId: 3,
      events: [{ objectId: '1' }],
      raw: { b: 1, a: 2 },
    },
  });
});

test('the payload’s own bytes are sent, spaces and number forms included', () => {
  assert.ok(buildNotification(stored).includes(stored.payload));
});

test('a form’s fields become the raw object, repeated names an array', () => {
  const form = {
    ...stored,
    payload: Buffer.from('a=1&b=x+y&a=2&__proto__=p'),
    payload_type: 'form' as const,
  };
  const { raw } = (JSON.parse(buildNotification(form).toString()) as { message: { raw: object } }).message;
  assert.deepEqual(Object.entries(raw), [
    ['a', ['1', '2']],
    ['b', 'x y'],
    ['__proto__', 'p'],
  ]);
});
