import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** One notification as the callback got it. */
export interface Received {
  headers: IncomingHttpHeaders;
  body: Buffer;
  message: {
    eventId: string;
    elementKey: string;
    instanceId: number;
    events: { objectId: string; objectType: string; eventType: string; date: string; pollDate?: string }[];
    raw: Record<string, unknown>;
  };
}

export interface Callback {
  url: string;
  received: Received[];
  /** Every event received, one line each: `CREATED contacts 7`. */
  lines(): string[];
  /** How later requests are answered; null lets them hang. */
  answer(reply: { status: number; headers?: Record<string, string>; body?: string } | null): void;
  /** Waits until `isDone` holds; throws after `timeoutMs` with what was received so far. */
  until(isDone: () => boolean, timeoutMs?: number): Promise<void>;
  close(): Promise<void>;
}

/** A customer's callback endpoint on loopback. */
export async function startCallback(): Promise<Callback> {
  const received: Received[] = [];
  let reply: { status: number; headers?: Record<string, string>; body?: string } | null = { status: 200 };
  const server = createServer((request, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const { message } = JSON.parse(body.toString()) as { message: Received['message'] };
      received.push({ headers: request.headers, body, message });
      if (reply === null) return;
      response.writeHead(reply.status, reply.headers).end(reply.body ?? 'ok');
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const lines = (): string[] =>
    received.flatMap(({ message }) =>
      message.events.map((event) => `${event.eventType} ${event.objectType} ${event.objectId}`),
    );
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback?tenant=7`,
    received,
    lines,
    answer: (to) => {
      reply = to;
    },
    until: async (isDone, timeoutMs = 20_000) => {
      const end = performance.now() + timeoutMs;
      while (!isDone()) {
        if (performance.now() > end) throw new Error(`not in time; received so far: ${lines().join(', ')}`);
        await sleep(20);
      }
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

/** The signature of the wire contract, computed apart from the code under test. */
export function expectedSignature(key: string, body: Buffer): string {
  return `sha256=${createHmac('sha256', key).update(body).digest('base64')}`;
}
