import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { connectors } from '../connectors/registry.ts';
import { WHOLE_BODY } from '../connectors/webhooks.ts';
import type { Json } from '../kernel/json.ts';
import { elementsOf } from './inbound.ts';

const EVENT_TYPES = new Set(['CREATED', 'UPDATED', 'DELETED', 'UNKNOWN']);
/** Words of the vendors' payloads, and some that mean something to JavaScript. */
const WORDS =
  `meta version v event data id entity entity_id action object timestamp company_id retry current 2.0 change
  subscriptionType eventType objectTypeId portalId objectId occurredAt attemptNumber contact.creation object.merge 0-1
  event_key object_keys order.edit order.add objects attributes type Id constructor toString valueOf hasOwnProperty`.split(
    /\s+/,
  );
const word = fc.constantFrom(...WORDS);
const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'medium' },
    word,
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(word, tie('json'), { maxKeys: 6 }),
  ),
}));

for (const connector of connectors) {
  const { webhooks } = connector;
  if (webhooks === undefined) continue;
  test(`${connector.key} makes changes of any JSON, each of an element that is there, and never throws`, () => {
    fc.assert(
      fc.property(json, (given) => {
        const body = JSON.parse(JSON.stringify(given)) as Json;
        const changes = webhooks.parse(body);
        const elements = elementsOf({ webhooks, body });
        assert.ok(changes.length === elements.length || changes.length === 1);
        for (const [index, change] of changes.entries()) {
          const isWhole = changes.length === 1 && change.element === WHOLE_BODY;
          assert.ok(isWhole || (change.element === index && changes.length === elements.length));
          assert.ok(EVENT_TYPES.has(change.eventType), change.eventType);
          assert.equal(typeof change.objectId, 'string');
          assert.equal(typeof change.vendorObject, 'string');
          assert.ok(Array.isArray(change.resources));
          assert.ok(change.occurredAt === null || typeof change.occurredAt === 'number');
          assert.ok(change.tenantId === null || typeof change.tenantId === 'string');
          assert.ok(change.repeat === null || typeof change.repeat.key === 'string');
        }
      }),
      { numRuns: 2000 },
    );
  });
}
