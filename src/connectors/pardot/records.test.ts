import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findZone } from '../../date-pattern/zone.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { UnreadableAnswer } from '../failures.ts';
import { answer } from '../testing/answers.ts';
import { fieldName, ourName, v5Name } from './names.ts';
import { readRecord, readRecords, rowOf } from './records.ts';
import {
  activity,
  campaign,
  legacyOne,
  legacyRows,
  opportunity,
  prospect,
  prospectAsText,
  prospectV5,
  v5Page,
} from './samples.ts';

test('several rows, one, none, and a total without rows are lists alike', () => {
  const idsOf = (body: JsonObject): unknown[] =>
    readRecords('prospect', answer(body)).records.map(({ id }) => id);
  const other = { ...prospect, id: 332 };
  assert.deepEqual(idsOf(legacyRows('prospect', [prospect, other])), [331, 332]);
  assert.deepEqual(idsOf(legacyRows('prospect', [prospect])), [331]);
  assert.deepEqual(idsOf(legacyRows('prospect', [])), []);
  const ok = { '@attributes': { stat: 'ok', version: 1 } };
  for (const result of [
    null,
    '',
    [],
    { total_results: 0 },
    { total_results: '0', prospect: '' },
    {},
  ] as const) {
    assert.deepEqual(idsOf({ ...ok, result: result as JsonObject }), [], JSON.stringify(result));
  }
  assert.deepEqual(idsOf(v5Page([])), []);
  assert.deepEqual(idsOf(v5Page([prospectV5])), [331]);
});

test('an answer that is no list is reported, never taken for an empty one', () => {
  const ok = { '@attributes': { stat: 'ok', version: 1 } };
  const broken: JsonObject[] = [
    ok,
    { ...ok, result: 'none' },
    { ...ok, result: { total_results: 3 } },
    { ...ok, result: { prospect: ['x'] } },
    { ...ok, result: { prospect: { email: 'no id' } } },
    { ...ok, result: { prospect: { id: '-1' } } },
    { values: [{}] },
    { values: [null] },
    { values: [], nextPageToken: 'token', nextPageUrl: null },
    { values: [], nextPageUrl: 7 },
    { result: null },
  ];
  for (const body of broken) {
    assert.throws(() => readRecords('prospect', answer(body)), UnreadableAnswer, JSON.stringify(body));
  }
  assert.throws(() => readRecord('prospect', answer(ok)), UnreadableAnswer);
});

test('ids and booleans written as text make the same record, nested objects are no part of it', () => {
  const plain = readRecord('prospect', answer(legacyOne('prospect', prospect)));
  assert.deepEqual(readRecord('prospect', answer(legacyOne('prospect', prospectAsText))), plain);
  assert.deepEqual(plain, prospect);
  const linked = readRecord('opportunity', answer(legacyOne('opportunity', opportunity)));
  assert.deepEqual(linked['campaign'], opportunity['campaign'], 'what links an opportunity stays');
});

test('a record of v5 goes by the names of v3 and v4, its stamps in GMT', () => {
  const record = readRecord('prospect', answer(prospectV5));
  assert.deepEqual(record, {
    id: 331,
    email: 'else@customers.example',
    first_name: 'Else',
    campaign_id: 893,
    crm_lead_fid: null,
    is_do_not_email: false,
    is_deleted: false,
    last_activity_at: null,
    Region__c: 'North',
    created_at: '2026-11-10 09:00:00',
    updated_at: '2026-11-20 09:15:00',
  });
});

test('names translate both ways, and unknown ones stay', () => {
  for (const [ours, v5] of [
    ['first_name', 'firstName'],
    ['address_one', 'addressOne'],
    ['crm_owner_fid', 'salesforceOwnerId'],
    ['salesforce_fid', 'salesforceId'],
    ['Region__c', 'Region__c'],
  ] as const) {
    assert.equal(ourName('prospect', v5), ours);
    assert.equal(v5Name('prospect', ours), v5);
    assert.equal(fieldName('prospect', v5), ours);
  }
  assert.equal(ourName('opportunity', 'salesforceId'), 'salesforce_id');
  assert.equal(fieldName('prospect', 'someThing'), 'someThing');
  assert.equal(v5Name('prospect', 'someThing'), 'someThing');
});

test('stamps are read in the zone of the API user; activities may have one, campaigns none', () => {
  const newYork = findZone('America/New_York')!;
  assert.deepEqual(rowOf(prospect, newYork), {
    id: '331',
    changedAt: Date.UTC(2017, 7, 9, 22, 32, 40),
    createdAt: Date.UTC(2016, 0, 17, 9, 49, 51),
    record: prospect,
  });
  const at = Date.UTC(2015, 8, 25, 11, 15, 16);
  assert.deepEqual([rowOf(activity).changedAt, rowOf(activity).createdAt], [at, at]);
  assert.deepEqual(rowOf(campaign), { id: '2', record: campaign });
  assert.equal(rowOf({ ...prospect, is_deleted: true }).deleted, true);
  assert.equal(rowOf({ ...prospect, updated_at: 'soon' }).changedAt, Date.UTC(2016, 0, 17, 4, 49, 51));
});
