import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import type { EgressErrorCode } from './egress-error.ts';
import {
  assertFails,
  elapsedMs,
  getSecret,
  listen,
  startEgress,
  startRawSite,
  trickle,
} from './test-site.ts';

test('a body that trickles or breaks off is an answer where it is only for the log', async (t) => {
  const egress = startEgress(t);
  for (const misbehave of [trickle, breakOff]) {
    const { host } = await startRawSite(t, misbehave);
    const answer = await egress.send(
      getSecret(`http://${host}`, { timeoutMs: 200, onLargeBody: 'truncate', maxResponseBytes: 4096 }),
    );
    assert.equal(answer.status, 200);
    assert.equal(answer.truncated, true);
    assert.match(answer.body.toString(), /^\.+$/);
  }
});

test('an endless body is cut at once where it is only for the log, and its connection ended', async (t) => {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  const { host } = await startRawSite(t, (socket) => {
    socket.on('close', () => resolve());
    flood(socket);
  });
  const egress = startEgress(t);
  const answer = await egress.send(
    getSecret(`http://${host}`, { onLargeBody: 'truncate', maxResponseBytes: 4096 }),
  );
  assert.equal(answer.truncated, true);
  assert.equal(answer.body.length, 4096);
  assert.ok((await elapsedMs(closed)) < 2_000);
});

test('a body larger than asked for is an error for a reader, exactly as large is not', async (t) => {
  const { host } = await startRawSite(t, (socket) =>
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n${'.'.repeat(5_000)}`),
  );
  const egress = startEgress(t);
  assert.equal(
    (await egress.send(getSecret(`http://${host}`, { maxResponseBytes: 5_000 }))).body.length,
    5_000,
  );
  await assertFails(
    egress.send(getSecret(`http://${host}`, { maxResponseBytes: 4_999 })),
    'too_large',
    /larger than 4999 bytes$/,
  );
  const { host: endless } = await startRawSite(t, flood);
  await assertFails(
    egress.send(getSecret(`http://${endless}`, { maxResponseBytes: 1_000_000 })),
    'too_large',
    /larger than 1000000 bytes$/,
  );
});

test('an encoded body nobody asked for is an error for a reader', async (t) => {
  const { host } = await startRawSite(t, (socket) =>
    socket.write('HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b'),
  );
  const egress = startEgress(t);
  await assertFails(egress.send(getSecret(`http://${host}`)), 'bad_answer', /content-encoding "gzip"/);
  assert.equal((await egress.send(getSecret(`http://${host}`, { onLargeBody: 'truncate' }))).status, 200);
});

const MALFORMED: Record<string, [string, EgressErrorCode]> = {
  'no HTTP at all': ['220 mail.example ESMTP\r\n', 'bad_answer'],
  'no status': ['HTTP/1.1 OK\r\n\r\n', 'bad_answer'],
  'a status of four digits': ['HTTP/1.1 2000 OK\r\n\r\n', 'bad_answer'],
  'two different lengths': [
    'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
    'bad_answer',
  ],
  'length and chunks': [
    'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'bad_answer',
  ],
  'a negative length': ['HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n', 'bad_answer'],
  'a chunk size that is none': ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', 'bad_answer'],
  'a header name with a blank': ['HTTP/1.1 200 OK\r\nbad header: x\r\n\r\n', 'bad_answer'],
  'headers without end': [`HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(20_000)}`, 'too_large'],
};

test('an answer that is not valid HTTP is an error, and the next request gets a new connection', async (t) => {
  const egress = startEgress(t);
  for (const [what, [bytes, code]] of Object.entries(MALFORMED)) {
    let requests = 0;
    const { host } = await startRawSite(t, (socket) => {
      requests += 1;
      socket.write(requests === 1 ? bytes : 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    });
    await assert.rejects(egress.send(getSecret(`http://${host}`)), { code }, what);
    assert.equal((await egress.send(getSecret(`http://${host}`))).body.toString(), 'ok', what);
  }
});

test('a connection that breaks before or within the answer is closed, and the request is not repeated', async (t) => {
  let requests = 0;
  const breaks: ((socket: Socket) => void)[] = [
    (socket) => socket.end(),
    (socket) => socket.resetAndDestroy(),
    (socket) => socket.end('HTTP/1.1 200 OK\r\n'),
    (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n.....'),
    (socket) => socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n.....\r\n'),
    breakOff,
  ];
  const egress = startEgress(t);
  for (const [index, misbehave] of breaks.entries()) {
    requests = 0;
    const { host } = await startRawSite(t, (socket) => {
      requests += 1;
      misbehave(socket);
    });
    for (const method of ['GET', 'POST'] as const) {
      await assertFails(
        egress.send(getSecret(`http://${host}`, { method })),
        'closed',
        new RegExp(`^http://${host} closed`),
      );
    }
    assert.equal(requests, 2, `case ${index}`);
  }
});

test('an answer that ends with its connection, without length and Date header, is whole', async (t) => {
  const { host } = await startRawSite(t, (socket) => socket.end('HTTP/1.0 200 OK\r\n\r\nold but fine'));
  const answer = await startEgress(t).send(getSecret(`http://${host}`));
  assert.equal(answer.body.toString(), 'old but fine');
  assert.deepEqual(answer.headers, {});
});

test('an answer with a header named after the prototype stays data', async (t) => {
  const { host } = await startRawSite(t, (socket) =>
    socket.write(
      'HTTP/1.1 200 OK\r\n__proto__: a\r\n__proto__: b\r\nconstructor: c\r\nContent-Length: 0\r\n\r\n',
    ),
  );
  const { headers } = await startEgress(t).send(getSecret(`http://${host}`));
  assert.equal(headers['constructor'], 'c');
  assert.equal(headers['content-length'], '0');
  assert.equal(Object.getPrototypeOf(headers), Object.prototype);
});

test('a port nobody listens on, a name nobody has and a protocol mix-up are told apart', async (t) => {
  const egress = startEgress(t, {
    resolve: (_, __, callback) =>
      callback(Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }), []),
  });
  await assertFails(
    egress.send(getSecret('http://127.0.0.1:1')),
    'connect',
    /^no connection to http:\/\/127\.0\.0\.1:1 \(ECONNREFUSED\)$/,
  );
  await assertFails(
    egress.send(getSecret('http://nobody.example')),
    'dns',
    /^the host of http:\/\/nobody\.example was not found \(ENOTFOUND\)$/,
  );
  const mail = await listen(
    t,
    createServer((socket) => socket.end('220 mail.example ESMTP\r\n')),
  );
  await assertFails(egress.send(getSecret(`https://${mail.host}`)), 'tls', /^no secure connection to https:/);
});

function breakOff(socket: Socket): void {
  socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n..........', () =>
    setTimeout(() => socket.resetAndDestroy(), 50),
  );
}

function flood(socket: Socket): void {
  const chunk = Buffer.alloc(64 * 1024, '.');
  const more = (): void => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.write('HTTP/1.1 200 OK\r\n\r\n');
  socket.on('drain', more);
  more();
}
