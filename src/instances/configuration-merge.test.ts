import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { JsonObject } from '../kernel/json.ts';
import { MASK } from '../vault/mask.ts';
import { givenEntries, maskSecret, mergeConfiguration } from './configuration-merge.ts';

const HEADERS = 'event.notification.callback.headers';
const isSecret = (key: string): boolean => key === 'secret' || key === HEADERS;
const merge = (mode: 'replace' | 'patch', stored: JsonObject, sent: JsonObject) =>
  mergeConfiguration({ mode, stored, sent, isSecret });

test('a patch keeps what it does not name and a replacement drops it', () => {
  const stored = { a: 1, b: 'two', secret: 's' };
  assert.deepEqual(merge('patch', stored, { b: 'new' }), { a: 1, b: 'new', secret: 's' });
  assert.deepEqual(merge('replace', stored, { b: 'new' }), { b: 'new' });
});

test('empty values and placeholders take an entry away', () => {
  for (const absent of ['', ' ', null, '<YOUR_VALUE>']) {
    assert.deepEqual(merge('patch', { a: 1, b: 2 }, { a: absent }), { b: 2 });
    assert.deepEqual(merge('replace', { a: 1 }, { a: absent, c: 'x' }), { c: 'x' });
  }
});

test('false and zero are values', () => {
  assert.deepEqual(merge('replace', {}, { a: false, b: 0 }), { a: false, b: 0 });
});

test('the mask keeps a stored secret, and is nothing where none is stored', () => {
  assert.deepEqual(merge('replace', { secret: 's' }, { secret: MASK }), { secret: 's' });
  assert.deepEqual(merge('patch', { secret: 's' }, { secret: MASK }), { secret: 's' });
  assert.deepEqual(merge('replace', {}, { secret: MASK }), {});
});

test('the mask in an entry that is no secret is taken as it is', () => {
  assert.deepEqual(merge('replace', { a: 'x' }, { a: MASK }), { a: MASK });
});

test('header values are masked one by one, as an object and as text, and come back whole', () => {
  const stored = { [HEADERS]: { 'X-Key': 'k', 'X-Other': 'o' } };
  const masked = maskSecret(HEADERS, stored[HEADERS]);
  assert.deepEqual(masked, { 'X-Key': MASK, 'X-Other': MASK });
  assert.deepEqual(merge('replace', stored, { [HEADERS]: masked }), stored);
  assert.deepEqual(merge('replace', stored, { [HEADERS]: { 'X-Key': MASK, 'X-New': 'n', 'X-Gone': MASK } }), {
    [HEADERS]: { 'X-Key': 'k', 'X-New': 'n' },
  });
  const asText = { [HEADERS]: '{"X-Key":"k"}' };
  assert.equal(maskSecret(HEADERS, asText[HEADERS]), `{"X-Key":"${MASK}"}`);
  assert.deepEqual(merge('patch', asText, { [HEADERS]: `{"X-Key":"${MASK}"}` }), asText);
});

test('whatever is stored, showing it and sending that back changes nothing', () => {
  const secret = fc.oneof(
    fc.string({ minLength: 1 }),
    fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true }),
    fc.integer(),
  );
  const configuration = fc.record(
    {
      open: fc.jsonValue(),
      secret,
      [HEADERS]: fc.oneof(
        secret,
        secret.map((value) => JSON.stringify(value)),
      ),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(configuration, fc.constantFrom('replace', 'patch'), (sent, mode) => {
      const stored = merge('replace', {}, sent as JsonObject);
      const shown = Object.entries(stored).map(([key, value]) => [
        key,
        isSecret(key) ? maskSecret(key, value) : value,
      ]);
      assert.deepEqual(merge(mode, stored, Object.fromEntries(shown) as JsonObject), stored);
    }),
  );
});

test('a key that is a property of every object is an entry like another', () => {
  const sent = JSON.parse('{"__proto__":"x","constructor":"y"}') as JsonObject;
  const merged = merge('replace', {}, sent);
  assert.deepEqual(Object.keys(merged), ['__proto__', 'constructor']);
  assert.equal(Object.getPrototypeOf(merged), Object.prototype);
});

test('what is given is neither masked nor absent', () => {
  assert.deepEqual(givenEntries({ a: MASK, b: '', c: '<X>', d: 'd', e: false }), { d: 'd', e: false });
});
