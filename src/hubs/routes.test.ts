import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import type { JsonObject } from '../kernel/json.ts';
import { type Answer, messageOf, providerMessageOf, startHubServer } from './testing/hub-server.ts';

/** The resource API over HTTP, against the Pipedrive simulator over HTTP; lists have their own file. */

const server = await startHubServer();
const { simulator, asked, request } = server;
after(() => server.close());
beforeEach(() => {
  simulator.faults.clear();
  asked.length = 0;
});

const get = (path: string, options?: { token?: string | null }): Promise<Answer> =>
  request('GET', path, options);

/** As a path segment. */
const idOf = ({ body }: Answer): string => String((body as { id: number }).id);

test('a record is created as old clients write it, changed by PUT and PATCH, and deleted', async () => {
  const created = await request('POST', '/hubs/crm/contacts', {
    body: {
      first_name: 'Zoe',
      last_name: 'Zimmer',
      email1: { value: 'zoe@x.example', label: 'work' },
      phone1: { value: '+372 5', label: 'mobile' },
    },
  });
  assert.equal(created.status, 200);
  const { name, emails } = created.body as JsonObject;
  assert.equal(name, 'Zoe Zimmer');
  assert.equal((emails as JsonObject[])[0]?.['value'], 'zoe@x.example');

  const put = await request('PUT', `/hubs/crm/contacts/${idOf(created)}`, {
    body: { name: 'Zoe Z.' },
  });
  assert.equal((put.body as JsonObject)['name'], 'Zoe Z.');
  const back = await request('PATCH', `/contacts/${idOf(created)}`, { body: put.body });
  assert.equal(back.status, 200, messageOf(back));

  const removed = await request('DELETE', `/hubs/crm/contacts/${idOf(created)}`, { body: null });
  assert.equal(removed.status, 200);
  for (const method of ['GET', 'DELETE'] as const) {
    assert.equal((await request(method, `/hubs/crm/contacts/${idOf(created)}`)).status, 404, method);
  }
});

test('what is no record is refused before the vendor is asked', async () => {
  for (const body of [[], 'text', 7]) {
    assert.equal((await request('POST', '/hubs/crm/contacts', { body })).status, 400);
  }
  for (const id of ['999999999', '0', 'abc', '..%2Fdeals%2F1', '%2e%2e', 'a%20b']) {
    const answer = await get(`/hubs/crm/contacts/${id}`);
    assert.equal(answer.status, 404, id);
  }
  assert.equal(asked.length, 1, 'only the one that could be an id was asked for');
});

test("the vendor's refusal of a body reaches the client", async () => {
  const answer = await request('POST', '/hubs/crm/accounts', { body: { name: 'A', shoe_size: 9 } });
  assert.equal(answer.status, 400);
  assert.match(providerMessageOf(answer), /shoe_size/);
});

test('an unknown resource is answered with those there are', async () => {
  for (const path of ['/hubs/crm/unicorns', '/unicorns', '/hubs/crm/unicorns/1']) {
    const answer = await get(path);
    assert.equal(answer.status, 404);
    assert.match(messageOf(answer), /unicorns.*accounts, contacts, opportunities/);
  }
});

test('bare paths leave the platform its own, and want an Element token for a resource', async () => {
  assert.deepEqual((await get('/instances')).body, { platform: true });
  assert.deepEqual((await get('/accounts')).body, { platform: true });
  const unknown = await get('/unicorns', { token: null });
  assert.equal(unknown.status, 404);
  assert.match(messageOf(unknown), /GET \/unicorns; resources.*contacts/);
  assert.equal((await get('/contacts', { token: null })).status, 401);
  assert.equal((await get('/hubs/crm/contacts', { token: 'unknown' })).status, 401);
});

test('a disabled instance is refused, without asking the vendor', async () => {
  for (const path of ['/hubs/crm/contacts', '/hubs/crm/contacts/1', '/hubs/crm/ping', '/objects']) {
    assert.equal((await get(path, { token: 'disabled' })).status, 403, path);
  }
  assert.equal(asked.length, 0);
});

test('ping asks the vendor, objects lists the resources', async () => {
  assert.deepEqual((await get('/hubs/crm/ping')).body, { endpoint: 'pipedrive', valid: true });
  assert.equal(asked.length, 1);
  assert.deepEqual((await get('/objects')).body, ['accounts', 'contacts', 'opportunities']);
  assert.deepEqual((await get('/hubs/crm/objects')).body, ['accounts', 'contacts', 'opportunities']);
});

const FAILURES: { name: string; status: number; retryAfter: RegExp | null }[] = [
  { name: 'server-error', status: 502, retryAfter: /^\d+$/ },
  { name: 'rate-limit', status: 429, retryAfter: /^2$/ },
  { name: 'daily-limit', status: 429, retryAfter: /^3600$/ },
  { name: 'edge-block', status: 502, retryAfter: /^60$/ },
  { name: 'forbidden', status: 403, retryAfter: null },
  { name: 'payment-required', status: 403, retryAfter: null },
];
for (const { name, status, retryAfter } of FAILURES) {
  test(`the vendor's ${name} is answered with ${status}`, async () => {
    simulator.faults.add({ path: '/api/v2/persons', effect: { kind: 'vendor', name } });
    const answer = await get('/hubs/crm/contacts');
    assert.equal(answer.status, status, messageOf(answer));
    assert.match(providerMessageOf(answer), /Pipedrive/);
    if (retryAfter !== null) assert.match(answer.headers['retry-after'] ?? '', retryAfter);
  });
}

test('a success that is no JSON is the vendor failing, never an empty list', async () => {
  for (const effect of [{ kind: 'html', status: 200 }, { kind: 'malformed-json' }] as const) {
    simulator.faults.clear();
    simulator.faults.add({ path: '/api/v2/persons', effect });
    assert.equal((await get('/hubs/crm/contacts')).status, 502, effect.kind);
  }
});

test('credentials the vendor no longer takes are a 403 that says to sign in again', async () => {
  const answer = await get('/hubs/crm/contacts', { token: 'wrong' });
  assert.equal(answer.status, 403);
  assert.match(messageOf(answer), /sign in again/);
});
