import assert from 'node:assert/strict';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { Registry } from 'prom-client';
import Type from 'typebox';
import type { Routes } from '../accounts/app.ts';
import { createManualClock } from '../kernel/clock.ts';
import { Fault } from '../kernel/errors.ts';
import { createSilentLog } from '../kernel/log.ts';
import { createServer } from './server.ts';
import type { ServerOptions } from './server.ts';

const CALLER = { organizationId: 2, accountId: 3, userId: 4, role: 'member' } as const;
const BASE = '/elements/api-v2';
const headers = { authorization: 'User a, Organization b' };

const echoRoutes: Routes = (app) => {
  app.post(
    '/echo/:id',
    {
      schema: {
        params: Type.Object({ id: Type.Integer() }),
        querystring: Type.Object({
          tags: Type.Optional(Type.Array(Type.String())),
          pageSize: Type.Optional(Type.Integer({ minimum: 1, maximum: 2000 })),
          hydrate: Type.Optional(Type.Boolean()),
        }),
        body: Type.Object({ name: Type.String(), count: Type.Optional(Type.Integer()) }),
      },
    },
    ({ params, query, body }) => ({ params, query, body }),
  );
  app.route({
    method: ['DELETE', 'PUT'],
    url: '/echo/:id',
    handler: ({ caller, elementToken, body }) => ({ caller, elementToken, body: body ?? 'none' }),
  });
  app.get('/fails/:how', ({ params }) => {
    const { how } = params as { how: string };
    if (how === 'vendor') {
      throw new Fault('vendor_failed', 'Salesforce refused.', { providerMessage: 'INVALID_QUERY' });
    }
    if (how === 'limit') throw new Fault('too_many_requests', 'Slow down.', { retryAfterS: 6.2 });
    throw new Error('the secret detail');
  });
  app.post(
    '/events/:key',
    { config: { access: 'public', keepRawBody: true }, bodyLimit: 8 * 1024 * 1024 },
    ({ rawBody, body }) => ({ raw: rawBody?.toString('base64'), body }),
  );
  app.get('/whoami', { config: { access: 'public' } }, ({ caller }) => caller);
};

async function serve(options: Partial<ServerOptions> = {}) {
  return createServer({
    log: createSilentLog(),
    clock: createManualClock(1_800_000_000_000),
    publicUrl: 'http://localhost:8080',
    trustProxy: false,
    authenticate: async (authorization) => {
      if (authorization === undefined) throw new Fault('unauthorized');
      return { caller: CALLER, elementToken: 'token=' };
    },
    api: [echoRoutes],
    root: [],
    assertReady: async () => {},
    metrics: { registry: new Registry(), token: null },
    version: '1.2.3',
    isApi: true,
    ...options,
  });
}

const app = await serve();
const post = (url: string, payload: string | object, more: Record<string, string> = {}) =>
  app.inject({ method: 'POST', url: BASE + url, headers: { ...headers, ...more }, payload });
const messageOf = (answer: { body: string }): string =>
  (JSON.parse(answer.body) as { message: string }).message;

after(() => app.close());

test('query lists, numbers, booleans and empty values arrive as the schema says', async () => {
  const answer = await post('/echo/12/?tags[]=a&pageSize=5&hydrate=true&orderBy=&where=x%3D1&page=1', {
    name: 'n',
    extra: { kept: true },
  });
  assert.deepEqual(answer.json(), {
    params: { id: 12 },
    query: { tags: ['a'], pageSize: 5, hydrate: true, where: 'x=1', page: '1' },
    body: { name: 'n', extra: { kept: true } },
  });
});

test('a list parameter is a list however it is written', async () => {
  for (const query of ['tags[]=a&tags[]=b', 'tags=a&tags=b', 'tags%5B%5D=a&tags=b']) {
    const answer = await post(`/echo/1?${query}`, { name: 'n' });
    assert.deepEqual(answer.json<{ query: unknown }>().query, { tags: ['a', 'b'] }, query);
  }
});

test('a 400 names every problem of the body at once', async () => {
  const answer = await post('/echo/1', { count: '3' });
  assert.equal(answer.statusCode, 400);
  assert.equal(messageOf(answer), 'The request is not valid: name is missing; count must be a whole number.');
  assert.equal(answer.headers['elements-request-id'], answer.json<{ requestId: string }>().requestId);
});

test('a missing body and the body null name what is missing', async () => {
  for (const payload of ['', 'null', '  ']) {
    const answer = await post('/echo/1', payload, { 'content-type': 'application/json' });
    assert.equal(messageOf(answer), 'The request is not valid: name is missing.', JSON.stringify(payload));
  }
});

test('a query out of bounds is a 400 that names it', async () => {
  const answer = await post('/echo/x?pageSize=2001', { name: 'n' });
  assert.equal(answer.statusCode, 400);
  assert.equal(messageOf(answer), 'The request is not valid: id must be a whole number.');
  assert.match(
    messageOf(await post('/echo/1?pageSize=2001', { name: 'n' })),
    /pageSize must be at most 2000/,
  );
});

test('DELETE and PUT take the body null, none at all, and an empty one with a content type', async () => {
  const bodies = [
    { payload: 'null', headers: { ...headers, 'content-type': 'application/json' } },
    { headers: { ...headers, 'content-type': 'application/json' } },
    { headers },
  ];
  for (const method of ['DELETE', 'PUT'] as const) {
    for (const body of bodies) {
      const answer = await app.inject({ method, url: `${BASE}/echo/1`, ...body });
      assert.deepEqual(answer.json(), { caller: CALLER, elementToken: 'token=', body: 'none' });
    }
  }
});

test('JSON without a content type is read; another type is a 415 that says what to send', async () => {
  const bare = await app.inject({
    method: 'POST',
    url: `${BASE}/echo/1`,
    headers,
    payload: Buffer.from('{"name":"n"}'),
  });
  assert.equal(bare.statusCode, 200);
  const xml = await post('/echo/1', '<a/>', { 'content-type': 'text/xml' });
  assert.equal(xml.statusCode, 415);
  assert.match(messageOf(xml), /text\/xml .*Content-Type: application\/json/);
  const form = await post('/echo/1', 'name=n', { 'content-type': 'application/x-www-form-urlencoded' });
  assert.equal(form.statusCode, 415);
});

test('malformed JSON is a 400 with line and column and without the text', async () => {
  const answer = await post('/echo/1', '{\n  "name": secret}', { 'content-type': 'application/json' });
  assert.equal(answer.statusCode, 400);
  assert.equal(
    messageOf(answer),
    'The body is not valid JSON: unexpected character at line 2, column 11 (position 12).',
  );
});

test('a body over 1 MB is a 413, and over 8 MB on a route that allows that much', async () => {
  const large = JSON.stringify({ name: 'x'.repeat(1024 * 1024) });
  const refused = await post('/echo/1', large, { 'content-type': 'application/json' });
  assert.equal(refused.statusCode, 413);
  assert.match(messageOf(refused), /too large/);
  assert.equal((await post('/events/pipedrive', large)).statusCode, 200);
  assert.equal(
    (await post('/events/pipedrive', JSON.stringify('x'.repeat(8 * 1024 * 1024)))).statusCode,
    413,
  );
});

test('an inbound webhook keeps its raw bytes and reads JSON of any type, or a form', async () => {
  const json = '{ "a" :1}';
  for (const type of ['application/json', 'text/plain', 'application/vnd.x+json; charset=utf-8']) {
    const answer = await post('/events/x', json, { 'content-type': type });
    assert.deepEqual(answer.json(), { raw: Buffer.from(json).toString('base64'), body: { a: 1 } }, type);
  }
  const form = await post('/events/x', 'a=1&b[]=2&c=%C3%A4', {
    'content-type': 'application/x-www-form-urlencoded',
  });
  assert.deepEqual(form.json<{ body: unknown }>().body, { a: '1', b: ['2'], c: 'ä' });
  assert.equal((await post('/events/x', '<xml/>', { 'content-type': 'text/xml' })).statusCode, 400);
});

test('without credentials a route of the API is a 401, before its body is read', async () => {
  const answer = await app.inject({ method: 'POST', url: `${BASE}/echo/1`, payload: '{broken' });
  assert.equal(answer.statusCode, 401);
  assert.match(messageOf(answer), /Authorization: User <secret>, Organization <secret>/);
});

test('a public route that asks who calls fails on our side', async () => {
  assert.equal((await app.inject({ url: `${BASE}/whoami` })).statusCode, 500);
});

test('a fault becomes its status with the words of vendor and thrower', async () => {
  const vendor = await app.inject({ url: `${BASE}/fails/vendor`, headers });
  assert.equal(vendor.statusCode, 502);
  assert.deepEqual(vendor.json(), {
    requestId: vendor.headers['elements-request-id'],
    message: 'Salesforce refused.',
    providerMessage: 'INVALID_QUERY',
  });
  const limit = await app.inject({ url: `${BASE}/fails/limit`, headers });
  assert.equal(limit.statusCode, 429);
  assert.equal(limit.headers['retry-after'], '7');
});

test('an unexpected error is a 500 without details', async () => {
  const answer = await app.inject({ url: `${BASE}/fails/bug`, headers });
  assert.equal(answer.statusCode, 500);
  assert.equal(messageOf(answer), 'Something went wrong on our side.');
});

test('an unknown path is a 404 that says where to look', async () => {
  const inside = await app.inject({ url: `${BASE}/nothing`, headers });
  assert.equal(inside.statusCode, 404);
  assert.match(messageOf(inside), /nothing at GET \/elements\/api-v2\/nothing; see \/reference/);
  assert.match(messageOf(await app.inject({ url: '/instances' })), /the API is under \/elements\/api-v2/);
  assert.equal((await app.inject({ url: '/%zz' })).statusCode, 400);
});

test('formulas, bulk and the element builder answer 404 and say that they do not exist', async () => {
  for (const [url, words] of [
    ['/formulas/12/instances', /Formulas do not exist/],
    ['/hubs/crm/bulk/query', /Bulk jobs do not exist/],
    ['/elements/sfdc/resources', /element builder does not exist/],
    ['/jobs', /not offer this part of the API yet/],
  ] as const) {
    const answer = await app.inject({ method: 'POST', url: BASE + url, headers, payload: {} });
    assert.equal(answer.statusCode, 404, url);
    assert.match(messageOf(answer), words);
  }
});

test('CORS exposes exactly the documented headers, on answers, errors and preflights', async () => {
  const origin = 'https://app.example.com';
  const exposed =
    'Elements-Returned-Count, Elements-Total-Count, Elements-Request-Id, Elements-Next-Page-Token, Elements-Trace-Id, Elements-Error, Content-Disposition';
  const unknown = await app.inject({ url: `${BASE}/nothing`, headers: { ...headers, origin } });
  const refused = await app.inject({ method: 'DELETE', url: `${BASE}/echo/1`, headers: { origin } });
  assert.equal(refused.statusCode, 401);
  for (const answer of [unknown, refused]) {
    assert.equal(answer.headers['access-control-allow-origin'], '*');
    assert.equal(answer.headers['access-control-expose-headers'], exposed);
  }
  const preflight = await app.inject({
    method: 'OPTIONS',
    url: `${BASE}/echo/1`,
    headers: {
      origin,
      'access-control-request-method': 'PATCH',
      'access-control-request-headers': 'authorization,content-type',
    },
  });
  assert.equal(preflight.statusCode, 204);
  assert.match(String(preflight.headers['access-control-allow-methods']), /PATCH/);
  assert.equal(preflight.headers['access-control-allow-headers'], 'authorization,content-type');
});

test('answers of the API are not cached and every answer carries the security headers', async () => {
  const answer = await app.inject({ url: `${BASE}/echo/1`, method: 'PUT', headers });
  assert.equal(answer.headers['cache-control'], 'no-store');
  const page = await app.inject({ url: '/reference' });
  assert.match(String(page.headers['content-security-policy']), /script-src 'self';/);
  assert.equal(page.headers['x-content-type-options'], 'nosniff');
});

test('the script of the API reference comes from this server, however many ask at once', async () => {
  const url = '/reference/bundle/js/scalar.js';
  const [answer, another] = await Promise.all([app.inject({ url }), app.inject({ url })]);
  assert.equal(answer.statusCode, 200);
  assert.match(String(answer.headers['content-type']), /^text\/javascript/);
  assert.match(String(answer.headers['cache-control']), /public/);
  assert.match(answer.body, /createApiReference/);
  assert.equal(another.body, answer.body);
  assert.equal((await app.inject({ url: '/reference/bundle/' })).statusCode, 404);
});

test('a public URL with a path is served with that path and without', async () => {
  const behind = await serve({ publicUrl: 'https://example.com/tidings' });
  for (const prefix of ['', '/tidings']) {
    const answer = await behind.inject({ method: 'PUT', url: `${prefix}${BASE}/echo/1`, headers });
    assert.equal(answer.statusCode, 200, prefix);
  }
  const page = await behind.inject({ url: '/tidings/reference/' });
  assert.match(page.body, /src="\/tidings\/reference\/init\.js"/);
  assert.equal((await behind.inject({ url: '/tidingsX/reference' })).statusCode, 404);
  await behind.close();
});

test('readiness is a 503 with the reason while the database does not answer', async () => {
  const down = await serve({
    isApi: false,
    assertReady: async () => {
      throw new Error('the database does not answer');
    },
  });
  assert.equal((await down.inject({ url: '/healthz' })).statusCode, 200);
  const answer = await down.inject({ url: '/readyz' });
  assert.equal(answer.statusCode, 503);
  assert.match(messageOf(answer), /database does not answer/);
  assert.equal((await down.inject({ url: `${BASE}/whoami` })).statusCode, 404);
  assert.equal((await app.inject({ url: '/readyz' })).statusCode, 200);
  await down.close();
});

test('metrics are for this machine, or for the bearer of the token', async () => {
  const local = await app.inject({ url: '/metrics' });
  assert.equal(local.statusCode, 200);
  assert.match(
    local.body,
    /tidings_http_request_duration_seconds_count\{.*route="\/elements\/api-v2\/echo\/:id"/,
  );
  assert.equal((await app.inject({ url: '/metrics', remoteAddress: '10.0.0.9' })).statusCode, 403);
  const forwarded = { 'x-forwarded-for': '10.0.0.9' };
  assert.equal((await app.inject({ url: '/metrics', headers: forwarded })).statusCode, 403);
  const guarded = await serve({ metrics: { registry: new Registry(), token: 'abc=' } });
  assert.equal((await guarded.inject({ url: '/metrics' })).statusCode, 401);
  const bearer = { authorization: 'Bearer abc=' };
  assert.equal((await guarded.inject({ url: '/metrics', headers: bearer })).statusCode, 200);
  await guarded.close();
});

test('behind one trusted proxy the address is what that proxy says, not what a client claims', async () => {
  const behind = await serve({ trustProxy: 1 });
  const status = async (forwarded: string): Promise<number> =>
    (await behind.inject({ url: '/metrics', headers: { 'x-forwarded-for': forwarded } })).statusCode;
  assert.equal(await status('127.0.0.1'), 200);
  assert.equal(await status('10.0.0.9'), 403);
  assert.equal(await status('127.0.0.1, 10.0.0.9'), 403);
  await behind.close();
});

test('the OpenAPI document describes the routes and hides those that only say no', async () => {
  const document = (await app.inject({ url: '/openapi.json' })).json<{ paths: Record<string, unknown> }>();
  assert.ok(document.paths['/echo/{id}']);
  assert.equal(document.paths['/formulas'], undefined);
});

test('what is no HTTP request is answered in the form of an error', async () => {
  const listening = await serve();
  await listening.listen({ port: 0, host: '127.0.0.1' });
  const socket = connect((listening.server.address() as AddressInfo).port, '127.0.0.1');
  socket.end('NONSENSE\r\n\r\n');
  const answer = await text(socket);
  assert.match(answer, /^HTTP\/1\.1 400 /);
  assert.match(answer, /"message":"This is not a readable HTTP request\."/);
  await listening.close();
});

test('closing waits for the request in flight and refuses new connections', async () => {
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const arrived = Promise.withResolvers<void>();
  const slow = await serve({
    api: [
      (scope) => {
        scope.get('/slow', { config: { access: 'public' } }, async () => {
          arrived.resolve();
          await held;
          return { done: true };
        });
      },
    ],
  });
  const url = await slow.listen({ port: 0, host: '127.0.0.1' });
  const answer = fetch(`${url}${BASE}/slow`);
  await arrived.promise;
  const closing = slow.close();
  await assert.rejects(fetch(`${url}${BASE}/slow`));
  release();
  assert.deepEqual(await (await answer).json(), { done: true });
  await closing;
});
