import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createClock } from '../core/clock.ts';
import { createPardotSimulator } from './simulator.ts';
import type { PardotOptions, PardotSimulator } from './simulator.ts';

const START = Date.parse('2026-11-20T09:15:00Z');
const CALLBACK = 'http://127.0.0.1:1/callback';
type Row = { id: number; [name: string]: unknown };
type Page = { nextPageToken: string | null; nextPageUrl: string | null; values: Row[]; code?: number };
type Token = { access_token: string; refresh_token: string; error?: string; expires_in?: number };

describe('Pardot v5 and the Salesforce login', () => {
  let simulator: PardotSimulator;
  let token = '';
  const start = async (options: PardotOptions = {}): Promise<void> => {
    await simulator?.close();
    simulator = await createPardotSimulator({ clock: createClock(START), seeded: false, ...options });
    token = simulator.access.grant(['pardot_api']);
  };
  const headers = (): Record<string, string> => ({
    authorization: `Bearer ${token}`,
    'pardot-business-unit-id': simulator.credentials.businessUnitId,
    'content-type': 'application/json',
  });
  const call = (
    path: string,
    query: Record<string, string> = {},
    init: RequestInit = {},
  ): Promise<Response> => {
    const url = new URL(path.startsWith('http') ? path : `${simulator.url}/api/v5/objects/${path}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return fetch(url, { headers: headers(), ...init });
  };
  const page = async (path: string, query: Record<string, string> = {}): Promise<Page> =>
    (await (await call(path, { fields: 'id', ...query })).json()) as Page;
  const idsOf = ({ values }: Page): number[] => values.map(({ id }) => id);
  const codeOf = async (path: string, query: Record<string, string> = {}): Promise<unknown[]> => {
    const answer = await call(path, query);
    return [answer.status, ((await answer.json()) as { code?: number }).code];
  };
  beforeEach(() => start());
  afterEach(() => simulator.close());

  it('fields are required, known, and may walk to a related object', async () => {
    const campaign = simulator.store.campaigns.create({ name: 'Fair' });
    simulator.store.prospects.create({ email: 'a@x.example', campaign_id: campaign.id, Region: 'North' });
    const fields = 'id,email,isDeleted,createdAt,Region__c,campaign.name';
    assert.deepEqual((await page('prospects', { fields })).values, [
      {
        id: 331,
        email: 'a@x.example',
        isDeleted: false,
        createdAt: '2026-11-20T09:15:00+00:00',
        Region__c: 'North',
        campaign: { name: 'Fair' },
      },
    ]);
    assert.deepEqual(await codeOf('prospects'), [400, 153]);
    assert.deepEqual(await codeOf('prospects', { fields: 'id,shoeSize' }), [400, 130]);
  });

  it('the windows of change include or leave out their edges, times carry offsets', async () => {
    await start({ account: { timezone: 'America/New_York' } });
    simulator.store.prospects.create({ email: 'a@x.example' });
    const found = async (name: string, text: string): Promise<number> =>
      (await page('prospects', { [name]: text })).values.length;
    assert.equal(await found('updatedAtAfterOrEqualTo', '2026-11-20T09:15:00+00:00'), 1);
    assert.equal(await found('updatedAtAfter', '2026-11-20T09:15:00Z'), 0);
    assert.equal(await found('updatedAtBefore', '2026-11-20T04:15:01-05:00'), 1);
    assert.deepEqual(
      await codeOf('prospects', { fields: 'id', updatedAtAfter: '2026-11-20 09:15:00' }),
      [400, 7],
    );
    assert.equal(
      (await page('prospects', { fields: 'id,updatedAt' })).values[0]?.['updatedAt'],
      '2026-11-20T04:15:00-05:00',
    );
  });

  it('pages follow a token that lives four hours and takes nothing but fields', async () => {
    simulator.seedMany(5);
    const first = await page('prospects', { limit: '2', orderBy: 'updatedAt ASC' });
    const second = (await (await call(first.nextPageUrl!)).json()) as Page;
    assert.deepEqual(
      [idsOf(first), idsOf(second)],
      [
        [331, 332],
        [333, 334],
      ],
    );
    const again = (await (await call(first.nextPageUrl!)).json()) as Page;
    assert.deepEqual(idsOf(again), idsOf(second));
    const query = { fields: 'id', nextPageToken: first.nextPageToken! };
    assert.deepEqual(await codeOf('prospects', { ...query, limit: '2' }), [400, 5]);
    assert.deepEqual(await codeOf('prospects', { ...query, nextPageToken: 'junk' }), [400, 211]);
    simulator.clock.advance(4 * 3_600_000);
    token = simulator.access.grant(['pardot_api']);
    assert.deepEqual(await codeOf('prospects', query), [400, 210]);
  });

  it('tokens that shift leave out what moved, others do not', async () => {
    for (const pageTokensShift of [false, true]) {
      await start({ pageTokensShift });
      simulator.seedMany(4);
      const first = await page('prospects', { limit: '2', orderBy: 'updatedAt ASC' });
      simulator.clock.advance(1000);
      simulator.store.prospects.update(331, { score: 1 });
      const second = (await (await call(first.nextPageUrl!)).json()) as Page;
      assert.deepEqual(idsOf(second), pageTokensShift ? [334, 331] : [333, 334]);
    }
  });

  it('a sequence ends with a warning when it is too long', async () => {
    await start({ mostPagedRecords: 4 });
    simulator.seedMany(5);
    const first = await page('prospects', { limit: '2' });
    const last = await call(first.nextPageUrl!);
    assert.match(last.headers.get('pardot-warning') ?? '', /^203;/);
    assert.equal(((await last.json()) as Page).nextPageToken, null);
  });

  it('the recycle bin is shown when asked for', async () => {
    const [kept, loser] = ['a', 'b'].map(
      (name) => simulator.store.prospects.create({ email: `${name}@x.example` }).id,
    );
    simulator.clock.advance(1000);
    simulator.store.prospects.merge(kept!, loser!);
    const bin = async (deleted: string): Promise<number[]> => idsOf(await page('prospects', { deleted }));
    assert.deepEqual(
      [await bin('all'), await bin('true'), await bin('false')],
      [[kept, loser], [loser], [kept]],
    );
    const read = await call(`prospects/${loser}`, { fields: 'id' });
    assert.deepEqual([read.status, read.headers.get('pardot-warning')], [404, '201;Record In Recycle Bin']);
    assert.deepEqual(await codeOf('visitor-activities', { fields: 'id', deleted: 'all' }), [400, 5]);
    assert.equal((await call(`prospects/${loser}/do/undelete`, {}, { method: 'POST' })).status, 204);
    assert.deepEqual(await bin('false'), [kept, loser]);
  });

  it('prospects are written by JSON, opportunities not at all', async () => {
    const send = (method: string, path: string, body?: object): Promise<Response> =>
      call(path, method === 'DELETE' ? {} : { fields: 'id,firstName' }, {
        method,
        ...(body && { body: JSON.stringify(body) }),
      });
    const made = await send('POST', 'prospects', { email: 'a@x.example', firstName: 'Ada' });
    assert.deepEqual([made.status, await made.json()], [201, { id: 331, firstName: 'Ada' }]);
    assert.match(made.headers.get('location') ?? '', /\/prospects\/331$/);
    const changed = await send('PATCH', 'prospects/331', { firstName: null });
    assert.deepEqual([changed.status, await changed.json()], [200, { id: 331, firstName: null }]);
    const silent = await call('prospects/331', {}, { method: 'PATCH', body: '{"firstName":"B"}' });
    assert.equal(silent.status, 204);
    const refused = await send('PATCH', 'prospects/331', { id: 7 });
    assert.equal(((await refused.json()) as { code: number }).code, 180);
    assert.equal((await send('DELETE', 'prospects/331')).status, 204);
    assert.equal((await send('POST', 'opportunities', { name: 'x' })).status, 405);
    const body = { matchEmail: 'a@x.example', prospect: { firstName: 'New' }, fields: ['id'] };
    const upserted = await call(
      'prospects/do/upsertLatestByEmail',
      {},
      { method: 'POST', body: JSON.stringify(body) },
    );
    assert.deepEqual([upserted.status, await upserted.json()], [201, { id: 332 }]);
  });

  it('filters by more than three fields are refused', async () => {
    const time = '2026-11-20T00:00:00Z';
    const three = { fields: 'id', idGreaterThan: '1', createdAtAfter: time, updatedAtAfter: time };
    assert.equal((await codeOf('prospects', three))[0], 200);
    assert.deepEqual(await codeOf('prospects', { ...three, email: 'a@x.example' }), [400, 209]);
  });

  it('tokens, business unit and limits are refused by their codes', async () => {
    assert.equal(
      (await call('prospects', { fields: 'id' }, { headers: { authorization: `Bearer ${token}` } })).status,
      400,
    );
    const other = { ...headers(), 'pardot-business-unit-id': '0Uv000000000000AAA' };
    const wrong = await call('prospects', { fields: 'id' }, { headers: other });
    assert.equal(((await wrong.json()) as { code: number }).code, 201);
    simulator.limits.setRemaining(0);
    assert.deepEqual(await codeOf('prospects', { fields: 'id' }), [429, 122]);
    simulator.clock.advance(2 * 3_600_000);
    assert.deepEqual(await codeOf('prospects', { fields: 'id' }), [401, 184]);
  });

  it('reads follow a cache that may be a minute old', async () => {
    simulator.store.setLag({ kind: 'index', ms: 60_000 });
    const { id } = simulator.store.prospects.create({ email: 'a@x.example' });
    assert.equal((await call(`prospects/${id}`, { fields: 'id' })).status, 404);
    simulator.clock.advance(60_000);
    assert.equal((await call(`prospects/${id}`, { fields: 'id' })).status, 200);
  });

  const verifier = 'v'.repeat(50);
  const authorizeUrl = (): string => {
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: simulator.credentials.clientId,
      redirect_uri: CALLBACK,
      state: 's 1',
      code_challenge: challenge,
    });
    return `${simulator.url}/services/oauth2/authorize?${query.toString()}`;
  };
  const post = async (form: Record<string, string>): Promise<Token & { status: number }> => {
    const { clientId, clientSecret } = simulator.credentials;
    const body = new URLSearchParams({ client_id: clientId, client_secret: clientSecret, ...form });
    const answer = await fetch(`${simulator.url}/services/oauth2/token`, { method: 'POST', body });
    return { ...((await answer.json()) as Token), status: answer.status };
  };
  const codeFor = async (): Promise<string> =>
    new URL(await simulator.consent(authorizeUrl())).searchParams.get('code') ?? '';

  it('a code buys tokens once, with its verifier and address', async () => {
    const grant = { grant_type: 'authorization_code', redirect_uri: CALLBACK };
    const code = await codeFor();
    assert.equal((await post({ ...grant, code })).error, 'invalid_grant');
    const tokens = await post({ ...grant, code: await codeFor(), code_verifier: verifier });
    assert.deepEqual([tokens.status, tokens.expires_in], [200, undefined]);
    token = tokens.access_token;
    assert.equal((await call('prospects', { fields: 'id' })).status, 200);
    assert.equal(
      (await post({ ...grant, code: await codeFor(), code_verifier: 'other' })).error,
      'invalid_request',
    );
    const denied = new URL(await simulator.consent(authorizeUrl(), 'deny'));
    assert.deepEqual(
      [denied.searchParams.get('error'), denied.searchParams.get('state')],
      ['access_denied', 's 1'],
    );
  });

  it('refreshing keeps the refresh token, or rotates it where the app says so; revoking ends both', async () => {
    const sign = async (): Promise<Token> =>
      post({
        grant_type: 'authorization_code',
        redirect_uri: CALLBACK,
        code: await codeFor(),
        code_verifier: verifier,
      });
    const renew = (refresh: string): Promise<Token & { status: number }> =>
      post({ grant_type: 'refresh_token', refresh_token: refresh });
    const tokens = await sign();
    const renewed = await renew(tokens.refresh_token);
    assert.deepEqual([renewed.status, renewed.refresh_token], [200, undefined]);
    const revoke = { method: 'POST', body: new URLSearchParams({ token: tokens.refresh_token }) };
    assert.equal((await fetch(`${simulator.url}/services/oauth2/revoke`, revoke)).status, 200);
    token = renewed.access_token;
    assert.deepEqual(await codeOf('prospects', { fields: 'id' }), [401, 184]);
    assert.equal((await renew(tokens.refresh_token)).error, 'invalid_grant');
    await start({ app: { rotatesRefreshTokens: true } });
    const first = await sign();
    const second = await renew(first.refresh_token);
    assert.notEqual(second.refresh_token, first.refresh_token);
    assert.equal((await renew(first.refresh_token)).error, 'invalid_grant');
  });

  it('two runs give the same seed and answers', async () => {
    const texts: string[] = [];
    for (let run = 0; run < 2; run += 1) {
      await start({ seeded: true });
      texts.push(await (await call('prospects', { fields: 'id,email,updatedAt,Region__c' })).text());
    }
    assert.equal(texts[0], texts[1]);
    assert.equal((JSON.parse(texts[0]!) as Page).values.length, 20);
  });
});
