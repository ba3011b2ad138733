import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deal, organization, person } from './samples.ts';
import { toV2Body } from './write-body.ts';

const HASH = '5cc799445f8401d92d2f40030900228916b0921d';

test("old clients' contacts become persons of v2", () => {
  const body = {
    first_name: 'Ada',
    last_name: 'Almeida',
    email2: { value: 'second@x.example', label: 'home' },
    email1: { value: 'first@x.example', label: 'work' },
    phone1: '+372 5',
    email3: { value: '' },
    org_id: { name: 'Northwind', value: 7 },
    visible_to: '3',
    [HASH]: 'Retail',
  };
  assert.deepEqual(toV2Body('persons', body, 'create'), {
    name: 'Ada Almeida',
    org_id: 7,
    visible_to: 3,
    custom_fields: { [HASH]: 'Retail' },
    emails: [
      { value: 'first@x.example', label: 'work', primary: true },
      { value: 'second@x.example', label: 'home', primary: false },
    ],
    phones: [{ value: '+372 5', primary: true }],
  });
});

test("v1's lists of addresses keep the primary one", () => {
  const body = {
    name: 'A',
    email: [
      { value: 'a@x.example', primary: false },
      { value: 'b@x.example', primary: true },
    ],
  };
  assert.deepEqual(toV2Body('persons', body, 'update')['emails'], [
    { value: 'a@x.example', primary: false },
    { value: 'b@x.example', primary: true },
  ]);
  assert.deepEqual(toV2Body('persons', { email: [] }, 'update'), { emails: [] });
});

test('half a name is enough to create, and left to the vendor in an update', () => {
  assert.deepEqual(toV2Body('persons', { last_name: 'B' }, 'create'), { name: 'B' });
  assert.deepEqual(toV2Body('persons', { last_name: 'B' }, 'update'), { last_name: 'B' });
  assert.deepEqual(toV2Body('persons', { name: 'A B', last_name: 'B' }, 'update'), { name: 'A B' });
});

test('a record that was read can be sent back, without moving its stamps', () => {
  for (const [kind, record] of [
    ['persons', person],
    ['organizations', organization],
    ['deals', deal],
  ] as const) {
    const body = toV2Body(kind, record, 'update');
    for (const field of ['id', 'add_time', 'update_time', 'picture_id', 'creator_user_id', 'origin']) {
      assert.equal(field in body, false, `${kind} ${field}`);
    }
    assert.equal(body[kind === 'deals' ? 'title' : 'name'], record[kind === 'deals' ? 'title' : 'name']);
  }
  assert.equal('custom_fields' in toV2Body('deals', deal, 'update'), false, 'null custom fields are refused');
});

test("deals take v1's owner, numbers as text and v1's times", () => {
  const body = { title: 'D', value: '100.5', user_id: 5, won_time: '2026-05-15 10:16:44', label: 3 };
  assert.deepEqual(toV2Body('deals', body, 'create'), {
    title: 'D',
    value: 100.5,
    owner_id: 5,
    won_time: '2026-05-15T10:16:44Z',
    label_ids: [3],
  });
});

test('an import may say when a contact was added, and an address may be a text', () => {
  const add_time = '2020-01-01 00:00:00';
  assert.equal(toV2Body('persons', { name: 'A', add_time }, 'create')['add_time'], '2020-01-01T00:00:00Z');
  assert.deepEqual(toV2Body('organizations', { name: 'A', address: 'Porto' }, 'create')['address'], {
    value: 'Porto',
  });
});

test('what nobody knows is left for Pipedrive to refuse', () => {
  assert.deepEqual(toV2Body('organizations', { name: 'A', shoe_size: 9 }, 'create'), {
    name: 'A',
    shoe_size: 9,
  });
});
