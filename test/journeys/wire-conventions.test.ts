import assert from 'node:assert/strict';
import { connect as connectSocket } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import type { InstanceView } from '../../src/instances/schema.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { connect, type Connected } from '../support/connected.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

/** Section 1 of the wire contract: what holds for every request. */

let server: TestServer<typeof systemClock>;
let instance: Connected;
before(async () => {
  server = await startTestServer({ clock: systemClock, env: { TIDINGS_ROLES: 'api' } });
  instance = await connect(server, 'pipedrive');
});
after(async () => {
  await server.close();
  await instance.vendor.close();
});

type Failed = { requestId: string; message: string };

/** One route of each kind: lists, single ones, writes, token forms, resources. */
const routes = (): [method: string, path: string, body?: unknown][] => [
  ['GET', '/instances'],
  ['GET', `/instances/${instance.id}`],
  ['POST', '/instances', {}],
  ['PATCH', `/instances/${instance.id}`, {}],
  ['DELETE', `/instances/${instance.id}`],
  ['GET', `/instances/${instance.id}/events`],
  ['POST', `/instances/${instance.id}/poll`],
  ['GET', '/instances/events'],
  ['GET', '/elements'],
  ['GET', '/accounts'],
  ['POST', '/accounts', {}],
  ['GET', '/accounts/settings'],
  ['GET', '/organizations/me'],
  ['GET', '/notifications/subscriptions'],
  ['GET', '/hubs/crm/contacts'],
  ['GET', '/contacts'],
  ['GET', '/objects'],
];

test('without usable credentials every route is a 401 in the form of an error', async () => {
  const { userSecret, organizationSecret } = server;
  const wrong = [
    null,
    '',
    'Basic dXNlcjpwYXNz',
    'Bearer x',
    `User ${userSecret}`,
    `Organization ${organizationSecret}`,
    `User ${organizationSecret}, Organization ${userSecret}`,
    `User ${userSecret}x, Organization ${organizationSecret}`,
    `User , Organization `,
    `User ${userSecret}; Organization ${organizationSecret}`,
    'User ,,,=, Organization =',
    `Element ${instance.token}`,
  ];
  for (const [method, path, body] of routes()) {
    for (const authorization of wrong) {
      const answer = await server.call<Failed>(method, path, { authorization, body });
      assert.equal(answer.status, 401, `${method} ${path} ${authorization}`);
      assert.deepEqual(Object.keys(answer.body), ['requestId', 'message']);
      assert.equal(answer.headers.get('elements-request-id'), answer.body.requestId);
    }
  }
});

test('credentials are split on commas and the first blank, in any order and case', async () => {
  const { userSecret, organizationSecret } = server;
  for (const authorization of [
    `User ${userSecret}, Organization ${organizationSecret}`,
    `Organization ${organizationSecret},User ${userSecret}`,
    `user   ${userSecret} ,ORGANIZATION ${organizationSecret}`,
    `User ${userSecret}, Organization ${organizationSecret}, Element anything==`,
    `User ${userSecret}, Organization ${organizationSecret}, Element`,
    `User ${userSecret}, Organization ${organizationSecret}, Something else`,
  ]) {
    assert.equal((await server.call('GET', '/instances', { authorization })).status, 200, authorization);
  }
});

test('the headers of an answer are those documented, on success and failure', async () => {
  const list = await server.call<unknown[]>('GET', '/hubs/crm/contacts?pageSize=2', {
    token: instance.token,
  });
  assert.equal(list.headers.get('elements-element-instance-id'), String(instance.id));
  assert.equal(list.headers.get('elements-returned-count'), '2');
  assert.ok(list.headers.get('elements-next-page-token'));
  for (const path of ['/instances', '/instances/999999', '/hubs/crm/contacts/0']) {
    const { headers } = await server.call('GET', path, {
      token: instance.token,
      headers: { origin: 'https://app.example' },
    });
    assert.ok(headers.get('elements-request-id'), path);
    assert.match(headers.get('content-type') ?? '', /^application\/json/);
    assert.equal(
      headers.get('access-control-expose-headers'),
      'Elements-Returned-Count, Elements-Total-Count, Elements-Request-Id, Elements-Next-Page-Token, Elements-Trace-Id, Elements-Error, Content-Disposition',
    );
    assert.equal(headers.get('access-control-allow-origin'), '*');
  }
  const preflight = await fetch(`${server.url}/elements/api-v2/instances`, {
    method: 'OPTIONS',
    headers: {
      origin: 'https://app.example',
      'access-control-request-method': 'PATCH',
      'access-control-request-headers': 'authorization,content-type',
    },
  });
  assert.ok(preflight.ok);
  assert.match(preflight.headers.get('access-control-allow-methods') ?? '', /PATCH/);
  assert.match(preflight.headers.get('access-control-allow-headers') ?? '', /authorization/i);
});

test('what old clients do by habit is tolerated', async () => {
  const { id, token } = instance;
  for (const [method, path, body] of [
    ['DELETE', `/instances/${id}/enabled`, 'null'],
    ['PUT', `/instances/${id}/enabled`, 'null'],
    ['DELETE', `/instances/${id}/enabled`],
    ['PUT', `/instances/${id}/enabled`],
    ['PUT', `/instances/${id}/enabled`, '{}'],
    ['PUT', `/instances/${id}`],
    ['PUT', '/instances', 'null'],
    ['POST', `/instances/${id}/poll`, 'null'],
    ['POST', `/instances/${id}/poll`, '{"unknown":1}'],
    ['GET', '/instances/?pageSize=&page=&nextPage=&searchText=&tags[]='],
    ['GET', '/instances?tags[]=demo'],
    ['GET', '/instances?tags[]=demo&tags[]=other'],
    ['GET', '/instances?tags=demo&unknown=1'],
    ['GET', `/instances/${id}/`],
    ['GET', '/elements/pipedrive/'],
    ['GET', '/hubs/crm/contacts/?where=&orderBy=&fields='],
    ['PATCH', `/instances/${id}`, '{"unknown":{"a":1},"configuration":{}}'],
  ] as const) {
    const answer = await server.call(method, path, { token, ...(body !== undefined && { body }) });
    assert.equal(answer.status, 200, `${method} ${path}: ${JSON.stringify(answer.body)}`);
  }
  for (const headers of [
    { 'content-type': 'application/json' },
    { 'content-type': 'application/json', 'content-length': '0' },
  ]) {
    const answer = await server.call('PUT', `/instances/${id}/enabled`, { headers });
    assert.equal(answer.status, 200);
  }
});

test('lists page by number and by token, which wins, and refuse what is out of bounds', async () => {
  const made: number[] = [];
  for (let count = 0; count < 4; count += 1) {
    const { id } = (await server.call<{ id: number }>('POST', '/accounts', { body: { name: `A ${count}` } }))
      .body;
    made.push(id);
  }
  const ids = async (query: string): Promise<{ ids: number[]; next: string | null }> => {
    const answer = await server.call<{ id: number }[]>('GET', `/accounts?${query}`);
    assert.equal(answer.status, 200, query);
    assert.equal(answer.headers.get('elements-returned-count'), String(answer.body.length));
    return { ids: answer.body.map(({ id }) => id), next: answer.headers.get('elements-next-page-token') };
  };
  const all = (await ids('')).ids;
  const first = await ids('pageSize=2');
  assert.deepEqual((await ids(`pageSize=2&page=1&nextPage=${first.next}`)).ids, all.slice(2, 4));
  assert.deepEqual((await ids('pageSize=2&page=2')).ids, all.slice(2, 4));
  assert.deepEqual((await ids('page=99')).ids, []);
  for (const query of ['pageSize=0', 'pageSize=2001', 'pageSize=x', 'page=0', 'page=-1', 'nextPage=forged']) {
    for (const path of ['/accounts', '/instances', '/instances/events', `/instances/${instance.id}/events`]) {
      const answer = await server.call<Failed>('GET', `${path}?${query}`);
      assert.equal(answer.status, 400, `${path}?${query}`);
      assert.ok(answer.body.message.includes(query.split('=')[0]!), answer.body.message);
    }
  }
  for (const id of made) await server.call('DELETE', `/accounts/${id}`);
});

test('a password is exchanged for a token, the token for the secrets', async () => {
  const signIn = await server.call<{ token: string }>('POST', '/authentication', {
    authorization: null,
    body: { username: server.email, password: server.password },
  });
  assert.deepEqual([signIn.status, Object.keys(signIn.body)], [200, ['token']]);
  const { userSecret, organizationSecret } = server;
  const secrets = await server.call('GET', '/authentication/secrets', {
    authorization: `Bearer ${signIn.body.token}`,
  });
  assert.deepEqual(secrets.body, { userSecret, organizationSecret });
  assert.equal((await server.call('GET', '/authentication/secrets', { authorization: null })).status, 401);
});

const writes = (): [method: string, path: string][] => [
  ['POST', '/instances'],
  ['POST', '/elements/pipedrive/instances'],
  ['PUT', `/instances/${instance.id}`],
  ['PATCH', `/instances/${instance.id}`],
  ['PATCH', '/instances'],
  ['PATCH', `/instances/${instance.id}/configuration/1`],
  ['POST', '/accounts'],
  ['PATCH', '/accounts/settings'],
  ['POST', '/accounts/2/users'],
  ['POST', '/notifications'],
  ['POST', '/notifications/subscriptions'],
  ['POST', '/hubs/crm/contacts'],
  ['PATCH', '/hubs/crm/contacts/1'],
];

test('malformed, deep, oversized and mistyped bodies are refused on every route that reads one', async () => {
  const deep = `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`;
  const huge = `{"name":"${'x'.repeat(1_100_000)}"}`;
  for (const [method, path] of writes()) {
    for (const [body, status] of [
      ['{"name": "x",}', 400],
      ['{"name": "x"', 400],
      ['\u0000', 400],
      [deep, 400],
      [huge, 413],
      ['[]', 400],
      ['"text"', 400],
      ['7', 400],
    ] as const) {
      const answer = await server.call<Failed>(method, path, { token: instance.token, body });
      assert.equal(
        answer.status,
        status,
        `${method} ${path} ${body.slice(0, 20)}: ${JSON.stringify(answer.body)}`,
      );
      assert.deepEqual(Object.keys(answer.body), ['requestId', 'message']);
      assert.ok(answer.body.message.length < 1000);
    }
    const form = await server.call(method, path, {
      token: instance.token,
      body: 'name=x',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    assert.equal(form.status, 415, `${method} ${path}`);
  }
});

test('malformed JSON is told by its position', async () => {
  const answer = await server.call<Failed>('POST', '/instances', { body: '{"name":\n "x",}' });
  assert.match(answer.body.message, /line 2, column \d+ \(position \d+\)/);
});

/** Bytes as they are: an HTTP client would refuse to send them. */
async function raw(bytes: string): Promise<string> {
  const { hostname, port } = new URL(server.url);
  const socket = connectSocket(Number(port), hostname);
  socket.end(bytes);
  return text(socket);
}

test('header injection ends nowhere: not in a header, not in a page token, not in a log line', async () => {
  const { token, id } = instance;
  for (const path of [
    '/hubs/crm/contacts%0d%0aX-Injected:%201',
    '/hubs/crm/contacts/1%0d%0aX-Injected:%201',
    '/instances?nextPage=%0d%0aX-Injected:%201',
    '/hubs/crm/contacts?where=%0d%0aX-Injected:%201',
    '/elements/x%0d%0aX-Injected:%201',
    `/instances/${id}%0d%0aX-Injected:%201`,
    '/%0d%0aX-Injected:%201',
  ]) {
    const answer = await server.call<Failed>('GET', path, { token });
    assert.ok([400, 404].includes(answer.status), `${path}: ${answer.status}`);
    assert.equal(answer.headers.get('x-injected'), null);
  }
  const name = 'Acme\r\nX-Injected: 1';
  const renamed = await server.call<InstanceView>('PATCH', `/instances/${id}`, { body: { name } });
  assert.equal(renamed.headers.get('x-injected'), null);
  for (const headers of [
    { 'X-A': 'b\r\nX-Injected: 1' },
    { 'X-A\r\nX-Injected': '1' },
    { 'Content-Length': '1' },
    { Host: 'evil.example' },
  ]) {
    const refused = await server.call<Failed>('PATCH', `/instances/${id}`, {
      body: { configuration: { 'event.notification.callback.headers': headers } },
    });
    assert.equal(refused.status, 400, JSON.stringify(headers));
    assert.match(refused.body.message, /event\.notification\.callback\.headers/);
  }
});

test('what is hardly HTTP is a 400 in the form of an error, and ends the connection', async () => {
  for (const bytes of [
    'GET /elements/api-v2/instances HTTP/1.1\r\nHost: x\r\nBad Header: y\r\n\r\n',
    'POST /elements/api-v2/instances HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'GET /elements/api-v2/instances HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
    `GET /${'x'.repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
    'nonsense\r\n\r\n',
  ]) {
    const answer = await raw(bytes);
    assert.match(answer, /^HTTP\/1\.1 4\d\d /, bytes.slice(0, 60));
    assert.match(answer, /"requestId":"/);
  }
});

test('a path that is no path, and one nobody serves, are told apart', async () => {
  for (const [path, status] of [
    ['/instances/%zz', 400],
    ['/instances/abc', 400],
    ['/instances/1.5', 400],
    ['/instances/-1', 400],
    ['/instances/99999999999999999999', 400],
    ['/instances/999999999', 404],
    ['/nothing/like/this/at/all', 404],
    ['/formulas', 404],
    ['/formulas/7/instances', 404],
    ['/hubs/crm/bulk/query', 404],
    ['/bulk', 404],
    ['/jobs', 404],
    ['/usage', 404],
    ['/elements/pipedrive/resources', 404],
  ] as const) {
    const answer = await server.call<Failed>('GET', path);
    assert.equal(answer.status, status, `${path}: ${JSON.stringify(answer.body)}`);
    assert.ok(answer.body.message.length > 10);
  }
  const formulas = await server.call<Failed>('GET', '/formulas');
  assert.match(formulas.body.message, /Formulas do not exist in Tidings/);
  for (const path of ['/jobs', '/usage', '/notifications/emails', `/instances/${instance.id}/docs`]) {
    const later = await server.call<Failed>('GET', path);
    assert.equal(later.status, 404, path);
    assert.match(later.body.message, /not offer this part of the API yet/);
  }
});
