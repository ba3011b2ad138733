import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import type { Json, JsonObject } from '../kernel/json.ts';
import { type Answer, idsOf, messageOf, query, startHubServer } from './testing/hub-server.ts';

/** Lists of the resource API over HTTP, against the Pipedrive simulator over HTTP. */

const server = await startHubServer();
const { simulator, asked, request } = server;
after(() => server.close());
beforeEach(() => {
  simulator.faults.clear();
  asked.length = 0;
});

const get = (path: string, options?: { token?: string | null }): Promise<Answer> =>
  request('GET', path, options);

test('a list answers the records and says how many, whose, and where it goes on', async () => {
  const answer = await get('/hubs/crm/contacts?pageSize=5');
  assert.equal(answer.status, 200);
  assert.deepEqual(idsOf(answer), [1, 2, 3, 4, 5]);
  assert.equal(answer.headers['elements-returned-count'], '5');
  assert.equal(answer.headers['elements-element-instance-id'], '1');
  assert.match(answer.headers['elements-next-page-token'] ?? '', /^[\w-]+$/);
});

test('our names, the vendor names and every spelling lead to the same records', async () => {
  const expected = idsOf(await get('/hubs/crm/contacts'));
  for (const path of ['/hubs/anything/Contact', '/hubs/crm/persons', '/contacts', '/PERSON', '/people/']) {
    assert.deepEqual(idsOf(await get(path)), expected, path);
  }
});

test('a list read page by page shows every record once, across vendor pages of another size', async () => {
  const big = await startHubServer({ seeded: false });
  const get = (path: string): Promise<Answer> => big.request('GET', path);
  try {
    big.simulator.seedMany(1230);
    const seen: Json[] = [];
    let token = '';
    for (let pages = 0; pages < 10; pages += 1) {
      const next = token === '' ? '' : `&nextPage=${token}`;
      const answer = await get(`/hubs/crm/contacts?pageSize=700${next}`);
      assert.equal(answer.status, 200);
      seen.push(...idsOf(answer));
      token = answer.headers['elements-next-page-token'] ?? '';
      if (token === '') break;
    }
    assert.equal(seen.length, 1230);
    assert.equal(new Set(seen).size, 1230);
    const third = await get('/hubs/crm/contacts?pageSize=50&page=3');
    assert.deepEqual(
      idsOf(third),
      Array.from({ length: 50 }, (_, index) => index + 101),
    );
    assert.deepEqual(idsOf(await get('/hubs/crm/contacts?pageSize=1000&page=3')), []);
  } finally {
    await big.close();
  }
});

test('conditions the vendor can filter are left to it', async () => {
  const all = (await get('/hubs/crm/opportunities')).body as JsonObject[];
  asked.length = 0;
  const answer = await get(`/hubs/crm/opportunities?${query({ where: "status = 'lost'" })}`);
  assert.ok(idsOf(answer).length > 0);
  assert.deepEqual(
    answer.body,
    all.filter(({ status }) => status === 'lost'),
  );
  assert.equal(asked[0]?.query?.['status'], 'lost');
});

test('conditions it cannot filter are evaluated here, over several vendor pages', async () => {
  const all = (await get('/hubs/crm/opportunities')).body as JsonObject[];
  const expected = all.filter(({ value, status }) => Number(value) > 20_000 && status !== 'lost');
  const where = "value > 20000 AND status != 'lost'";
  const answer = await get(`/hubs/crm/opportunities?${query({ where })}`);
  assert.deepEqual(answer.body, expected);
  assert.equal(answer.headers['elements-next-page-token'], undefined);
});

test('a where that is wrong names the position', async () => {
  const answer = await get(`/hubs/crm/contacts?${query({ where: "name = = 'x'" })}`);
  assert.equal(answer.status, 400);
  assert.match(messageOf(answer), /position 7/);
});

test('everything unusable in a query is named at once', async () => {
  const parameters = { where: "name = 'x", orderBy: 'shoe_size', fields: 'a;b', includeDeleted: 'perhaps' };
  const answer = await get(`/hubs/crm/contacts?${query(parameters)}`);
  assert.equal(answer.status, 400);
  for (const name of ['position', 'orderBy', 'fields', 'includeDeleted'])
    assert.match(messageOf(answer), new RegExp(name));
  for (const pageSize of ['0', '2001', '-1', '1.5', 'many', '1e2']) {
    const refused = await get(`/hubs/crm/contacts?pageSize=${pageSize}&page=0`);
    assert.equal(refused.status, 400, pageSize);
    assert.match(messageOf(refused), /pageSize.*page/s);
  }
  assert.equal((await get('/hubs/crm/contacts?pageSize=&page=&where=&nextPage=')).status, 200);
  assert.equal(asked.length, 1, 'nothing was asked for a refused query');
});

test('a list is ordered as asked', async () => {
  const answer = await get(`/hubs/crm/contacts?${query({ orderBy: 'id DESC', pageSize: '3' })}`);
  assert.deepEqual(idsOf(answer), [20, 19, 18]);
});

test('a token that is junk, altered, or of another list is refused', async () => {
  const first = await get('/hubs/crm/contacts?pageSize=5&orderBy=id');
  const token = first.headers['elements-next-page-token'] ?? '';
  const tampered = `${token.slice(0, -4)}AAAA`;
  const tries: [string, string][] = [
    ['main', '/hubs/crm/contacts?nextPage=junk'],
    ['main', '/hubs/crm/contacts?nextPage=%2e%2e%2f'],
    ['main', `/hubs/crm/contacts?nextPage=${tampered}`],
    ['main', `/hubs/crm/contacts?nextPage=${'A'.repeat(9000)}`],
    ['main', `/hubs/crm/accounts?nextPage=${token}`],
    ['other', `/hubs/crm/contacts?nextPage=${token}`],
    ['main', `/hubs/crm/contacts?nextPage=${token}&orderBy=update_time`],
    ['main', `/hubs/crm/contacts?nextPage=${token}&${query({ where: 'id = 1' })}`],
  ];
  for (const [element, path] of tries) {
    const answer = await get(path, { token: element });
    assert.equal(answer.status, 400, path);
    assert.match(messageOf(answer), /nextPage/);
  }
  const alone = await get(`/hubs/crm/contacts?nextPage=${token}&page=1`);
  assert.deepEqual(idsOf(alone), [6, 7, 8, 9, 10], 'the token says the query, and wins over page');
  const resized = await get(`/hubs/crm/contacts?nextPage=${token}&orderBy=id&pageSize=2`);
  assert.deepEqual(idsOf(resized), [6, 7]);
});

test('null values are left out unless the instance keeps them, and fields are picked', async () => {
  const without = (await get('/hubs/crm/contacts/1')).body as JsonObject;
  const kept = (await get('/hubs/crm/contacts/1', { token: 'keepsNulls' })).body as JsonObject;
  assert.equal('picture_id' in without, false);
  assert.equal(kept['picture_id'], null);
  const picked = await get('/hubs/crm/contacts?fields=name,emails&pageSize=1');
  assert.deepEqual(Object.keys((picked.body as JsonObject[])[0]!).sort(), ['emails', 'name']);
  const one = await get('/hubs/crm/contacts/1?fields=id');
  assert.deepEqual(one.body, { id: 1 });
});
