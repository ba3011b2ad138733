import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { unknownChange, type InboundChange } from '../connectors/webhooks.ts';
import { coalesce } from './coalesce.ts';

type Kind = InboundChange['eventType'];

function change(eventType: Kind, objectId: string, occurredAt: number | null, element = 0): InboundChange {
  return { ...unknownChange(element), vendorObject: 'contact', objectId, eventType, occurredAt };
}

const told = (changes: InboundChange[]): string[] =>
  coalesce(changes).map(
    ({ change, elements }) => `${change.eventType} ${change.objectId} of ${elements.length}`,
  );

test('a creation and the property changes of its instant are one creation, in whatever order they stand', () => {
  const burst = [change('UPDATED', '7', 5, 0), change('CREATED', '7', 5, 1), change('UPDATED', '7', 5, 2)];
  assert.deepEqual(told(burst), ['CREATED 7 of 3']);
  assert.deepEqual(told(burst.toReversed()), ['CREATED 7 of 3']);
});

test('several property changes are one update, with the time of the last', () => {
  const [one] = coalesce([change('UPDATED', '7', 9), change('UPDATED', '7', 5)]);
  assert.deepEqual([one?.change.eventType, one?.change.occurredAt], ['UPDATED', 9]);
});

test('what happened after the creation is told after it, a deletion last', () => {
  assert.deepEqual(told([change('DELETED', '7', 9), change('UPDATED', '7', 6), change('CREATED', '7', 5)]), [
    'CREATED 7 of 1',
    'UPDATED 7 of 1',
    'DELETED 7 of 1',
  ]);
});

test('other objects, and what nobody understands, are events of their own', () => {
  const unknown = unknownChange();
  assert.deepEqual(told([change('UPDATED', '7', 5), change('UPDATED', '8', 5), unknown, unknown]), [
    'UNKNOWN  of 1',
    'UNKNOWN  of 1',
    'UPDATED 7 of 1',
    'UPDATED 8 of 1',
  ]);
});

test('no element of a body is lost or told twice, and the order of the body changes nothing', () => {
  const element = fc.record({
    type: fc.constantFrom<Kind>('CREATED', 'UPDATED', 'DELETED', 'UNKNOWN'),
    id: fc.constantFrom('1', '2', '3'),
    at: fc.option(fc.integer({ min: 0, max: 3 })),
  });
  fc.assert(
    fc.property(fc.array(element, { maxLength: 30 }), (given) => {
      const changes = given.map(({ type, id, at }, index) => change(type, id, at, index));
      const elements = coalesce(changes).flatMap(({ elements }) => elements);
      assert.deepEqual(
        elements.toSorted((a, b) => a - b),
        changes.map(({ element }) => element),
      );
      assert.deepEqual(told(changes.toReversed()), told(changes));
    }),
  );
});
