import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createClock } from '../core/clock.ts';
import { compareCoverage } from '../core/coverage.ts';
import { PARDOT_COVERAGE } from './coverage.ts';
import { createPardotSimulator } from './simulator.ts';
import type { PardotOptions, PardotSimulator } from './simulator.ts';

const START = Date.parse('2026-11-20T09:15:00Z');
type Body = {
  '@attributes': { stat: string; err_code?: number };
  err?: string;
  api_key?: string;
  version?: number;
  result?: { [key: string]: unknown } | null;
  prospect?: { [name: string]: unknown };
};

describe('Pardot v3 and v4', () => {
  let simulator: PardotSimulator;
  let apiKey = '';
  const start = async (options: PardotOptions = {}): Promise<void> => {
    await simulator?.close();
    simulator = await createPardotSimulator({ clock: createClock(START), seeded: false, ...options });
    apiKey = (await login()).api_key ?? '';
  };
  const login = async (password?: string, version = '4'): Promise<Body> => {
    const { email, password: right, userKey } = simulator.credentials;
    const form = { email, password: password ?? right, user_key: userKey, format: 'json' };
    const init = { method: 'POST', body: new URLSearchParams(form) };
    return (await (await fetch(`${simulator.url}/api/login/version/${version}`, init)).json()) as Body;
  };
  const header = (): string => `Pardot api_key=${apiKey}, user_key=${simulator.credentials.userKey}`;
  const call = (
    path: string,
    query: Record<string, string> = {},
    init: RequestInit = {},
  ): Promise<Response> => {
    const all = new URLSearchParams({ format: 'json', ...query });
    return fetch(`${simulator.url}/api/${path}?${all.toString()}`, {
      headers: { authorization: header() },
      ...init,
    });
  };
  const ask = async (path: string, query?: Record<string, string>): Promise<Body> =>
    (await (await call(path, query)).json()) as Body;
  const codeOf = (body: Body): number | undefined => body['@attributes'].err_code;
  const idsOf = (body: Body, key = 'prospect'): unknown[] =>
    [body.result?.[key] ?? []].flat().map((row) => (row as { id: number }).id);
  const prospects = (query: Record<string, string>): Promise<Body> =>
    ask('prospect/version/4/do/query', query);
  beforeEach(() => start());
  afterEach(() => simulator.close());

  it('serves exactly what its coverage lists', () => {
    assert.deepEqual(compareCoverage(simulator.routes, PARDOT_COVERAGE), { unlisted: [], unserved: [] });
  });

  it('a login gives the same key for an hour, and tells accounts of version 4', async () => {
    assert.equal(apiKey.length, 32);
    assert.equal((await login()).version, 4);
    simulator.clock.advance(3_599_000);
    assert.equal((await login()).api_key, apiKey);
    assert.equal(codeOf(await prospects({})), undefined);
    simulator.clock.advance(1000);
    assert.deepEqual(
      [codeOf(await prospects({})), (await prospects({})).err],
      [1, 'Invalid API key or user key'],
    );
    assert.notEqual((await login()).api_key, apiKey);
    assert.equal(codeOf(await login('wrong')), 15);
  });

  it('credentials in the query are refused, in the form they work', async () => {
    assert.equal(codeOf(await prospects({ api_key: apiKey })), 49);
    const { userKey } = simulator.credentials;
    const body = new URLSearchParams({ api_key: apiKey, user_key: userKey });
    const answer = await call('prospect/version/4/do/query', {}, { method: 'POST', body, headers: {} });
    assert.equal(((await answer.json()) as Body)['@attributes'].stat, 'ok');
  });

  it('keys end with the login in 2021', async () => {
    await start({ isLoginRemoved: true });
    assert.equal(codeOf(await prospects({})), 199);
  });

  it('the wrong version is refused either way', async () => {
    assert.equal(codeOf(await ask('prospect/version/3/do/query')), 88);
    await start({ account: { ampsea: false } });
    assert.equal((await login(undefined, '3')).version, undefined);
    assert.equal(codeOf(await ask('prospect/version/4/do/query')), 89);
    assert.equal(codeOf(await ask('prospect/version/3/do/query')), undefined);
  });

  it('several rows are a list, one is an object, none is null in bulk and nothing beside the total', async () => {
    assert.deepEqual((await prospects({ output: 'bulk' })).result, null);
    assert.deepEqual((await prospects({})).result, { total_results: 0 });
    simulator.store.prospects.create({ email: 'a@x.example' });
    assert.equal((await prospects({})).result?.['total_results'], 1);
    assert.equal(
      (((await prospects({})).result?.['prospect'] ?? {}) as { email: string }).email,
      'a@x.example',
    );
    simulator.store.prospects.create({ email: 'b@x.example' });
    assert.ok(Array.isArray((await prospects({ output: 'bulk' })).result?.['prospect']));
    assert.equal('total_results' in ((await prospects({ output: 'bulk' })).result ?? {}), false);
  });

  it('times are exclusive, whole seconds, on the clock of the API user', async () => {
    await start({ account: { userTimezone: 'America/New_York' } });
    simulator.store.prospects.create({ email: 'a@x.example' });
    const [row] = [(await prospects({})).result?.['prospect']] as { created_at: string }[];
    assert.equal(row?.created_at, '2026-11-20 04:15:00');
    const after = async (text: string): Promise<number> =>
      idsOf(await prospects({ updated_after: text })).length;
    assert.deepEqual([await after('2026-11-20 04:15:00'), await after('2026-11-20T04:14:59')], [0, 1]);
    assert.deepEqual([await after('2026-11-20 09:14:59+00:00'), await after('yesterday')], [1, 1]);
    assert.equal(codeOf(await prospects({ updated_after: 'soonish' })), 7);
  });

  it('dates sort descending and ids ascending unless it is said otherwise', async () => {
    for (const name of 'abc') {
      simulator.store.prospects.create({ email: `${name}@x.example` });
      simulator.clock.advance(1000);
    }
    assert.deepEqual(idsOf(await prospects({})), [331, 332, 333]);
    assert.deepEqual(idsOf(await prospects({ sort_by: 'updated_at' })), [333, 332, 331]);
    assert.deepEqual(
      idsOf(await prospects({ sort_by: 'updated_at,id', sort_order: 'ascending' })),
      [331, 332, 333],
    );
    assert.deepEqual(idsOf(await prospects({ limit: '1', offset: '1' })), [332]);
    assert.deepEqual(idsOf(await prospects({ id_greater_than: '331', id_less_than: '333' })), [332]);
    const codes: [Record<string, string>, number][] = [
      [{ sort_by: 'email' }, 19],
      [{ sort_order: 'up' }, 20],
      [{ limit: '201' }, 23],
      [{ sort_by: 'id,updated_at,created_at' }, 133],
      [{ sort_by: 'updated_at,created_at' }, 135],
    ];
    for (const [query, code] of codes) assert.equal(codeOf(await prospects(query)), code);
  });

  it('deleted prospects are in the recycle bin alone, and come back with their id', async () => {
    const { id } = simulator.store.prospects.create({ email: 'a@x.example' });
    simulator.clock.advance(5000);
    const gone = await call(
      `prospect/version/4/do/delete/id/${id}`,
      {},
      { method: 'DELETE', headers: { authorization: header() } },
    );
    assert.deepEqual([gone.status, await gone.text()], [204, '']);
    assert.deepEqual(idsOf(await prospects({})), []);
    assert.deepEqual(idsOf(await prospects({ deleted: 'true', updated_after: '2026-11-20 09:15:04' })), [id]);
    assert.deepEqual(idsOf(await prospects({ deleted: 'all' })), [id]);
    assert.equal(codeOf(await ask(`prospect/version/4/do/read/id/${id}`)), 3);
    simulator.store.prospects.restore(id);
    assert.deepEqual(idsOf(await prospects({})), [id]);
    simulator.store.prospects.erase(id);
    assert.deepEqual(idsOf(await prospects({ deleted: 'all' })), []);
  });

  it('opportunities know no filter by change, campaigns no stamps', async () => {
    const { store, clock } = simulator;
    const campaign = store.campaigns.create({ name: 'Fair', cost: 3 });
    const prospect = store.prospects.create({ email: 'a@x.example' });
    const { id } = store.opportunities.create({
      name: 'Deal',
      campaign_id: campaign.id,
      prospect_ids: [prospect.id],
    });
    clock.advance(60_000);
    store.campaigns.update(campaign.id, { cost: 4 });
    const late = { updated_after: '2026-11-20 09:15:30' };
    assert.deepEqual(idsOf(await ask('opportunity/version/4/do/query', late), 'opportunity'), [id]);
    assert.equal(codeOf(await ask('opportunity/version/4/do/query', { sort_by: 'updated_at' })), 19);
    const { result } = await ask('campaign/version/4/do/query', late);
    assert.deepEqual(result?.['campaign'], { id: campaign.id, name: 'Fair', cost: 4 });
    const opportunity = (await ask('opportunity/version/4/do/query')).result?.['opportunity'];
    assert.deepEqual((opportunity as { prospects: unknown }).prospects, {
      prospect: { id: prospect.id, first_name: null, last_name: null, email: 'a@x.example', company: null },
    });
  });

  it('writes take forms, clear by an empty value, and are refused for opportunities under a connector', async () => {
    const post = async (path: string, form: Record<string, string>): Promise<Body> => {
      const init = { method: 'POST', body: new URLSearchParams(form), headers: { authorization: header() } };
      return (await (await call(path, {}, init)).json()) as Body;
    };
    const made = await post('prospect/version/4/do/create/email/a%2Bb%40x.example', {
      first_name: 'Ada',
      score: '7',
    });
    const id = Number(made.prospect?.['id']);
    assert.deepEqual([made.prospect?.['email'], made.prospect?.['score']], ['a+b@x.example', 7]);
    const changed = await post(`prospect/version/4/do/update/id/${id}`, {
      first_name: '',
      is_starred: 'true',
    });
    assert.deepEqual([changed.prospect?.['first_name'], changed.prospect?.['is_starred']], [null, true]);
    assert.equal(codeOf(await post('prospect/version/4/do/create/email/nonsense', {})), 4);
    const deal = { name: 'Deal', value: '5', probability: '50' };
    const made2 = await post(`opportunity/version/4/do/create/prospect_id/${id}`, deal);
    assert.equal(made2['@attributes'].stat, 'ok');
    simulator.account.hasCrmConnector = true;
    assert.equal(codeOf(await post(`opportunity/version/4/do/create/prospect_id/${id}`, deal)), 37);
  });

  it('accounts of version 3 have each address once', async () => {
    await start({ account: { ampsea: false } });
    const post = async (): Promise<Body> =>
      (await (
        await call(
          'prospect/version/3/do/create/email/a@x.example',
          {},
          { method: 'POST', headers: { authorization: header() } },
        )
      ).json()) as Body;
    assert.equal(codeOf(await post()), undefined);
    assert.equal(codeOf(await post()), 9);
  });

  it('without format=json it speaks XML, in errors too', async () => {
    simulator.store.prospects.create({ email: 'a&b@x.example' });
    const xml = await (await call('prospect/version/4/do/query', { format: '' })).text();
    assert.match(xml, /^<\?xml.*<rsp stat="ok" version="1.0">/s);
    assert.match(xml, /<prospect>.*<email>a&#38;b@x\.example<\/email>.*<phone\/>/s);
    simulator.access.expireApiKey();
    const failed = await call('prospect/version/4/do/query', { format: '' });
    assert.deepEqual([failed.status, failed.headers.get('content-type')], [200, 'text/xml; charset=utf-8']);
    assert.match(await failed.text(), /<err code="1">Invalid API key or user key<\/err>/);
  });

  it('more than five calls at a time and a spent day are refused, the day until midnight of its zone', async () => {
    await start({ account: { timezone: 'America/New_York' }, limits: { dailyCalls: 2 } });
    const usage = await fetch(`${simulator.url}/api/prospect/version/4/do/query?format=json`, {
      headers: { authorization: header(), 'x-return-api-usage': '1' },
    });
    assert.equal(usage.headers.get('x-api-usage'), '1/2');
    simulator.limits.occupy(5);
    assert.equal(codeOf(await prospects({})), 66);
    simulator.limits.occupy(0);
    await prospects({});
    assert.equal(codeOf(await prospects({})), 122);
    simulator.clock.set(Date.parse('2026-11-21T04:59:59Z'));
    apiKey = (await login()).api_key ?? '';
    assert.equal(codeOf(await prospects({})), 122);
    simulator.clock.set(Date.parse('2026-11-21T05:00:00Z'));
    assert.equal(codeOf(await prospects({})), undefined);
  });

  it('lists see a change late when they lag, and an autumn hour comes twice', async () => {
    simulator.store.setLag({ kind: 'index', ms: 60_000 });
    const { id } = simulator.store.prospects.create({ email: 'a@x.example' });
    assert.deepEqual(idsOf(await prospects({})), []);
    simulator.clock.advance(60_000);
    assert.deepEqual(idsOf(await prospects({})), [id]);
    simulator.store.setLag(null);
    simulator.account.userTimezone = 'Europe/Paris';
    const at = Date.parse('2026-10-25T01:30:00Z');
    simulator.store.prospects.create({ email: 'b@x.example' }, { createdAt: at - 3_600_000, updatedAt: at });
    const rows = [(await prospects({ id_greater_than: String(id) })).result?.['prospect']] as {
      created_at: string;
      updated_at: string;
    }[];
    assert.deepEqual(
      [rows[0]?.created_at, rows[0]?.updated_at],
      ['2026-10-25 02:30:00', '2026-10-25 02:30:00'],
    );
  });
});
