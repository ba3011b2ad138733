import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../kernel/json.ts';
import { answer } from '../testing/answers.ts';
import { UnreadableAnswer } from '../failures.ts';
import { discoverProperties, propertiesIn, readProperties } from './properties.ts';
import { property, refusal } from './samples.ts';
import { toObjectBody } from './write-body.ts';

const listed = readProperties(
  answer({
    results: [
      property('firstname'),
      property('amount', { type: 'number' }),
      property('closedate', { type: 'date' }),
      property('hs_score', { modificationMetadata: { readOnlyValue: true } }),
      property('hs_v2_time_in_current_stage', { type: 'number', calculated: true }),
      property('time_in_business', { type: 'number' }),
    ],
  }),
);
const known = propertiesIn('contacts', listed);
const bodyOf = (body: JsonObject, purpose: 'create' | 'update' = 'create'): JsonObject =>
  toObjectBody('contacts', body, known, purpose);

test('properties are read with what is known of them, and those that run with the clock are left out', () => {
  assert.deepEqual(listed, {
    names: ['amount', 'closedate', 'firstname', 'hs_score', 'time_in_business'],
    readOnly: ['hs_score'],
    numbers: ['amount', 'time_in_business'],
    dates: ['closedate'],
  });
  assert.deepEqual(propertiesIn('companies', null).names, [
    'createdate',
    'domain',
    'hs_lastmodifieddate',
    'hs_object_id',
    'name',
  ]);
  const discover = discoverProperties('contacts');
  assert.equal(discover.read(answer(refusal('no scope', 'MISSING_SCOPES'), 403)), null);
  assert.throws(() => discover.read(answer({}, 403)), UnreadableAnswer);
  for (const body of [{}, { results: {} }, { results: [{}] }, { results: [null] }]) {
    assert.throws(() => readProperties(answer(body)), UnreadableAnswer);
  }
});

test('bodies of every generation become properties of texts', () => {
  const expected = { properties: { firstname: 'Ada', amount: '5' } };
  for (const body of [
    { properties: { firstname: 'Ada', amount: 5 } },
    { properties: { firstname: { value: 'Ada' }, amount: { value: '5', versions: [] } } },
    { properties: [{ property: 'firstname', value: 'Ada' }, { name: 'amount', value: 5 }, 'x', {}] },
    { firstname: 'Ada', amount: 5 },
  ] satisfies JsonObject[]) {
    assert.deepEqual(bodyOf(body), expected, JSON.stringify(body));
  }
  assert.deepEqual(bodyOf({ firstname: null, flags: ['a', 'b'], isGood: true, odd: { x: 1 } }), {
    properties: { firstname: '', flags: 'a;b', isGood: 'true', odd: '{"x":1}' },
  });
});

test('a record that was read can be sent back: what HubSpot fills is left out', () => {
  const record = {
    id: '1',
    createdAt: '2026-11-20T09:00:00.000Z',
    updatedAt: '2026-11-20T09:00:00.000Z',
    archived: false,
    properties: { firstname: 'Ada', hs_score: '3', hs_object_id: '1', lastmodifieddate: 'x' },
  };
  assert.deepEqual(bodyOf(record, 'update'), { properties: { firstname: 'Ada' } });
});

test('links go with a creation only, those of the first generation by their numbers', () => {
  const links = [
    { to: { id: '5' }, types: [{ associationCategory: 'HUBSPOT_DEFINED', associationTypeId: 1 }] },
  ];
  assert.deepEqual(bodyOf({ properties: {}, associations: links })['associations'], links);
  assert.equal(bodyOf({ properties: {}, associations: links }, 'update')['associations'], undefined);
  const legacy = { associatedVids: [7], associatedCompanyIds: [8] };
  const made = toObjectBody('deals', { properties: [], associations: legacy }, known, 'create');
  assert.deepEqual(
    (made['associations'] as { to: { id: string }; types: { associationTypeId: number }[] }[]).map((one) => [
      one.to.id,
      one.types[0]?.associationTypeId,
    ]),
    [
      ['7', 3],
      ['8', 341],
    ],
  );
  assert.equal(toObjectBody('deals', { associations: {} }, known, 'create')['associations'], undefined);
});
