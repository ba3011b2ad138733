import assert from 'node:assert/strict';
import { createClock } from '../../simulators/core/clock.ts';
import { createPipedriveSimulator } from '../../simulators/pipedrive/simulator.ts';
import type { Database } from '../../src/database/pool.ts';
import { startCallback, type Callback, type Received } from './callback.ts';
import type { VendorLoad } from './vendor-load.ts';

/** What stands around the nodes of a crash journey: the customer's callback and a vendor. */
export interface CrashWorld {
  callback: Callback;
  /** Makes an instance by way of the node at `url`; the path its webhooks go to, on any node. */
  createInstance(url: string, authorization: string): Promise<string>;
  /**
   * Holds what is promised against what happened: every webhook answered 200 was delivered, as one event however often
   * the vendor repeated it, and what came twice had the same id and the same bytes.
   */
  assertKept(load: VendorLoad, db: Database): Promise<void>;
  close(): Promise<void>;
}

const DELIVERED_MS = 40_000;

export async function startCrashWorld(): Promise<CrashWorld> {
  const callback = await startCallback();
  const vendor = await createPipedriveSimulator({ clock: createClock() });
  const configuration = {
    'authentication.type': 'emailPassword',
    'pipedrive.email': vendor.credentials.email,
    'pipedrive.password': vendor.credentials.password,
    'event.notification.enabled': true,
    'event.vendor.type': 'webhook',
    'event.notification.callback.url': callback.url,
    'base.url': `${vendor.url}/v1`,
  };
  return {
    callback,
    createInstance: async (url, authorization) => {
      const made = await fetch(`${url}/elements/api-v2/instances`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify({ element: { key: 'pipedrive' }, name: 'Acme', configuration }),
      });
      const text = await made.text();
      assert.equal(made.status, 200, text);
      const { id } = JSON.parse(text) as { id: number };
      return `/elements/api-v2/events/pipedrive/${Buffer.from(String(id)).toString('base64url')}`;
    },
    assertKept: async ({ acknowledged }, db) => {
      await endLeases(db);
      const missing = (): string[] => [...acknowledged.difference(dealsOf(callback.received))];
      await callback
        .until(() => missing().length === 0, DELIVERED_MS)
        .catch(() => assert.deepEqual(missing().slice(0, 10), [], 'acknowledged and never delivered'));
      assertSameTwice(callback.received);
    },
    close: async () => {
      await callback.close();
      await vendor.close();
    },
  };
}

/** What a dead process held would be sent when its lease of a minute ends; this ends it now. */
async function endLeases(db: Database): Promise<void> {
  await db.execute(`update outbox set due_at = '-infinity' where lease is not null`);
}

function dealsOf(received: readonly Received[]): Set<string> {
  return new Set(received.flatMap(({ message }) => message.events.map(({ objectId }) => objectId)));
}

function assertSameTwice(received: readonly Received[]): void {
  for (const tries of Map.groupBy(received, ({ message }) => message.events[0]?.objectId).values()) {
    const [first] = tries;
    for (const { headers, message, body } of tries) {
      assert.equal(headers['elements-webhook-id'], message.eventId);
      assert.equal(message.eventId, first!.message.eventId, 'a webhook sent again makes no second event');
      assert.ok(body.equals(first!.body), 'what comes twice has the same bytes');
    }
  }
}
