import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isJsonObject, type Json } from '../../kernel/json.ts';

/** What the demo shows of one event. */
export interface ShownEvent {
  elementKey: string;
  eventType: string;
  objectType: string;
  objectId: string;
  isSigned: boolean;
}

/** The customer's side: takes notifications on loopback, checks each signature, tells what came. */
export async function startDemoCallback(
  signatureKey: string,
  onEvent: (event: ShownEvent) => void,
): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const expected = `sha256=${createHmac('sha256', signatureKey).update(body).digest('base64')}`;
      const isSigned = request.headers['elements-webhook-signature'] === expected;
      response.writeHead(200).end();
      for (const event of readEvents(body)) onEvent({ ...event, isSigned });
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

function readEvents(body: Buffer): Omit<ShownEvent, 'isSigned'>[] {
  const notification = JSON.parse(body.toString('utf8')) as Json;
  const message = isJsonObject(notification) ? notification['message'] : undefined;
  const events = isJsonObject(message) ? message['events'] : undefined;
  return (Array.isArray(events) ? events : []) as unknown as Omit<ShownEvent, 'isSigned'>[];
}
