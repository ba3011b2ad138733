import { createServer as createHttpServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { systemClock } from '../kernel/clock.ts';
import { createSilentLog } from '../kernel/log.ts';
import { createEgress } from './egress.ts';
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
