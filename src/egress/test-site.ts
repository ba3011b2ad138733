import assert from 'node:assert/strict';
import { createServer as createHttpServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { systemClock } from '../kernel/clock.ts';
import { createSilentLog } from '../kernel/log.ts';
import { createEgress } from './egress.ts';
import type { EgressErrorCode } from './egress-error.ts';
import type { Egress, EgressDeps, EgressRequest } from './egress.ts';

/** Real servers on loopback for this room's tests; each is gone when its test ends. */
export interface Site {
  host: string;
  url: string;
  port: number;
  /** Every connection there was. */
  sockets: Set<Socket>;
}

/** A site that speaks HTTP. */
export async function startSite(
  t: TestContext,
  answer: (request: IncomingMessage, response: ServerResponse) => unknown,
): Promise<Site> {
  return listen(
    t,
    createHttpServer((request, response) => void answer(request, response)),
  );
}

/** A site of bare bytes: `answer` is called whenever the headers of a request are in. */
export async function startRawSite(t: TestContext, answer: (socket: Socket) => void): Promise<Site> {
  const server = createServer((socket) => {
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (!text.includes('\r\n\r\n')) return;
      text = '';
      answer(socket);
    });
  });
  return listen(t, server);
}

export async function listen(t: TestContext, server: Server): Promise<Site> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { host: `127.0.0.1:${port}`, url: `http://127.0.0.1:${port}`, port, sockets };
}

/** An egress that may reach loopback. */
export function startEgress(t: TestContext, more: Partial<EgressDeps> = {}): Egress {
  const egress = createEgress({ allowPrivate: true, log: createSilentLog(), clock: systemClock, ...more });
  t.after(async () => egress.close());
  return egress;
}

export const get = (url: string, more: Partial<EgressRequest> = {}): EgressRequest => ({
  method: 'GET',
  url,
  timeoutMs: 5_000,
  ...more,
});

/** A request whose path and query must never show in a message. */
export const getSecret = (url: string, more: Partial<EgressRequest> = {}): EgressRequest =>
  get(`${url}/path?token=secret`, more);

/** Rejects with the code, and the message tells neither path nor query. */
export async function assertFails(
  sent: Promise<unknown>,
  code: EgressErrorCode,
  message: RegExp,
): Promise<void> {
  await assert.rejects(sent, (error: Error & { code: string }) => {
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /secret|path/);
    return true;
  });
}

export async function elapsedMs(work: Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work;
  return performance.now() - from;
}

/** A body of which a byte comes every 10 ms, for longer than anybody waits. */
export function trickle(socket: Socket): void {
  socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n');
  const timer = setInterval(() => socket.write('.'), 10);
  socket.on('close', () => clearInterval(timer));
}
