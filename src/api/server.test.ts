import assert from 'node:assert/strict';
import { test } from 'node:test';
import Type from 'typebox';
import type { Routes } from '../accounts/app.ts';
import { createManualClock } from '../kernel/clock.ts';
import { Fault } from '../kernel/errors.ts';
import { createSilentLog } from '../kernel/log.ts';
import { createServer } from './server.ts';
import type { ServerOptions } from './server.ts';

const CALLER = { organizationId: 2, accountId: 3, userId: 4, role: 'member' } as const;

const echo: Routes = (app) => {
  app.post(
    '/echo/:id',
    {
      schema: {
        params: Type.Object({ id: Type.Integer() }),
        querystring: Type.Object({
          tags: Type.Optional(Type.Array(Type.String())),
          pageSize: Type.Optional(Type.Integer({ minimum: 1, maximum: 2000 })),
        }),
        body: Type.Object({ name: Type.String(), count: Type.Optional(Type.Integer()) }),
      },
    },
    ({ params, query, body }) => ({ params, query, body }),
  );
  app.delete('/echo/:id', ({ caller, body }) => ({ caller, body: body ?? 'none' }));
  app.put('/echo/:id', ({ body }) => ({ body: body ?? 'none' }));
  app.get('/fails/:how', ({ params }) => {
    const { how } = params as { how: string };
    if (how === 'vendor')
      throw new Fault('vendor_failed', 'No answer.', { providerMessage: 'INVALID_QUERY' });
    if (how === 'limit') throw new Fault('too_many_requests', 'Slow down.', { retryAfterS: 7 });
    throw new Error('the secret detail');
  });
  app.post(
    '/hook',
    { config: { access: 'public', keepRawBody: true }, bodyLimit: 8 * 1024 * 1024 },
    (request) => ({
      raw: request.rawBody?.toString('base64'),
      body: request.body,
    }),
  );
};

async function serve(options: Partial<ServerOptions> = {}) {
  return createServer({
    log: createSilentLog(),
    clock: createManualClock(1_800_000_000_000),
    publicUrl: 'http://localhost:8080',
    trustProxy: false,
    authenticate: async (authorization) => {
      if (authorization === undefined) throw new Fault('unauthorized');
      return { caller: CALLER, elementToken: null };
    },
    api: [echo],
    root: [],
    ...options,
  });
}

const headers = { authorization: 'User a, Organization b' };
const BASE = '/elements/api-v2';

test('query lists, numbers and empty values arrive as the schema says', async () => {
  const app = await serve();
  const answer = await app.inject({
    method: 'POST',
    url: `${BASE}/echo/12/?tags[]=a&pageSize=5&orderBy=&where=x%3D1`,
    headers,
    payload: { name: 'n', extra: { kept: true } },
  });
  assert.equal(answer.statusCode, 200);
  assert.deepEqual(answer.json(), {
    params: { id: 12 },
    query: { tags: ['a'], pageSize: 5, where: 'x=1' },
    body: { name: 'n', extra: { kept: true } },
  });
});

test('a 400 names every problem of the body at once', async () => {
  const app = await serve();
  const answer = await app.inject({
    method: 'POST',
    url: `${BASE}/echo/1`,
    headers,
    payload: { count: '3' },
  });
  assert.equal(answer.statusCode, 400);
  const { message, requestId } = answer.json<{ message: string; requestId: string }>();
  assert.equal(message, 'The request is not valid: name is missing; count must be a whole number.');
  assert.equal(answer.headers['elements-request-id'], requestId);
});
