import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Connector, Resource } from '../connectors/define-connector.ts';
import { readEventSettings } from '../instances/event-configuration.ts';
import type { Instance } from '../instances/instance.ts';
import type { JsonObject } from '../kernel/json.ts';
import { createRecordReader } from './polled-resource.ts';
import { createPollingCheck, readPollerConfiguration } from './poller-configuration.ts';

/** Only what the configuration looks at. */
function resource(name: string, vendorObject: string, aliases: string[] = []): Resource {
  return {
    name,
    vendorObject,
    aliases,
    idField: 'id',
    idAliases: ['vid'],
    shapeVersion: 1,
    polling: {
      default: {
        url: `/hubs/crm/${name}?where=updated>'\${date}'`,
        idField: 'id',
        datesConfiguration: { updatedDateField: 'updated', createdDateField: 'created' },
      },
    },
  } as unknown as Resource;
}

const CONNECTOR = {
  id: 7,
  key: 'crm',
  resources: [
    resource('accounts', 'Company', ['organization']),
    resource('contacts', 'Contact'),
    resource('opportunities', 'Deal'),
  ],
  events: {
    methods: ['polling', 'webhook'],
    defaultMethod: 'polling',
    defaultPolled: ['accounts', 'contacts'],
  },
} as unknown as Connector;

function read(configuration: JsonObject) {
  return readPollerConfiguration(CONNECTOR, readEventSettings({ configuration }));
}

function problems(configuration: JsonObject): string[] {
  const on = { 'event.notification.enabled': true, ...configuration };
  const draft = { elementKey: CONNECTOR.key, configuration: on } as unknown as Instance;
  return createPollingCheck([CONNECTOR])(draft).problems;
}

function names(configuration: JsonObject): string[] {
  return read(configuration).polled.map((polled) => `${polled.name}=${polled.resource.name}`);
}

test('without any polling keys the default of the connector is polled', () => {
  assert.deepEqual(names({}), ['accounts=accounts', 'contacts=contacts']);
});

test('poller urls come before objects, objects before the keys of the configuration', () => {
  const entry = { url: '/hubs/crm/opportunities', idField: 'id' };
  const configuration: JsonObject = { 'event.poller.configuration': { deals: entry } };
  assert.deepEqual(names(configuration), ['deals=opportunities']);
  configuration['event.objects'] = 'Contact';
  assert.deepEqual(names(configuration), ['Contact=contacts']);
  configuration['event.poller.urls'] = 'accounts|deals';
  assert.deepEqual(names(configuration), ['accounts=accounts', 'deals=opportunities']);
});

test('a JSON string is a configuration like an object', () => {
  const text = JSON.stringify({ accounts: { url: '/hubs/crm/contacts', idField: 'vid' } });
  const [polled] = read({ 'event.poller.configuration': text }).polled;
  assert.deepEqual([polled?.name, polled?.resource.name, polled?.idField], ['accounts', 'contacts', 'vid']);
});

test('every spelling of the date keys is read, in any case, inside datesConfiguration or beside it', () => {
  const spellings: JsonObject[] = [
    {
      updatedDateField: 'u',
      updatedDateFormat: 'seconds',
      updatedDateTimezone: 'PST',
      createdDateField: 'c',
    },
    { updatedAtField: 'u', updatedAtFormat: 'seconds', updatedAtTimezone: 'PST', createdAtField: 'c' },
    { updateDateField: 'u', updateDateFormat: 'seconds', updateDateTimezone: 'PST', createDateField: 'c' },
    { UPDATEDFIELD: 'u', UpdatedFormat: 'seconds', updatedtimezone: 'PST', CREATEDATFIELD: 'c' },
  ];
  for (const dates of spellings) {
    for (const entry of [{ datesConfiguration: dates }, { DatesConfiguration: dates }, dates]) {
      const { polled, problems } = read({
        'event.poller.configuration': { contacts: { URL: '/hubs/crm/contacts', IdField: 'id', ...entry } },
      });
      assert.deepEqual(problems, []);
      assert.deepEqual(polled[0]?.updated, { path: 'u', pattern: 'seconds', timezone: 'PST' });
      assert.deepEqual(polled[0]?.created, { path: 'c', pattern: 'seconds', timezone: 'PST' });
      assert.deepEqual(polled[0]?.warnings, []);
    }
  }
});

test('empty strings and placeholders are absent, and the defaults stand', () => {
  const [polled] = read({
    'event.poller.configuration': {
      contacts: {
        url: '/contacts',
        idField: ' ',
        createdCheckTolerance: '',
        filterByUpdatedDate: '<TRUE>',
        pageSize: null,
        datesConfiguration: { updatedAtField: '', createdAtFormat: '' },
      },
    },
  }).polled;
  assert.equal(polled?.idField, 'id');
  assert.equal(polled?.updated, null);
  assert.equal(polled?.createdCheckToleranceMs, 10_000);
  assert.deepEqual([polled?.filterByUpdatedDate, polled?.filterByCurrentDate], [true, false]);
  assert.deepEqual([polled?.pageSize, polled?.pollDelayMs], [null, 0]);
});

test('numbers and booleans are read from text, seconds become milliseconds', () => {
  const [polled] = read({
    'event.poller.configuration': {
      contacts: {
        url: '/hubs/crm/contacts',
        idField: 'id',
        filterByUpdatedDate: 'false',
        filterByCurrentDate: 'TRUE',
        pageSize: '50',
        pollDelay: '30',
        datesConfiguration: { createdCheckTolerance: '5' },
      },
    },
  }).polled;
  assert.deepEqual([polled?.filterByUpdatedDate, polled?.filterByCurrentDate], [false, true]);
  assert.deepEqual(
    [polled?.pageSize, polled?.pollDelayMs, polled?.createdCheckToleranceMs],
    [50, 30_000, 5000],
  );
});

test('an unknown key is a warning', () => {
  const entry = { url: '/hubs/crm/contacts', idField: 'id', colour: 'red' };
  assert.deepEqual(read({ 'event.poller.configuration': { contacts: entry } }).polled[0]?.warnings, [
    'the key colour is not known and has no effect',
  ]);
});

test('a lone quote beside the date of a URL is repaired with a warning', () => {
  const url = "/hubs/crm/contacts?where=LastModifiedDate>${gmtDate:yyyy-MM-dd'T'HH:mm:ss.SSS'Z'}'";
  const [polled] = read({ 'event.poller.configuration': { contacts: { url, idField: 'Id' } } }).polled;
  assert.deepEqual(polled?.boundFields, ['LastModifiedDate']);
  assert.equal(polled?.filter, null);
  assert.deepEqual(polled?.warnings, ['a stray quote beside the date of the URL was repaired']);
});

test('the rest of the where stays the filter', () => {
  const url =
    "/hubs/crm/contacts?where=updated>='${date}' AND name='A&B' AND city LIKE '%x'&fields=id, name&pageSize=20";
  const [polled] = read({ 'event.poller.configuration': { contacts: { url, idField: 'id' } } }).polled;
  assert.deepEqual(polled?.filter, {
    type: 'and',
    terms: [
      { type: 'compare', field: 'name', operator: '=', value: { type: 'text', value: 'A&B' } },
      { type: 'compare', field: 'city', operator: 'LIKE', value: { type: 'text', value: '%x' } },
    ],
  });
  assert.deepEqual([polled?.fields, polled?.pageSize], [['id', 'name'], 20]);
});

test('an encoded URL with a host reads like a plain one', () => {
  const url = 'https://api.example.com/elements/api-v2/hubs/crm/contacts?where=updated%3E%27%24%7Bdate%7D%27';
  const [polled] = read({ 'event.poller.configuration': { contacts: { url, idField: 'id' } } }).polled;
  assert.deepEqual([polled?.resource.name, polled?.boundFields], ['contacts', ['updated']]);
});

test('the nine columns of a poller url line are read', () => {
  const line =
    "people|/hubs/crm/contacts?where=u>'${date}'|false|u|seconds|PST|c|yyyy-MM-dd|UTC\r\n\n accounts | deals \n";
  const { polled, problems } = read({ 'event.poller.urls': line });
  assert.deepEqual(problems, []);
  assert.deepEqual(
    polled.map((one) => one.name),
    ['people', 'accounts', 'deals'],
  );
  assert.deepEqual(polled[0]?.updated, { path: 'u', pattern: 'seconds', timezone: 'PST' });
  assert.deepEqual(polled[0]?.created, { path: 'c', pattern: 'yyyy-MM-dd', timezone: 'UTC' });
  assert.equal(polled[0]?.filterByUpdatedDate, false);
  assert.equal(polled[0]?.idField, 'id');
});

test('an object of the metadata pattern gets its name filled in', () => {
  const pattern = { url: "/hubs/crm/{objectName}?where=LastModifiedDate>'${date}'", idField: 'Id' };
  const metadata = JSON.stringify({
    polling: { Account: { ...pattern, url: '/hubs/crm/accounts' }, '{objectName}': pattern },
  });
  const { polled } = read({ 'event.metadata': metadata, 'event.objects': 'Contact,Account' });
  assert.deepEqual(
    polled.map((one) => [one.name, one.resource.name, one.boundFields]),
    [
      ['Contact', 'contacts', ['LastModifiedDate']],
      ['Account', 'accounts', []],
    ],
  );
});

test('every mistake is named with its key and the remedy', () => {
  const good = { url: '/hubs/crm/contacts', idField: 'id' };
  assert.deepEqual(
    problems({
      'event.poller.configuration': {
        none: { idField: 'id' },
        list: [],
        other: { ...good, url: '/hubs/crm/cars' },
        wrong: { ...good, pageSize: 0, filterByUpdatedDate: 'maybe' },
        broken: { ...good, url: "/hubs/crm/contacts?where=a='${date:QQ}'" },
      },
    }),
    [
      'event.poller.configuration: none has no url; use /hubs/<hub>/<resource>?where=…',
      'event.poller.configuration: list must be an object with url and idField',
      'event.poller.configuration: other polls "cars", which is not one of accounts, contacts, opportunities',
      'event.poller.configuration: wrong has pageSize, which must be a whole number, at least 1',
      'event.poller.configuration: wrong has filterByUpdatedDate, which must be true or false',
      'event.poller.configuration: broken has the where "a=\'${date:QQ}\'": "${date:QQ}": unknown letter "Q" at position 0, unknown letter "Q" at position 1',
    ],
  );
  assert.deepEqual(problems({ 'event.objects': 'Boat' }), [
    'event.objects: Boat is not known; it can be one of accounts, contacts, opportunities, or be defined in event.poller.configuration',
  ]);
  assert.deepEqual(problems({ 'event.objects': 'Boat', 'event.vendor.type': 'webhooks' }), []);
  assert.deepEqual(problems({ 'event.objects': 'Boat', 'event.notification.enabled': false }), []);
});

test('a date that does not fit its pattern is read all the same, with one warning', () => {
  const [polled] = read({
    'event.poller.configuration': {
      contacts: {
        url: '/hubs/crm/contacts',
        idField: 'Id',
        datesConfiguration: {
          createdAtField: 'CreatedDate',
          createdAtFormat: "yyyy-MM-dd-'T'HH:mm:ss.SSSSZ",
        },
      },
    },
  }).polled;
  const warnings: string[] = [];
  const reader = createRecordReader(polled!, (text) => warnings.push(text));
  const record = { Id: '003', CreatedDate: '2026-11-21T09:15:00.000+0000' };
  assert.equal(reader.createdDate(record), Date.UTC(2026, 10, 21, 9, 15));
  assert.equal(reader.createdDate(record), Date.UTC(2026, 10, 21, 9, 15));
  assert.equal(reader.objectId(record), '003');
  assert.equal(warnings.length, 1);
});
