import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertFails, elapsedMs, getSecret, startEgress, startRawSite, trickle } from './test-site.ts';

test('a name that is never resolved times out as no connection', async (t) => {
  const egress = startEgress(t, { resolve: () => {} });
  const sent = egress.send(getSecret('http://slow.example', { timeoutMs: 100 }));
  await assertFails(sent, 'timeout', /^no connection to http:\/\/slow\.example within 100 ms$/);
});

test('a TLS handshake that is never answered times out as no connection', async (t) => {
  const { host } = await startRawSite(t, () => {});
  const sent = startEgress(t).send(getSecret(`https://${host}`, { timeoutMs: 100 }));
  await assertFails(sent, 'timeout', /^no connection to https:.* within 100 ms$/);
});

test('a request that waits behind busy connections times out and is never sent', async (t) => {
  let requests = 0;
  const { host } = await startRawSite(t, () => {
    requests += 1;
  });
  const egress = startEgress(t, { connectionsPerOrigin: 1 });
  const first = egress.send(getSecret(`http://${host}`, { timeoutMs: 300 }));
  const second = egress.send(getSecret(`http://${host}`, { timeoutMs: 100 }));
  await assertFails(second, 'timeout', /^no connection to/);
  await assertFails(first, 'timeout', /^no answer from/);
  const third = egress.send(getSecret(`http://${host}`, { timeoutMs: 100 }));
  await assertFails(third, 'timeout', /^no answer from/);
  assert.equal(requests, 2);
});

test('headers that never come time out as no answer', async (t) => {
  const { host } = await startRawSite(t, (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-'));
  const sent = startEgress(t).send(getSecret(`http://${host}`, { timeoutMs: 100 }));
  await assertFails(sent, 'timeout', /^no answer from http:.* within 100 ms$/);
});

test('an informational answer alone is no answer, even where the body is only for the log', async (t) => {
  const { host } = await startRawSite(t, (socket) =>
    socket.write('HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n'),
  );
  const sent = startEgress(t).send(getSecret(`http://${host}`, { timeoutMs: 100, onLargeBody: 'truncate' }));
  await assertFails(sent, 'timeout', /^no answer from/);
});

test('a body that trickles past the total time is a timeout for a reader', async (t) => {
  const { host } = await startRawSite(t, trickle);
  const sent = startEgress(t).send(getSecret(`http://${host}`, { timeoutMs: 200 }));
  await assertFails(sent, 'timeout', /^no end of the answer from http:.* within 200 ms$/);
});

test('a truncated answer whose rest never comes does not keep its connection past the total time', async (t) => {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  const { host } = await startRawSite(t, (socket) => {
    socket.on('close', () => resolve());
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n${'.'.repeat(5_000)}`);
  });
  const sent = startEgress(t).send(
    getSecret(`http://${host}`, { timeoutMs: 1_000, onLargeBody: 'truncate', maxResponseBytes: 4096 }),
  );
  assert.ok((await elapsedMs(sent)) < 800);
  await closed;
});

test('a time limit of years is no time limit of a millisecond', async (t) => {
  const { host } = await startRawSite(t, (socket) =>
    setTimeout(() => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'), 50),
  );
  const answer = await startEgress(t).send(getSecret(`http://${host}`, { timeoutMs: 1e12 }));
  assert.equal(answer.status, 200);
});
