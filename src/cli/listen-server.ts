import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { signBody } from '../delivery/sign.ts';
import { Fault } from '../kernel/errors.ts';
import { isJsonObject, type Json } from '../kernel/json.ts';
import { constantTimeEqual } from '../vault/equal.ts';
import type { Change } from './changes-text.ts';

/** A notification that came. */
export interface Heard {
  /** `unchecked` without a key to check with. */
  signature: 'ok' | 'wrong' | 'missing' | 'unchecked';
  /** As it was sent; more than what is named here is in it. */
  message: { eventId: string; elementKey: string; instanceId: number; events: Change[] };
}

/** What a person reads of a signature. */
export const VERDICTS: Readonly<Record<Heard['signature'], string>> = {
  ok: 'signature ok',
  wrong: 'SIGNATURE WRONG',
  missing: 'NOT SIGNED',
  unchecked: 'signature not checked',
};

/** A little more than the largest webhook body taken in, which is passed on as `raw`. */
const MOST_BYTES = 16 * 1024 * 1024;

/**
 * Takes notifications on loopback and answers each with 200, whatever its signature: this is to look at.
 * @throws Fault `conflict` when the port is taken
 */
export async function startListener(options: {
  port: number;
  signatureKey: string | undefined;
  onHeard: (heard: Heard) => void;
}): Promise<{ url: string; close(): Promise<void> }> {
  const { port, signatureKey, onHeard } = options;
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method !== 'POST') return answer(response, 405, 'Notifications are sent with POST.');
    const body = await readBody(request);
    if (body === undefined) return answer(response, 413, `More than ${MOST_BYTES} bytes.`);
    const message = readMessage(body);
    if (message === undefined) return answer(response, 400, 'This is not a notification of Tidings.');
    onHeard({ signature: judge(signatureKey, body, request.headers['elements-webhook-signature']), message });
    answer(response, 200, 'Heard.');
  };
  const server = createServer((request, response) => {
    // A sender that breaks off has nothing to be told.
    take(request, response).catch(() => response.destroy());
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error;
    throw new Fault('conflict', `port ${port} is taken: choose another with --port.`);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}

/** Undefined when it is too large. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MOST_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function judge(
  key: string | undefined,
  body: Buffer,
  sent: string | string[] | undefined,
): Heard['signature'] {
  const expected = signBody(key, body);
  if (expected === undefined) return 'unchecked';
  if (typeof sent !== 'string') return 'missing';
  return constantTimeEqual(sent, expected) ? 'ok' : 'wrong';
}

function readMessage(body: Buffer): Heard['message'] | undefined {
  let parsed: Json;
  try {
    parsed = JSON.parse(body.toString('utf8')) as Json;
  } catch {
    return undefined;
  }
  const message = isJsonObject(parsed) ? parsed['message'] : undefined;
  if (!isJsonObject(message) || !Array.isArray(message['events'])) return undefined;
  return message['events'].every(isJsonObject) ? (message as unknown as Heard['message']) : undefined;
}
