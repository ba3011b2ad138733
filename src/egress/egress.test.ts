import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import type { LookupAddress } from 'node:dns';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { systemClock } from '../kernel/clock.ts';
import { createSilentLog } from '../kernel/log.ts';
import { createEgress } from './egress.ts';
import type { EgressDeps, EgressRequest } from './egress.ts';

const deps: EgressDeps = { allowPrivate: true, log: createSilentLog(), clock: systemClock };

interface Site {
  url: string;
  port: number;
  sockets: Set<Socket>;
}

type Answer = (request: IncomingMessage, response: ServerResponse) => unknown;

async function startSite(t: TestContext, answer: Answer): Promise<Site> {
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => void answer(request, response));
  server.on('connection', (socket) => sockets.add(socket));
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port, sockets };
}

function startEgress(t: TestContext, more: Partial<EgressDeps> = {}): ReturnType<typeof createEgress> {
  const egress = createEgress({ ...deps, ...more });
  t.after(async () => egress.close());
  return egress;
}

const get = (url: string, more: Partial<EgressRequest> = {}): EgressRequest => ({
  method: 'GET',
  url,
  timeoutMs: 5_000,
  ...more,
});

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
  const egress = createEgress(deps);
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

test('every way to write a local or metadata address in a URL is refused by default', async (t) => {
  const site = await startSite(t, (_, response) => response.end('reached'));
  const egress = startEgress(t, { allowPrivate: false });
  const hosts = [
    '127.0.0.1',
    '127.0.0.1.',
    '127.1',
    '2130706433',
    '0x7f.1',
    '0x7F000001',
    '017700000001',
    '0177.0.0.01',
    '\uff11\uff12\uff17.0.0.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    '0.0.0.0',
    '0',
    '[::]',
    'localhost',
    'LOCALHOST',
    '169.254.169.254',
    '[fd00:ec2::254]',
    '10.0.0.1',
    '[fe80::1]',
  ];
  for (const host of hosts) {
    await assert.rejects(egress.send(get(`http://${host}:${site.port}/`)), { code: 'refused_address' }, host);
    await assert.rejects(
      egress.send(get(`https://${host}:${site.port}/`)),
      { code: 'refused_address' },
      host,
    );
  }
  assert.equal(site.sockets.size, 0);
});

test('a permitted network reaches loopback by literal and by name, but not metadata', async (t) => {
  const site = await startSite(t, (_, response) => response.end('reached'));
  const egress = startEgress(t, { allowPrivate: ['127.0.0.0/8'] });
  for (const host of ['127.0.0.1', '2130706433', 'localhost']) {
    assert.equal((await egress.send(get(`http://${host}:${site.port}/`))).status, 200, host);
  }
  const open = startEgress(t, { allowPrivate: true });
  for (const host of ['169.254.169.254', '[fd00:ec2::254]', '[::ffff:a9fe:a9fe]', '0.0.0.0']) {
    await assert.rejects(open.send(get(`http://${host}:${site.port}/`)), { code: 'refused_address' }, host);
  }
});

test('a name that turns to a private address between two look-ups never gets there', async (t) => {
  const site = await startSite(t, (_, response) => response.end('reached'));
  const answers: LookupAddress[][] = [
    [
      { address: '10.0.0.1', family: 4 },
      { address: 'fe80::1', family: 6 },
    ],
    [
      { address: '10.0.0.1', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ],
    [{ address: '10.0.0.1', family: 4 }],
  ];
  let lookups = 0;
  const egress = startEgress(t, {
    allowPrivate: ['127.0.0.1'],
    resolve: (_, __, callback) => callback(null, answers[lookups++]!),
  });
  const url = `http://rebind.example:${site.port}/?token=secret`;
  await assert.rejects(egress.send(get(url)), (error: Error & { code: string }) => {
    assert.equal(error.code, 'refused_address');
    assert.match(error.message, /^rebind\.example is in a private .*TIDINGS_ALLOW_PRIVATE_NETWORKS$/);
    assert.doesNotMatch(error.message, /10\.0\.0\.1|secret/);
    return true;
  });
  // Of the second answer only the permitted address is used; the kept connection needs no third look-up.
  assert.equal((await egress.send(get(url))).body.toString(), 'reached');
  assert.equal((await egress.send(get(url))).body.toString(), 'reached');
  assert.equal(lookups, 2);
});

test('a proxy in the environment is ignored', async (t) => {
  const site = await startSite(t, (_, response) => response.end('direct'));
  let proxied = 0;
  const proxy = await startSite(t, (_, response) => {
    proxied += 1;
    response.end('proxied');
  });
  const script = `
    const { createEgress } = await import(${JSON.stringify(new URL('egress.ts', import.meta.url).href)});
    const { createSilentLog } = await import(${JSON.stringify(new URL('../kernel/log.ts', import.meta.url).href)});
    const egress = createEgress({ allowPrivate: true, log: createSilentLog(), clock: { now: () => 0 } });
    const answer = await egress.send({ method: 'GET', url: ${JSON.stringify(site.url)}, timeoutMs: 5000 });
    console.log(answer.body.toString());
    await egress.close();`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    env: {
      ...process.env,
      HTTP_PROXY: proxy.url,
      http_proxy: proxy.url,
      ALL_PROXY: proxy.url,
      HTTPS_PROXY: proxy.url,
      NO_PROXY: '',
      no_proxy: '',
      NODE_USE_ENV_PROXY: '1',
    },
  });
  assert.equal(stdout.trim(), 'direct');
  assert.equal(proxied, 0);
});
