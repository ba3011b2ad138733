import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Resource } from '../connectors/define-connector.ts';
import { nextReconcile, reconcileMinutes } from './reconcile-plan.ts';

const UNSET = { reconcileIntervalMinutes: null };
const of = (polling: { deletions: 'all' | 'none'; sweep?: () => never }) =>
  ({ polling }) as unknown as Resource;
const sweep = (): never => {
  throw new Error('not read here');
};

test('unless set, sweeps are daily without a feed of deletions, weekly beside one, never without a listing', () => {
  assert.equal(reconcileMinutes(UNSET, of({ deletions: 'none', sweep }), 0), 1440);
  assert.equal(reconcileMinutes(UNSET, of({ deletions: 'all', sweep }), 0), 7 * 1440);
  assert.equal(reconcileMinutes(UNSET, of({ deletions: 'none' }), 0), null);
});

test('a set interval counts, and 0 is never', () => {
  assert.equal(reconcileMinutes({ reconcileIntervalMinutes: 60 }, of({ deletions: 'none' }), 0), 60);
  assert.equal(reconcileMinutes({ reconcileIntervalMinutes: 0 }, of({ deletions: 'none', sweep }), 0), null);
});

test('a listing that costs much stretches the interval until it fits', () => {
  const daily = of({ deletions: 'none', sweep });
  assert.equal(reconcileMinutes(UNSET, daily, 0.1), 1440);
  assert.equal(reconcileMinutes(UNSET, daily, 0.5), 5 * 1440, 'a tenth of the allowance a day unless asked');
  assert.equal(
    reconcileMinutes({ reconcileIntervalMinutes: 60 }, daily, 0.5),
    2 * 1440,
    'a quarter when asked',
  );
});

test('the first sweep is due at once, unless every id is known', () => {
  const row = { instance_id: 7, reconciled_at: null, id_list_complete: false, reconcile_at: null };
  assert.equal(nextReconcile(row, 60, 1000), 1000);
  assert.ok(nextReconcile({ ...row, id_list_complete: true }, 60, 1000) > 1000);
  assert.equal(nextReconcile({ ...row, reconciled_at: 5000 }, 60, 9000), 5000 + 3_600_000);
});
