import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEMO_VENDORS } from '../../src/cli/demo/vendors.ts';
import { connectors } from '../../src/connectors/registry.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { expectedSignature, startCallback } from '../support/callback.ts';
import { startTestServer } from '../support/server.ts';

const SIGNATURE_KEY = '12345';
const server = await startTestServer({ clock: systemClock, env: { TIDINGS_ROLES: 'api,delivery' } });
after(() => server.close());

test('there is a simulated vendor with an example for every connector', () => {
  assert.deepEqual(Object.keys(DEMO_VENDORS).sort(), connectors.map(({ key }) => key).sort());
});

for (const [elementKey, startVendor] of Object.entries(DEMO_VENDORS)) {
  test(`the ${elementKey} example, its blanks filled, tells of each kind of change once, signed`, async () => {
    const callback = await startCallback();
    const vendor = await startVendor({ url: callback.url, signatureKey: SIGNATURE_KEY });
    try {
      const created = await server.call<{ id: number }>('POST', '/instances', { body: vendor.instance });
      assert.equal(created.status, 200, JSON.stringify(created.body));
      // A change in the very second of the baseline belongs to it.
      await sleep(1100);
      const expected: string[] = [];
      for (const change of vendor.changes) {
        const { eventType, objectType, objectId } = change();
        expected.push(`${eventType} ${objectType} ${objectId}`);
        const polled = await server.call<{ polled: { error?: string }[] }>(
          'POST',
          `/instances/${created.body.id}/poll`,
        );
        assert.deepEqual(
          polled.body.polled.flatMap(({ error }) => error ?? []),
          [],
        );
        await callback.until(() => callback.lines().length >= expected.length);
      }
      assert.deepEqual(callback.lines(), expected);
      for (const { headers, body } of callback.received) {
        assert.equal(headers['elements-webhook-signature'], expectedSignature(SIGNATURE_KEY, body));
      }
    } finally {
      await vendor.close();
      await callback.close();
    }
  });
}
