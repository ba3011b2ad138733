import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dropsNulls, onlyFields, withoutNulls } from './present.ts';

test('nulls are dropped unless the setting says false, as a boolean or a text', () => {
  for (const setting of [undefined, true, 'true', '', null]) {
    assert.equal(dropsNulls(setting === undefined ? {} : { 'filter.response.nulls': setting }), true);
  }
  for (const setting of [false, 'false', ' FALSE ']) {
    assert.equal(dropsNulls({ 'filter.response.nulls': setting }), false);
  }
});

test('null keys go at every depth, nulls in lists stay', () => {
  const record = { a: null, b: { c: null, d: 0 }, e: [null, { f: null }], g: '', h: false };
  assert.deepEqual(withoutNulls(record), { b: { d: 0 }, e: [null, {}], g: '', h: false });
});

test('fields are picked in their places', () => {
  const record = { id: 1, name: 'A', properties: { x: { value: 2 }, y: 3 }, 'dotted.key': 4 };
  assert.deepEqual(onlyFields(record, []), record);
  assert.deepEqual(onlyFields(record, ['id', 'properties.x.value', 'dotted.key', 'missing', 'name.first']), {
    id: 1,
    properties: { x: { value: 2 } },
    'dotted.key': 4,
  });
  assert.deepEqual(onlyFields(record, ['properties.y', 'properties']), { properties: record.properties });
  assert.deepEqual(onlyFields(record, ['properties', 'properties.y']), { properties: record.properties });
  assert.equal(record.properties.y, 3, 'the record itself is left alone');
});

test('no field reaches the prototype', () => {
  const record = JSON.parse('{"__proto__": {"polluted": true}}') as { [key: string]: never };
  const picked = onlyFields(record, ['__proto__.polluted', '__proto__']);
  assert.equal(({} as { polluted?: true }).polluted, undefined);
  assert.equal(Object.getPrototypeOf(picked), Object.prototype);
});
