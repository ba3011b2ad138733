import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { JsonObject } from '../../src/kernel/json.ts';
import { startCallback, type Callback } from '../support/callback.ts';
import { createRunningClock, type RunningClock } from '../support/running-clock.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { HOOKING_VENDORS, type HookingVendor } from './webhooks-vendors.ts';

const MINUTE_MS = 60_000;
const LARGEST_BODY_BYTES = 8 * 1024 * 1024;

let server: TestServer<RunningClock>;
let callback: Callback;
let hooked: { vendor: HookingVendor; id: number; url: string }[];

/** How many rows there are of everything that a webhook may leave behind. */
async function rows(): Promise<Record<string, number>> {
  const tables = ['events', 'outbox', 'webhook_keys', 'hints', 'attempts'];
  const counts = tables.map((table) => `(select count(*)::int from ${table}) as ${table}`).join(', ');
  return (await server.db.query<Record<string, number>>(`select ${counts}`, []))[0]!;
}

interface Sent {
  url: string;
  body: string | Buffer;
  headers: Record<string, string>;
}

async function post({ url, body, headers }: Sent): Promise<number> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  await answer.arrayBuffer();
  return answer.status;
}

before(async () => {
  callback = await startCallback();
  server = await startTestServer({ clock: createRunningClock(), env: { TIDINGS_ROLES: 'api,delivery' } });
  hooked = await Promise.all(
    HOOKING_VENDORS.map(async (start, index) => {
      const vendor = await start({ url: callback.url, signatureKey: '' });
      // Every second one with hints, which must not be stored either.
      const type = index % 2 === 0 ? 'webhook' : 'both';
      const configuration = {
        ...(vendor.instance['configuration'] as JsonObject),
        'event.vendor.type': type,
      };
      const body = { ...vendor.instance, configuration };
      const created = await server.call<{ id: number; webhookUrl: string }>('POST', '/instances', { body });
      assert.equal(created.status, 200, JSON.stringify(created.body));
      const { id, webhookUrl } = created.body;
      vendor.connect?.({ webhookUrl });
      return { vendor, id, url: webhookUrl };
    }),
  );
});
after(async () => {
  await server.close();
  await callback.close();
  await Promise.all(hooked.map(({ vendor }) => vendor.close()));
});

test('forged, stale, unproven, malformed, empty and oversized webhooks of every vendor leave no row behind', async () => {
  const before = await rows();
  for (const { vendor, url } of hooked) {
    const body = JSON.stringify(vendor.unknown);
    const sentAt = Date.now();
    const status = async (over: Partial<Parameters<HookingVendor['prove']>[0]>): Promise<number> =>
      post(await vendor.prove({ url, body, sentAt, ...over }));
    assert.equal(await status({ secret: 'guessed' }), 401, `${vendor.name}: forged`);
    assert.equal(await post({ url, body, headers: {} }), 401, `${vendor.name}: unproven`);
    if (vendor.isTimed) {
      const old = { sentAt: sentAt - 5 * MINUTE_MS - 1000 };
      assert.equal(await status(old), 401, `${vendor.name}: stale`);
      assert.equal(await status({ sentAt: sentAt + 6 * MINUTE_MS }), 401, `${vendor.name}: of the future`);
    }
    const proven = await vendor.prove({ url, body, sentAt });
    assert.equal(await post({ ...proven, body: '{"a": ' }), 400, `${vendor.name}: malformed`);
    assert.equal(await post({ ...proven, body: '' }), 400, `${vendor.name}: empty`);
    const huge = Buffer.alloc(LARGEST_BODY_BYTES + 1, 0x20);
    assert.equal(await post({ ...proven, body: huge }), 413, `${vendor.name}: oversized`);
  }
  assert.deepEqual(await rows(), before);
});

test('a webhook of a kind that is yet to come is kept as UNKNOWN with its raw body, for every vendor', async () => {
  for (const { vendor, id, url } of hooked) {
    const { body, ...proven } = await vendor.prove({
      url,
      body: JSON.stringify(vendor.unknown),
      sentAt: Date.now(),
    });
    assert.equal(await post({ ...proven, body }), 200, vendor.name);
    const [event] = (
      await server.call<{ providerData: string; events: { eventType: string }[] }[]>(
        'GET',
        `/instances/${id}/events`,
      )
    ).body;
    assert.equal(event?.providerData, body, vendor.name);
    assert.deepEqual(
      event.events.map(({ eventType }) => eventType),
      ['UNKNOWN'],
      vendor.name,
    );
  }
});
