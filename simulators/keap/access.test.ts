import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createClock } from '../core/clock.ts';
import { createKeapSimulator } from './simulator.ts';
import type { KeapSimulator } from './simulator.ts';

const START = Date.parse('2026-11-20T09:15:00Z');
const CALLBACK = 'https://app.example/callback';

interface Tokens {
  access_token: string;
  refresh_token: string;
  expires_in: number;
  scope: string;
}

describe('the Keap simulator: sign-in', () => {
  let simulator: KeapSimulator;

  before(async () => {
    simulator = await createKeapSimulator({ clock: createClock(START), accessLifeS: 28_800 });
  });
  after(() => simulator.close());

  const token = async (
    form: Record<string, string>,
    basic = false,
  ): Promise<{ status: number; body: Tokens }> => {
    const { clientId, clientSecret } = simulator.credentials;
    const answer = await fetch(`${simulator.url}/token`, {
      method: 'POST',
      body: new URLSearchParams(form),
      ...(basic && { headers: { authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` } }),
    });
    return { status: answer.status, body: (await answer.json()) as Tokens };
  };
  const code = async (): Promise<string> => {
    const page = new URL(`${simulator.url}/app/oauth/authorize`);
    page.search = new URLSearchParams({
      response_type: 'code',
      client_id: simulator.credentials.clientId,
      redirect_uri: CALLBACK,
      scope: 'full',
      state: 'a b',
    }).toString();
    const callback = new URL(await simulator.consent(page.href));
    assert.equal(callback.searchParams.get('state'), 'a b');
    return callback.searchParams.get('code') ?? '';
  };
  const signIn = async (): Promise<Tokens> => {
    const { clientId: client_id, clientSecret: client_secret } = simulator.credentials;
    const form = { grant_type: 'authorization_code', client_id, client_secret, redirect_uri: CALLBACK };
    const { status, body } = await token({ ...form, code: await code() });
    assert.equal(status, 200);
    return body;
  };
  const refresh = (refresh_token: string): ReturnType<typeof token> =>
    token({ grant_type: 'refresh_token', refresh_token }, true);
  const ask = async (accessToken: string | undefined): Promise<{ status: number; body: unknown }> => {
    const answer = await fetch(`${simulator.url}/crm/rest/v2/oauth/connect/userinfo`, {
      headers: accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` },
    });
    return { status: answer.status, body: await answer.json() };
  };

  it('a code gives tokens once, with the lifetime and the tenant', async () => {
    const { clientId: client_id, clientSecret: client_secret } = simulator.credentials;
    const form = { grant_type: 'authorization_code', client_id, client_secret, redirect_uri: CALLBACK };
    const once = await code();
    const { body } = await token({ ...form, code: once });
    assert.deepEqual([body.expires_in, body.scope], [28_800, 'full|ab123.infusionsoft.com']);
    assert.equal((await token({ ...form, code: once })).status, 400);
    assert.equal((await token({ ...form, client_secret: 'wrong', code: await code() })).status, 401);
    assert.equal((await ask(body.access_token)).status, 200);
  });

  it('a refused consent comes back with an error', async () => {
    const page = `${simulator.url}/app/oauth/authorize?client_id=app-1&redirect_uri=${encodeURIComponent(CALLBACK)}`;
    assert.match(await simulator.consent(page, 'deny'), /error=access_denied/);
    const plain = page.replace('https%3A', 'http%3A');
    await assert.rejects(simulator.consent(plain), /answered 400/);
  });

  it('a refresh token is used once: its successor works, it does not', async () => {
    const first = await signIn();
    const second = await refresh(first.refresh_token);
    assert.equal(second.status, 200);
    assert.notEqual(second.body.refresh_token, first.refresh_token);
    const reused = await refresh(first.refresh_token);
    assert.deepEqual(reused, {
      status: 400,
      body: { error: 'invalid_grant', error_description: 'Invalid Refresh Token' } as unknown as Tokens,
    });
    assert.equal((await refresh(second.body.refresh_token)).status, 200);
  });

  it('refreshing needs Basic', async () => {
    const { refresh_token } = await signIn();
    const { clientId: client_id, clientSecret: client_secret } = simulator.credentials;
    const form = { grant_type: 'refresh_token', refresh_token, client_id, client_secret };
    assert.equal((await token(form)).status, 401);
    assert.equal((await refresh(refresh_token)).status, 200);
  });

  it('access tokens end with their time, refresh tokens after 45 days', async () => {
    const { access_token, refresh_token } = await signIn();
    simulator.clock.advance(28_799_000);
    assert.equal((await ask(access_token)).status, 200);
    simulator.clock.advance(1000);
    assert.deepEqual(await ask(access_token), {
      status: 401,
      body: {
        fault: {
          faultstring: 'Access Token expired',
          detail: { errorcode: 'keymanagement.service.access_token_expired' },
        },
      },
    });
    simulator.clock.advance(45 * 86_400_000);
    assert.equal((await refresh(refresh_token)).status, 400);
  });

  it('asks who is calling before it looks where to', async () => {
    assert.equal((await ask(undefined)).status, 401);
    assert.equal((await ask('garbage')).status, 401);
    const nowhere = await fetch(`${simulator.url}/crm/rest/v1/nowhere`);
    assert.equal(nowhere.status, 401);
    assert.match(await nowhere.text(), /oauth\.v2\.InvalidAccessToken/);
  });

  it('takes an access key in either header until it is revoked', async () => {
    const key = simulator.access.key();
    assert.match(key, /^KeapAK-/);
    assert.equal((await ask(key)).status, 200);
    const url = `${simulator.url}/crm/rest/v1/products`;
    assert.equal((await fetch(url, { headers: { 'x-keap-api-key': key } })).status, 200);
    simulator.access.revokeKey(key);
    assert.equal((await ask(key)).status, 401);
  });
});

describe('the Keap simulator: limits', () => {
  const start = async (limits: object): Promise<KeapSimulator> =>
    createKeapSimulator({ clock: createClock(START), limits });
  const call = (simulator: KeapSimulator): Promise<Response> =>
    fetch(`${simulator.url}/crm/rest/v1/products`, {
      headers: { authorization: `Bearer ${simulator.credentials.accessKey}` },
    });

  it('tells on each answer what is left, of the tenant for two windows in one header', async () => {
    const simulator = await start({});
    const { headers } = await call(simulator);
    const told = (name: string): string | null => headers.get(`x-keap-${name}`);
    assert.deepEqual(
      [told('product-quota-available'), told('product-throttle-available'), told('product-spike-limit')],
      ['29999', '239', '10ps'],
    );
    assert.equal(told('product-quota-expiry-time'), String(Date.parse('2026-11-21T00:00:00Z')));
    assert.deepEqual(
      [told('tenant-throttle-available'), told('tenant-id')],
      ['9999|249999', 'ab123.infusionsoft.com'],
    );
    await simulator.close();
  });

  it('refuses beyond each of them in its own words, and frees them in time', async () => {
    for (const [limits, freeAfterMs, words] of [
      [{ perSecond: 1 }, 1000, /SpikeArrestViolation/],
      [{ perMinute: 1 }, 60_000, /Quota Exceeded/],
      [{ perDay: 1 }, 86_400_000, /Quota Exceeded/],
      [{ tenantPerMinute: 1 }, 60_000, /QuotaViolation/],
    ] as const) {
      const simulator = await start(limits);
      assert.equal((await call(simulator)).status, 200);
      const refused = await call(simulator);
      assert.equal(refused.status, 429);
      assert.equal(refused.headers.get('retry-after'), null);
      assert.match(await refused.text(), words);
      simulator.clock.advance(freeAfterMs);
      assert.equal((await call(simulator)).status, 200);
      await simulator.close();
    }
  });

  it('the rest of a day can be set, and midnight UTC gives a new one', async () => {
    const simulator = await start({});
    simulator.limits.setDailyRemaining(1);
    assert.equal((await call(simulator)).headers.get('x-keap-product-quota-available'), '0');
    assert.equal((await call(simulator)).status, 429);
    simulator.clock.set(Date.parse('2026-11-21T00:00:00Z'));
    assert.equal((await call(simulator)).status, 200);
    await simulator.close();
  });
});
