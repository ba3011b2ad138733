import assert from 'node:assert/strict';
import { after, afterEach, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { GiveUp, Reauthorize, RetryAt } from '../connectors/failures.ts';
import type { VendorRequest } from '../connectors/vendor-http.ts';
import { Fault } from '../kernel/errors.ts';
import { takeRefreshLease, findCredentials } from './credential-queries.ts';
import { createCredentialKeeper } from './credentials.ts';
import type { Instance } from './instance.ts';
import { requireInstance } from './require-instance.ts';
import { credentialsPlace } from './sealed-places.ts';
import { openHouse } from './testing/house.ts';
import { startRotatingVendor } from './testing/rotating-vendor.ts';

/** Calls on behalf of an instance, and the refreshing of its tokens, against a vendor on loopback. */

const rotating = await startRotatingVendor();
const house = await openHouse([rotating.connector]);
after(async () => {
  await house.close();
  await rotating.close();
});

const THINGS: VendorRequest = { method: 'GET', path: '/things' };
const refreshes = (): number =>
  rotating.tokenForms.filter((form) => form.get('grant_type') === 'refresh_token').length;

let instance: Instance;
beforeEach(async () => {
  const created = await house.call('POST', '/instances', {
    element: { key: 'rotating' },
    providerData: { code: 'good-code' },
    configuration: rotating.configuration(),
    name: 'One',
  });
  assert.equal(created.status, 200, created.body.message);
  instance = (await house.instances.load(created.body['id'] as number))!;
  rotating.tokenForms.length = 0;
  rotating.calls.length = 0;
});
afterEach(() => {
  rotating.instead.clear();
  rotating.rotates = true;
  rotating.tokenDelayMs = 0;
});

test('a call is signed and its JSON read', async () => {
  const { status, body, date } = await house.vendor.call(instance, THINGS);
  assert.deepEqual([status, body], [200, { things: [1, 2, 3] }]);
  assert.ok(date !== undefined && Math.abs(date - Date.now()) < 5_000);
  assert.match(rotating.calls[0]!, /^Bearer access-\d+ \/api\/things$/);
});

/** Seals the stored credentials anew, as a change of the encryption key does. */
async function reseal(): Promise<void> {
  const { credentials } = (await findCredentials(house.db, instance.id))!;
  const place = credentialsPlace(instance.id);
  const sealed = house.vault.seal(house.vault.open(credentials!, place), place);
  await house.db.execute('update instances set credentials = $2 where id = $1', [instance.id, sealed]);
}

test('credentials sealed anew while they are refreshed do not lose what the vendor gave', async () => {
  rotating.expire();
  rotating.tokenDelayMs = 200;
  const call = house.vendor.call(instance, THINGS);
  while (refreshes() === 0) await sleep(5);
  await reseal();
  assert.equal((await call).status, 200);
  rotating.expire();
  assert.equal((await house.vendor.call(instance, THINGS)).status, 200);
  assert.equal(refreshes(), 2);
});

test('credentials sealed anew are not taken for fresh ones', async () => {
  const keeper = createCredentialKeeper(house);
  const held = await keeper.read(instance);
  await reseal();
  const [method] = rotating.connector.authentication;
  const credentials = { ...held.credentials, accessToken: 'fresh' };
  const renewed = await keeper.renew(instance, method, held, async () => ({ ok: true, credentials }));
  assert.equal(renewed.credentials.accessToken, 'fresh');
});

test('an expired token is refreshed once and the call repeated', async () => {
  rotating.expire();
  const statuses: number[] = [];
  const options = { onResponse: ({ status }: { status: number }) => statuses.push(status) };
  const { body } = await house.vendor.call(instance, THINGS, options);
  assert.deepEqual(body, { things: [1, 2, 3] });
  assert.deepEqual(statuses, [401, 200]);
  assert.equal(refreshes(), 1);
});

test('ten calls in each of two processes refresh the token with exactly one request', async () => {
  rotating.expire();
  rotating.tokenDelayMs = 300;
  const other = house.otherProcess();
  const calls = Array.from({ length: 10 }, () => [house.vendor, other]).flat();
  const answers = await Promise.all(calls.map((vendor) => vendor.call(instance, THINGS)));
  assert.ok(answers.every(({ status }) => status === 200));
  assert.equal(refreshes(), 1);
});

test('a token is refreshed ahead of its end', async () => {
  house.clock.advance(3_600_000 - 30_000);
  await house.vendor.call(instance, THINGS);
  assert.equal(refreshes(), 1);
  assert.equal(rotating.calls.length, 1);
});

test('a token that still has a minute is used when refreshing ahead fails', async () => {
  house.clock.advance(3_600_000 - 30_000);
  rotating.instead.set('/oauth/token', { status: 503, body: '<html>busy</html>' });
  const { status } = await house.vendor.call(instance, THINGS);
  assert.equal(status, 200);
});

test('a refused refresh needs a person, is noted, and a new code mends it', async () => {
  rotating.disconnect();
  await assert.rejects(house.vendor.call(instance, THINGS), Reauthorize);
  const shown = await house.call('GET', `/instances/${instance.id}`);
  const attention = shown.body['attention'] as { kind: string; reason: string };
  assert.equal(attention.kind, 'reauthorize');
  assert.match(attention.reason, /invalid_grant/);

  const mended = await house.call('PATCH', `/instances/${instance.id}`, {
    providerData: { code: 'good-code' },
  });
  assert.equal(mended.status, 200, mended.body.message);
  assert.equal(mended.body['attention'], undefined);
  assert.equal((await house.vendor.call(instance, THINGS)).status, 200);
});

test('a token endpoint that is down is no reason to ask a person', async () => {
  rotating.expire();
  rotating.instead.set('/oauth/token', { status: 502, body: '<html>bad gateway</html>' });
  await assert.rejects(house.vendor.call(instance, THINGS), RetryAt);
  assert.equal((await house.instances.load(instance.id))!.attention, null);
  rotating.instead.clear();
  // The lease was given back: nobody waits for it to end.
  assert.equal((await house.vendor.call(instance, THINGS)).status, 200);
});

test('fresh credentials that are refused as well do not loop', async () => {
  rotating.expire();
  rotating.instead.set('/api/things', { status: 401, body: '{}' });
  await assert.rejects(house.vendor.call(instance, THINGS), (error) => {
    assert.ok(error instanceof GiveUp);
    assert.equal(error.status, 401);
    return true;
  });
  assert.equal(refreshes(), 1);
  assert.equal((await house.instances.load(instance.id))!.attention, null);
});

test('a process that died while refreshing holds the others up for its lease only', async () => {
  rotating.expire();
  const stored = (await findCredentials(house.db, instance.id))!;
  const now = house.clock.now();
  const isTaken = await takeRefreshLease(house.db, {
    id: instance.id,
    lease: '01234567-89ab-7def-8123-456789abcdef',
    until: now + 30_000,
    now,
    credentials: stored.credentials!,
  });
  assert.ok(isTaken);
  const waiting = house.vendor.call(instance, THINGS);
  await new Promise((resolve) => setTimeout(resolve, 400));
  assert.equal(refreshes(), 0);
  house.clock.advance(30_000);
  assert.equal((await waiting).status, 200);
  assert.equal(refreshes(), 1);
});

/** The one window nothing closes: the vendor has used the old token up, and only the dead process knew the new one. */
test('a death between the answer and its storing costs a rotating connection, and no other', async () => {
  for (const rotates of [false, true]) {
    rotating.rotates = rotates;
    const dead = house.db;
    rotating.expire();
    const stored = (await findCredentials(dead, instance.id))!.credentials!;
    const held = JSON.parse(house.vault.openText(stored, `instances:${instance.id}:credentials`)) as {
      refreshToken: string;
    };
    // What the dead process did: it asked, was answered, and stored nothing.
    await fetch(`${rotating.url}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: held.refreshToken }),
    });
    rotating.expire();
    const call = house.vendor.call(instance, THINGS);
    if (rotates) await assert.rejects(call, Reauthorize);
    else assert.equal((await call).status, 200);
  }
});

test('a refusal in one process does not spoil the newer credentials of another', async () => {
  rotating.expire();
  rotating.tokenDelayMs = 300;
  rotating.instead.set('/oauth/token', { status: 400, body: '{"error":"invalid_grant"}' });
  const refused = house.vendor.call(instance, THINGS);
  await new Promise((resolve) => setTimeout(resolve, 150));
  // Meanwhile a person signs in again.
  rotating.instead.delete('/oauth/token');
  rotating.tokenDelayMs = 0;
  const again = await house.call('PATCH', `/instances/${instance.id}`, {
    providerData: { code: 'good-code' },
  });
  assert.equal(again.status, 200, again.body.message);
  rotating.instead.set('/oauth/token', { status: 400, body: '{"error":"invalid_grant"}' });
  assert.equal((await refused).status, 200);
  assert.equal((await house.instances.load(instance.id))!.attention, null);
});

test('an instance deleted while its token is refreshed is not found', async () => {
  rotating.expire();
  rotating.tokenDelayMs = 300;
  const refused = assert.rejects(
    house.vendor.call(instance, THINGS),
    (error) => error instanceof Fault && error.code === 'not_found',
  );
  await new Promise((resolve) => setTimeout(resolve, 150));
  assert.equal((await house.call('DELETE', `/instances/${instance.id}`)).status, 200);
  await refused;
});

test('an account closed at the vendor needs a person at once', async () => {
  rotating.instead.set('/api/things', { status: 418, body: '{}' });
  await assert.rejects(house.vendor.call(instance, THINGS), Reauthorize);
  assert.equal((await house.instances.load(instance.id))!.attention?.kind, 'reauthorize');
});

test('each failure of the vendor comes as what it means', async () => {
  rotating.instead.set('/api/things', { status: 429, body: '{}', headers: { 'retry-after': '7' } });
  await assert.rejects(house.vendor.call(instance, THINGS), (error) => {
    assert.ok(error instanceof RetryAt);
    assert.equal(error.at, house.clock.now() + 7_000);
    assert.equal(error.status, 429);
    return true;
  });
  rotating.instead.set('/api/things', { status: 404, body: '<html>gone</html>' });
  await assert.rejects(house.vendor.call(instance, THINGS), GiveUp);
  const accepted = await house.vendor.call(instance, { ...THINGS, accept: [404] });
  assert.deepEqual([accepted.status, accepted.body, accepted.text], [404, null, '<html>gone</html>']);
  rotating.instead.set('/api/things', {
    status: 302,
    body: '',
    headers: { location: 'https://evil.example' },
  });
  await assert.rejects(house.vendor.call(instance, THINGS), GiveUp);
});

test('an absolute URL of another host never sees the credentials', async () => {
  for (const path of [
    'https://evil.example/things',
    'http://127.0.0.1:9/things',
    'http://api.rotating.example/',
  ]) {
    await assert.rejects(house.vendor.call(instance, { method: 'GET', path }), (error) => {
      assert.ok(error instanceof GiveUp, String(error));
      assert.match(error.message, /credentials are not sent to/);
      return true;
    });
  }
  assert.equal(
    (await house.vendor.call(instance, { method: 'GET', path: `${rotating.url}/api/things` })).status,
    200,
  );
});

test('resource calls are refused without a token, with one of nothing, and for a disabled instance', async () => {
  const { token } = (await house.instances.record(instance.id))!;
  const caller = { organizationId: 2, accountId: instance.accountId, userId: 2, role: 'member' } as const;
  const found = await requireInstance(house.instances, { elementToken: token, caller });
  assert.equal(found.id, instance.id);
  const refusals: [string | null, typeof caller, string][] = [
    [null, caller, 'unauthorized'],
    ['nothing', caller, 'unauthorized'],
    [token, { ...caller, accountId: 99 }, 'unauthorized'],
  ];
  for (const [elementToken, who, code] of refusals) {
    await assert.rejects(requireInstance(house.instances, { elementToken, caller: who }), { code });
  }
  await house.call('DELETE', `/instances/${instance.id}/enabled`);
  await assert.rejects(requireInstance(house.instances, { elementToken: token, caller }), {
    code: 'forbidden',
  });
});

test('a call can be given up by its signal', async () => {
  await assert.rejects(house.vendor.call(instance, THINGS, { signal: AbortSignal.abort() }), /given up/);
});
