import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const TRIES = 100;
const TRY_AGAIN_MS = 100;
/** They belong to one connection, not to the message. */
const OWN_HEADERS = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'keep-alive']);

/** The one address of several server processes, as a load balancer is: it asks the next when one does not answer. */
export interface Relay {
  url: string;
  close(): Promise<void>;
}

/** `targets`: the origins of the processes as they are now. */
export async function startRelay(targets: () => readonly string[]): Promise<Relay> {
  let turn = 0;
  const ask = async (request: IncomingMessage, body: Buffer<ArrayBuffer>): Promise<Response | undefined> => {
    const headers = Object.entries(request.headers).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string' && !OWN_HEADERS.has(entry[0]),
    );
    for (let nth = 0; nth < TRIES; nth += 1) {
      turn += 1;
      const origin = targets()[turn % targets().length]!;
      try {
        const answer = await fetch(`${origin}${request.url}`, { method: request.method!, headers, body });
        if (answer.status < 500) return answer;
      } catch {
        // It was killed; the other one lives.
      }
      await sleep(TRY_AGAIN_MS);
    }
    return undefined;
  };
  const relay = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const answer = await ask(request, Buffer.concat(chunks));
    if (answer === undefined) return void response.writeHead(503).end();
    const headers = [...answer.headers].filter(([name]) => !OWN_HEADERS.has(name));
    response
      .writeHead(answer.status, Object.fromEntries(headers))
      .end(Buffer.from(await answer.arrayBuffer()));
  };
  const server = createServer((request, response) => {
    relay(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
