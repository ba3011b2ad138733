import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import { createEgress } from './egress.ts';
import { get, startEgress, startSite } from './test-site.ts';
import { systemClock } from '../kernel/clock.ts';
import { createSilentLog } from '../kernel/log.ts';

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

test('a request arrives as it was given and its answer comes back whole', async (t) => {
  const site = await startSite(t, async (request, response) => {
    const body = await readBody(request);
    response.setHeader('Set-Cookie', ['a=1', 'b=2']);
    response.setHeader('X-Twice', ['one', 'two']);
    response.writeHead(201, { 'Content-Type': 'application/json' });
    response.end(
      JSON.stringify({
        method: request.method,
        url: request.url,
        headers: request.headers,
        body: body.toString('hex'),
      }),
    );
  });
  const egress = startEgress(t);
  const bytes = Buffer.from([0, 255, 10, 13]);
  const answer = await egress.send({
    method: 'PATCH',
    url: `${site.url}/a%20b/?q=%7Bx%7D&q=2#fragment`,
    headers: { 'X-Sent': 'value \u00e9' },
    body: bytes,
    timeoutMs: 5_000,
  });
  assert.equal(answer.status, 201);
  assert.equal(answer.headers['content-type'], 'application/json');
  assert.equal(answer.headers['x-twice'], 'two');
  assert.equal(answer.headers['set-cookie'], undefined);
  assert.equal(answer.truncated, false);
  assert.ok(answer.latencyMs >= 0 && answer.latencyMs < 5_000);
  const seen = JSON.parse(answer.body.toString()) as Record<string, unknown> & {
    headers: Record<string, string>;
  };
  assert.equal(seen['method'], 'PATCH');
  assert.equal(seen['url'], '/a%20b/?q=%7Bx%7D&q=2');
  assert.equal(seen['body'], bytes.toString('hex'));
  assert.equal(seen.headers['x-sent'], 'value \u00e9');
  assert.equal(seen.headers['accept-encoding'], 'identity');
  assert.equal(seen.headers['content-length'], '4');
});

test('an answer without body, to HEAD too, is an empty one', async (t) => {
  const site = await startSite(t, (_, response) => response.writeHead(204).end());
  const egress = startEgress(t);
  for (const method of ['GET', 'HEAD', 'DELETE', 'OPTIONS'] as const) {
    const answer = await egress.send(get(site.url, { method }));
    assert.equal(answer.status, 204);
    assert.equal(answer.body.length, 0);
  }
});

test('an informational answer is not taken for the answer', async (t) => {
  const site = await startSite(t, (_, response) => {
    response.writeEarlyHints({ link: '</style.css>; rel=preload' });
    response.writeProcessing();
    response.writeHead(200, { 'x-final': 'yes' }).end('done');
  });
  const answer = await startEgress(t).send(get(site.url));
  assert.equal(answer.status, 200);
  assert.equal(answer.headers['x-final'], 'yes');
  assert.equal(answer.headers['link'], undefined);
});

test('a redirect is an answer like any other', async (t) => {
  const paths: (string | undefined)[] = [];
  const site = await startSite(t, (request, response) => {
    paths.push(request.url);
    response.writeHead(302, { location: '/elsewhere' }).end();
  });
  const answer = await startEgress(t).send(get(`${site.url}/here`));
  assert.equal(answer.status, 302);
  assert.equal(answer.headers['location'], '/elsewhere');
  assert.deepEqual(paths, ['/here']);
});

test('requests one after the other share one connection', async (t) => {
  const site = await startSite(t, (_, response) => response.end('ok'));
  const egress = startEgress(t);
  for (let i = 0; i < 20; i++) await egress.send(get(site.url));
  assert.equal(site.sockets.size, 1);
});

test('a truncated answer with little more to come does not cost its connection', async (t) => {
  const site = await startSite(t, (_, response) => response.end('x'.repeat(40_000)));
  const egress = startEgress(t);
  for (let i = 0; i < 20; i++) {
    const answer = await egress.send(get(site.url, { onLargeBody: 'truncate', maxResponseBytes: 4096 }));
    assert.equal(answer.body.length, 4096);
    assert.equal(answer.truncated, true);
  }
  // The rest of one answer may still be arriving while the next request goes out.
  assert.ok(site.sockets.size <= 2);
});

test('requests at once use no more connections than configured, and all are answered', async (t) => {
  const site = await startSite(t, (_, response) => setTimeout(() => response.end('ok'), 20));
  const egress = startEgress(t, { connectionsPerOrigin: 4 });
  const answers = await Promise.all(Array.from({ length: 40 }, async () => egress.send(get(site.url))));
  assert.ok(answers.every(({ status }) => status === 200));
  assert.equal(site.sockets.size, 4);
});

test('a slow answer does not hold up the next request behind it', async (t) => {
  const site = await startSite(t, (request, response) => {
    if (request.url === '/slow') setTimeout(() => response.end('late'), 500);
    else response.end('soon');
  });
  const egress = startEgress(t);
  const order: string[] = [];
  await Promise.all(
    ['/slow', '/fast'].map(async (path) =>
      order.push((await egress.send(get(site.url + path))).body.toString()),
    ),
  );
  assert.deepEqual(order, ['soon', 'late']);
});

test('a signal gives a request up, before and while it runs', async (t) => {
  const site = await startSite(t, () => {});
  const egress = startEgress(t);
  await assert.rejects(egress.send(get(site.url, { signal: AbortSignal.abort() })), { code: 'aborted' });
  assert.equal(site.sockets.size, 0);
  const controller = new AbortController();
  const sent = Array.from({ length: 30 }, async () =>
    egress.send(get(site.url, { signal: controller.signal })),
  );
  setTimeout(() => controller.abort(), 50);
  const results = await Promise.allSettled(sent);
  for (const result of results)
    assert.equal(result.status === 'rejected' && (result.reason as { code: string }).code, 'aborted');
});

test('closing fails what is in flight, ends the connections and refuses what comes later', async (t) => {
  const site = await startSite(t, () => {});
  const egress = startEgress(t, { connectionsPerOrigin: 2 });
  const sent = Array.from({ length: 5 }, async () => egress.send(get(site.url)));
  const settled = Promise.allSettled(sent);
  await sleep(50);
  await egress.close();
  for (const result of await settled)
    assert.equal(result.status === 'rejected' && (result.reason as { code: string }).code, 'shut_down');
  await assert.rejects(egress.send(get(site.url)), { code: 'shut_down' });
  await sleep(20);
  assert.ok([...site.sockets].every((socket) => socket.destroyed));
});

test('closing twice, or before anything was sent, is fine', async () => {
  const egress = createEgress({ allowPrivate: true, log: createSilentLog(), clock: systemClock });
  await egress.close();
  await egress.close();
});

test('an unusable URL is refused before anything is sent', async (t) => {
  const egress = startEgress(t);
  for (const url of [
    '',
    'example.com',
    '/path',
    'http://',
    'ftp://example.com/',
    'file:///etc/passwd',
    'http://user@example.com/',
    'http://:pw@example.com/',
    'http://300.1.1.1/',
    'http://[::1',
    'http://exa mple.com/',
    'http://example.com:99999/',
    `http://example.com/${'x'.repeat(70_000)}`,
  ]) {
    await assert.rejects(egress.send(get(url)), { code: 'bad_url' }, url);
  }
});

test('a header that could change the request is refused by its name', async (t) => {
  const site = await startSite(t, (_, response) => response.end());
  const egress = startEgress(t);
  const bad: Record<string, string>[] = [
    { Host: 'evil.example' },
    { 'Transfer-Encoding': 'chunked' },
    { 'content-length': '5' },
    { 'x-split': 'a\r\nb: c' },
    { 'x-euro': '\u20ac' },
    { 'bad name': 'x' },
    { '': 'x' },
  ];
  for (const headers of bad) {
    const [name] = Object.keys(headers) as [string];
    await assert.rejects(
      egress.send(get(site.url, { headers })),
      (error: Error & { code: string }) =>
        error.code === 'bad_request' && error.message.includes(`"${name}"`),
      name,
    );
  }
  assert.equal(site.sockets.size, 0);
});

test('a request with credentials goes to an allowed origin only', async (t) => {
  const site = await startSite(t, (_, response) => response.end('ok'));
  const egress = startEgress(t);
  const allowedOrigins = { origins: [`${site.url}/v1`], hostSuffixes: ['example.com'] };
  assert.equal((await egress.send(get(`${site.url}/next`, { allowedOrigins }))).status, 200);
  await assert.rejects(
    egress.send(get(`http://localhost:${site.port}/next?token=secret`, { allowedOrigins })),
    {
      code: 'refused_origin',
      message: `credentials are not sent to http://localhost:${site.port}`,
    },
  );
});
