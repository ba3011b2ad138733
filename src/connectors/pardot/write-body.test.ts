import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConnectorContext } from '../define-connector.ts';
import { UnreadableAnswer } from '../failures.ts';
import { answer } from '../testing/answers.ts';
import { legacyOne, opportunity, prospect, prospectV5 } from './samples.ts';
import { resourceOf } from './testing/account.ts';
import { legacyForm, v5Body } from './write-body.ts';

const context = (type: string, discovered: { version: string } | null = null): ConnectorContext => ({
  configuration: { 'authentication.type': type },
  facts: {},
  discovered,
  now: 0,
});

test('a form of v4 clears by an empty value and leaves out what only Pardot writes', () => {
  assert.deepEqual(legacyForm('prospect', { ...prospect, is_starred: true, Region: 'North' }), {
    format: 'json',
    campaign_id: '893',
    salutation: '',
    first_name: 'Else',
    last_name: 'Someone',
    email: 'else@customers.example',
    company: '',
    phone: '(321) 456-0987',
    score: '0',
    grade: 'A+',
    is_do_not_email: 'false',
    is_starred: 'true',
    opted_out: 'true',
    Region: 'North',
  });
  const { prospects: _, campaign: __, id: ___, created_at, updated_at, ...rest } = opportunity;
  assert.ok(created_at !== undefined && updated_at !== undefined);
  assert.deepEqual(Object.keys(legacyForm('opportunity', opportunity)), ['format', ...Object.keys(rest)]);
});

test('a body of v5 goes by its names, whichever the client used', () => {
  const body = {
    first_name: 'Ada',
    lastName: 'Berg',
    salesforce_fid: '003',
    Region__c: 'North',
    address_one: null,
  };
  assert.deepEqual(v5Body('prospect', { ...body, id: 7, updated_at: 'x', isDeleted: false, crm_url: 'u' }), {
    firstName: 'Ada',
    lastName: 'Berg',
    salesforceId: '003',
    Region__c: 'North',
    addressOne: null,
  });
});

test('v4 wants the address in the path, encoded, and says so when it is missing', () => {
  const { create } = resourceOf('contacts');
  const request = create!.request(
    { email: 'a+b/c@x.example', first_name: 'A' },
    context('apiKey', { version: '3' }),
  );
  assert.equal(request.path, '/api/prospect/version/3/do/create/email/a%2Bb%2Fc%40x.example');
  assert.deepEqual(request.form, { format: 'json', first_name: 'A' });
  assert.throws(() => create!.request({ first_name: 'A' }, context('apiKey')), /needs email/);
  const lead = resourceOf('leads').create!.request(
    { name: 'D', prospectId: 7, prospect_id: 8 },
    context('oauth2'),
  );
  assert.equal(lead.path, '/api/opportunity/version/4/do/create/prospect_id/8');
});

test('what a write answers is the record, its place, or nothing', () => {
  const { create, update } = resourceOf('contacts');
  const silent = { status: 204, headers: {}, body: null, text: '' };
  assert.deepEqual(update!.read(silent), { sameId: true });
  const location = { location: 'https://pi.pardot.com/api/v5/objects/prospects/331' };
  assert.deepEqual(create!.read({ ...silent, status: 201, headers: location }), { id: '331' });
  assert.throws(() => create!.read({ ...silent, status: 201 }), UnreadableAnswer);
  assert.deepEqual(create!.read(answer(legacyOne('prospect', prospect))), { record: prospect });
  const made = create!.read(answer(prospectV5, 201));
  assert.equal('record' in made && (made.record as { first_name: string }).first_name, 'Else');
});

test('what cannot be done is not offered', () => {
  assert.equal(resourceOf('campaigns').remove, undefined);
  const events = resourceOf('events');
  assert.deepEqual([events.create, events.update, events.remove], [undefined, undefined, undefined]);
});
