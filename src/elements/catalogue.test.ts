import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Connector } from '../connectors/define-connector.ts';
import { pipedrive } from '../connectors/pipedrive/connector.ts';
import { connectors } from '../connectors/registry.ts';
import type { JsonObject } from '../kernel/json.ts';
import { elementDefaults, elementEntries } from './catalogue.ts';

const variant = (changes: Partial<Connector>): Connector => ({ ...pipedrive, ...changes });
const nameOf = (connector: Connector, key: string): string | undefined =>
  elementEntries(connector).find((entry) => entry.key === key)?.name;

test('hubspotcrm has its own labels for two entries', () => {
  const hubspot = variant({ key: 'hubspotcrm' });
  assert.equal(nameOf(hubspot, 'event.vendor.type'), 'Vendor Event Type');
  assert.equal(nameOf(hubspot, 'event.notification.signature.key'), 'Event Notification Signature Key');
  assert.equal(nameOf(hubspot, 'event.notification.enabled'), 'Events Enabled');
});

test('a connector with metadata lists every vendor object and a pattern for any other', () => {
  const salesforce = variant({ key: 'sfdc', events: { ...pipedrive.events, metadata: true } });
  const defaults = elementDefaults(salesforce);
  assert.equal(defaults['event.poller.configuration'], undefined);
  assert.equal(defaults['event.vendor.setup'], 'auto');
  const { polling } = JSON.parse(defaults['event.metadata']!) as { polling: JsonObject };
  const objects = pipedrive.resources.flatMap((one) => (one.polling === undefined ? [] : [one.vendorObject]));
  assert.deepEqual(Object.keys(polling), [...objects, '{objectName}']);
  assert.match((polling['{objectName}'] as { url: string }).url, /^\/hubs\/crm\/\{objectName\}\?where=/);
});

test('a connector without polling offers neither a polling configuration nor the other event types', () => {
  const pushing = variant({
    key: 'pushing',
    events: { methods: ['webhook'], defaultMethod: 'webhook', defaultPolled: [] },
  });
  assert.equal(elementDefaults(pushing)['event.poller.configuration'], undefined);
  const type = elementEntries(pushing).find((entry) => entry.key === 'event.vendor.type');
  assert.deepEqual([type?.options, type?.defaultValue], [['webhook'], 'webhook']);
});

test('every element knows every entry once, and its own entries win', () => {
  for (const connector of connectors) {
    const keys = elementEntries(connector).map((entry) => entry.key);
    assert.equal(new Set(keys).size, keys.length, connector.key);
    for (const own of connector.configuration) assert.equal(nameOf(connector, own.key), own.name);
    for (const key of ['base.url', 'authentication.type', 'event.notification.enabled']) {
      assert.ok(keys.includes(key), `${connector.key} ${key}`);
    }
  }
});
