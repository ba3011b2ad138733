/*
 * What Tidings is held against, as a process of its own. `bare` forwards each webhook signed and stores nothing: the
 * most that this machine can do. `queue` makes a job of each webhook in a PostgreSQL job queue.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'undici';
import { signBody } from '../../src/delivery/sign.ts';
import { startJobQueue } from './job-queue.ts';

export type RivalOrder = { kind: 'bare'; callbackUrl: string } | QueueOrder;

export interface QueueOrder {
  kind: 'queue';
  callbackUrl: string;
  databaseUrl: string;
  /** The file of graphile-worker to load. */
  module: string;
}

/** Where it takes webhooks. */
export interface Rival {
  port: number;
}

const SIGNATURE_KEY = 'a-signature-key-of-the-bench';

/** Posts a body, signed, to the callback; resolves once it was accepted. */
export type Post = (body: Buffer) => Promise<void>;

process.on('disconnect', () => process.exit(0));
process.once('message', (order: RivalOrder) => {
  const post = createPost(order.callbackUrl);
  const started = order.kind === 'bare' ? Promise.resolve(post) : startJobQueue(order, post);
  void started
    .then(serve)
    .then((port) => process.send!({ kind: 'started', value: { port } satisfies Rival }));
});

function createPost(callbackUrl: string): Post {
  const { origin, pathname } = new URL(callbackUrl);
  const pool = new Pool(origin, { connections: 256, pipelining: 1 });
  return async (body) => {
    const headers = {
      'content-type': 'application/json',
      'elements-webhook-signature': signBody(SIGNATURE_KEY, body)!,
    };
    const answer = await pool.request({ path: pathname, method: 'POST', headers, body });
    await answer.body.dump();
  };
}

/** Answers each webhook when `take` is done with it. */
async function serve(take: Post): Promise<number> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      void take(Buffer.concat(chunks)).then(() => {
        response.writeHead(200, { 'content-length': 2 }).end('{}');
      });
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}
