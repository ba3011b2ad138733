import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { createClock } from './clock.ts';
import { createFaults } from './faults.ts';
import { listen } from './listen.ts';
import type { Listening } from './listen.ts';
import { createRequestLog } from './request-log.ts';
import { readJson } from './route.ts';
import type { Route } from './route.ts';

const START = Date.parse('2026-11-20T09:15:00Z');

describe('listen', () => {
  const clock = createClock(START);
  const faults = createFaults({ 'rate-limit': () => ({ status: 429, body: { error: 'slow down' } }) });
  const requests = createRequestLog();
  let writes = 0;
  let server: Listening;
  const routes: Route[] = [
    {
      method: 'GET',
      path: '/things/:id',
      handle: ({ params }) => ({ status: 200, body: { id: params['id'] } }),
    },
    { method: 'GET', path: '/things/archived', handle: () => ({ status: 200, body: { archived: true } }) },
    {
      method: 'POST',
      path: '/things',
      handle: (request) => {
        writes += 1;
        return { status: 201, body: readJson(request) ?? null };
      },
    },
  ];

  before(async () => {
    server = await listen({ routes, clock, faults, requests });
  });
  after(() => server.close());

  const withFault = async (
    effect: Parameters<typeof faults.add>[0]['effect'],
    path = '/things/1',
  ): Promise<Response> => {
    faults.clear();
    faults.add({ times: 1, effect });
    return fetch(server.url + path, { signal: AbortSignal.timeout(300) });
  };

  it('a route gets its decoded parameters and the answer carries the clock in Date', async () => {
    const response = await fetch(`${server.url}/things/a%20b/`);
    assert.deepEqual(await response.json(), { id: 'a b' });
    assert.equal(response.headers.get('date'), 'Fri, 20 Nov 2026 09:15:00 GMT');
  });

  it('a literal path wins over a parameter', async () => {
    assert.deepEqual(await (await fetch(`${server.url}/things/archived`)).json(), { archived: true });
  });

  it('unknown paths give 404, wrong methods 405 and broken bodies 400', async () => {
    assert.equal((await fetch(`${server.url}/nothing`)).status, 404);
    assert.equal((await fetch(`${server.url}/things/1`, { method: 'DELETE' })).status, 405);
    assert.equal((await fetch(`${server.url}/things`, { method: 'POST', body: '{"a":' })).status, 400);
    assert.equal((await fetch(`${server.url}/%E0%A4%A`)).status, 404);
  });

  it('bytes that are not HTTP end only their own connection', async () => {
    const text = await new Promise<string>((resolve, reject) => {
      const socket = connect(server.port, '127.0.0.1', () => socket.end('\u0000\u0001 nonsense\r\n\r\n'));
      let received = '';
      socket.on('data', (chunk: Buffer) => (received += chunk.toString('utf8')));
      socket.on('error', reject);
      socket.on('close', () => resolve(received));
    });
    assert.match(text, /^HTTP\/1\.1 400/);
    assert.equal((await fetch(`${server.url}/things/1`)).status, 200);
  });

  it('the log keeps method, path, query, status and time, newest last', async () => {
    requests.clear();
    await fetch(`${server.url}/things/1?a=1&b=2`);
    await fetch(`${server.url}/nothing`);
    assert.deepEqual(requests.list(), [
      { method: 'GET', path: '/things/1', query: 'a=1&b=2', status: 200, at: START },
      { method: 'GET', path: '/nothing', query: '', status: 404, at: START },
    ]);
    assert.equal(requests.list('/things').length, 1);
  });

  it('a reply fault and a vendor fault answer in place of the route', async () => {
    const reply = await withFault({
      kind: 'reply',
      status: 503,
      body: { a: 1 },
      headers: { 'retry-after': '7' },
    });
    assert.deepEqual(
      [reply.status, reply.headers.get('retry-after'), await reply.json()],
      [503, '7', { a: 1 }],
    );
    const vendor = await withFault({ kind: 'vendor', name: 'rate-limit' });
    assert.deepEqual([vendor.status, await vendor.json()], [429, { error: 'slow down' }]);
    assert.equal((await fetch(`${server.url}/things/1`)).status, 200);
  });

  it('a hang never answers, or answers truly after its time', async () => {
    await assert.rejects(withFault({ kind: 'hang' }), { name: 'TimeoutError' });
    const late = await withFault({ kind: 'hang', ms: 20 });
    assert.deepEqual(await late.json(), { id: '1' });
  });

  it('a drop before the route does nothing, a drop after it leaves the write done', async () => {
    const write = (): Promise<Response> => fetch(`${server.url}/things`, { method: 'POST', body: '{}' });
    writes = 0;
    faults.clear();
    faults.add({ times: 1, effect: { kind: 'drop' } });
    await assert.rejects(write());
    assert.equal(writes, 0);
    faults.add({ times: 1, effect: { kind: 'drop', when: 'after' } });
    await assert.rejects(write());
    assert.equal(writes, 1);
  });

  it('truncated, malformed, HTML and huge bodies come as they are called', async () => {
    await assert.rejects((await withFault({ kind: 'truncate' })).text());
    const malformed = await withFault({ kind: 'malformed-json' });
    assert.equal(malformed.headers.get('content-type'), 'application/json; charset=utf-8');
    assert.throws(() => JSON.parse('{"success":true,"data":[{"id":1,'));
    await assert.rejects(malformed.json(), SyntaxError);
    const html = await withFault({ kind: 'html', status: 403 });
    assert.equal(html.status, 403);
    assert.match(await html.text(), /^<!DOCTYPE html>/);
    assert.ok((await (await withFault({ kind: 'huge', bytes: 100_000 })).text()).length > 100_000);
  });

  it('another process sets faults, reads the log and moves the clock over HTTP', async () => {
    const control = (path: string, method: string, body?: unknown): Promise<Response> =>
      fetch(`${server.url}/__simulator/${path}`, { method, ...(body ? { body: JSON.stringify(body) } : {}) });
    faults.clear();
    requests.clear();
    const rules = [{ method: 'GET', path: '/things', nth: 2, effect: { kind: 'reply', status: 500 } }];
    assert.equal((await control('faults', 'POST', { rules })).status, 201);
    const statuses = [];
    for (let call = 0; call < 3; call += 1) statuses.push((await fetch(`${server.url}/things/1`)).status);
    assert.deepEqual(statuses, [200, 500, 200]);
    const listed = (await (await control('faults', 'GET')).json()) as { rules: unknown[] };
    assert.deepEqual(listed.rules, [{ id: faults.list()[0]?.id, rule: rules[0], matched: 3, fired: 1 }]);
    const log = (await (await control('requests?path=/things', 'GET')).json()) as { count: number };
    assert.equal(log.count, 3);
    assert.equal((await control('faults', 'DELETE')).status, 204);
    assert.deepEqual(faults.list(), []);
    const moved = await (await control('clock', 'POST', { set: '2026-11-21T00:00:00Z', advance: 5 })).json();
    const now = Date.parse('2026-11-21T00:00:00.005Z');
    assert.deepEqual(moved, { now, iso: '2026-11-21T00:00:00.005Z', frozen: true });
    clock.set(START);
  });

  it('a bad fault rule or time is refused with what is wrong', async () => {
    const post = async (path: string, body: string): Promise<unknown> => {
      const response = await fetch(`${server.url}/__simulator/${path}`, { method: 'POST', body });
      return [response.status, await response.json()];
    };
    assert.deepEqual(await post('faults', '[{"effect":{"kind":"explode"}}]'), [
      400,
      {
        error:
          'rule 0: `effect.kind` must be one of reply, vendor, hang, drop, truncate, malformed-json, html, huge',
      },
    ]);
    assert.deepEqual(await post('clock', '{"set":"soon"}'), [
      400,
      { error: '`set` must be milliseconds since 1970 or an ISO-8601 text' },
    ]);
  });

  it('a rule with a probability fires on the same calls for the same seed', () => {
    const run = (): boolean[] => {
      const own = createFaults();
      own.add({ probability: 0.5, seed: 7, effect: { kind: 'drop' } });
      return Array.from({ length: 20 }, () => own.take({ method: 'GET', path: '/' }) !== undefined);
    };
    assert.deepEqual(run(), run());
    assert.deepEqual(new Set(run()), new Set([true, false]));
  });
});
