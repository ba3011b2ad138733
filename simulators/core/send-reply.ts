import type { ServerResponse } from 'node:http';
import type { EpochMs } from './clock.ts';
import type { SimulatorReply } from './route.ts';

/** Sends a reply, its Date header taken from the simulator's clock. */
export function sendReply(response: ServerResponse, reply: SimulatorReply, at: EpochMs): void {
  if (response.destroyed) return;
  const body = encode(reply.body);
  writeHead(response, reply, at, body.length);
  response.end(body);
}

/** Promises the whole body, sends its beginning and cuts the connection. */
export function sendTruncated(
  response: ServerResponse,
  reply: SimulatorReply,
  at: EpochMs,
  bytes?: number,
): void {
  if (response.destroyed) return;
  const body = encode(reply.body);
  writeHead(response, reply, at, body.length);
  response.write(body.subarray(0, bytes ?? Math.floor(body.length / 2)), () => dropConnection(response));
}

/** Cuts the connection without a word. */
export function dropConnection(response: ServerResponse): void {
  response.socket?.destroy();
}

function encode(body: unknown): Buffer {
  if (body === undefined) return Buffer.alloc(0);
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body), 'utf8');
}

function writeHead(response: ServerResponse, reply: SimulatorReply, at: EpochMs, length: number): void {
  response.statusCode = reply.status;
  response.setHeader('date', new Date(at).toUTCString());
  if (typeof reply.body === 'object' && !Buffer.isBuffer(reply.body)) {
    response.setHeader('content-type', 'application/json; charset=utf-8');
  } else if (typeof reply.body === 'string') {
    response.setHeader('content-type', 'text/plain; charset=utf-8');
  }
  if (reply.status !== 204 && reply.status !== 304) response.setHeader('content-length', length);
  for (const [name, value] of Object.entries(reply.headers ?? {})) response.setHeader(name, value);
}
