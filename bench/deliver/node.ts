/*
 * One node under test, in a process of its own: `bare` forwards each webhook signed and stores nothing; `tidings`
 * records and delivers as the product does, behind a route that does nothing else.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fastify from 'fastify';
import { Registry } from 'prom-client';
import { Pool } from 'undici';
import { createDatabaseClock } from '../../src/database/clock.ts';
import type { Connection } from '../../src/database/connection.ts';
import { createDatabase } from '../../src/database/pool.ts';
import { createDeliveryMetrics } from '../../src/delivery/metrics.ts';
import { startSender } from '../../src/delivery/sender.ts';
import { signBody } from '../../src/delivery/sign.ts';
import type { Target } from '../../src/delivery/targets.ts';
import { createEgress } from '../../src/egress/egress.ts';
import { createIngest } from '../../src/events/ingest.ts';
import { createWakeUps } from '../../src/events/wake-ups.ts';
import { createLog } from '../../src/kernel/log.ts';
import { startJobQueue } from './job-queue.ts';

export interface NodeOrder {
  kind: 'bare' | 'tidings' | 'queue';
  /** The file of the job queue to compare with. */
  jobQueue: string;
  callbackPort: number;
  connection: Connection;
  /** Instances of this number have a callback that hangs; 0: none. */
  hangingInstance: number;
  /** False: only sends, and is not asked to take part in what it records. */
  sends: boolean;
}

const SIGNATURE_KEY = 'a-signature-key';

process.on('disconnect', () => process.exit(0));
process.once('message', (order: NodeOrder) => {
  const starts = { bare: startBare, tidings: startTidings, queue: startJobQueue };
  const started = starts[order.kind](order);
  void started.then((port) => process.send!({ port }));
});

async function startBare({ callbackPort }: NodeOrder): Promise<number> {
  const pool = new Pool(`http://127.0.0.1:${callbackPort}`, { connections: 256, pipelining: 1 });
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const headers = {
        'content-type': 'application/json',
        'elements-webhook-signature': signBody(SIGNATURE_KEY, body)!,
      };
      void pool.request({ path: '/', method: 'POST', headers, body }).then(async (answer) => {
        await answer.body.dump();
        response.writeHead(200, { 'content-length': 2 }).end('{}');
      });
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

async function startTidings({
  callbackPort,
  connection,
  hangingInstance,
  sends,
}: NodeOrder): Promise<number> {
  const log = createLog('warn');
  const db = createDatabase({ connection, poolSize: 10, log });
  const { clock } = await createDatabaseClock({ db, log });
  const egress = createEgress({ allowPrivate: true, log, clock });
  const wakeUps = createWakeUps({ connection, log });
  const targets = new Map<number, Target>();
  const target = (instanceId: number, configVersion: number): Target => {
    const found = targets.get(instanceId);
    if (found !== undefined) return found;
    const path = instanceId === hangingInstance ? '/hang' : '/';
    const made: Target = {
      configVersion,
      url: `http://127.0.0.1:${callbackPort}${path}`,
      signatureKey: SIGNATURE_KEY,
      headers: {},
      snapshot: {
        instance_id: instanceId,
        account_id: 2,
        user_id: 2,
        element_key: 'pipedrive',
        instance_name: 'An instance',
        instance_tags: ['tag'],
      },
    };
    targets.set(instanceId, made);
    return made;
  };
  const metrics = createDeliveryMetrics({ db, clock, registry: new Registry() });
  const sender = sends
    ? startSender({
        db,
        egress,
        clock,
        log,
        userAgent: 'bench',
        random: Math.random,
        target,
        wakeUps,
        metrics,
      })
    : undefined;
  if (!sends) wakeUps.connect();
  const ingest = createIngest({
    db,
    clock,
    log,
    handOff: () => sender?.handOff,
    onCommitted: [wakeUps.committed],
  });
  const app = fastify({ logger: false });
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  );
  app.post('/events/pipedrive', async (request, reply) => {
    const payload = request.body as Buffer;
    const { n } = JSON.parse(payload.toString()) as { n: number };
    const date = '2026-11-21T09:00:00Z';
    const hubKey = 'crm';
    const [outcome] = await ingest.ingest([
      {
        instanceId: Number(request.headers['element-instances']),
        configVersion: 1,
        source: 'webhook',
        receivedAt: clock.now(),
        payload,
        payloadType: 'json',
        events: [
          {
            objectId: String(n),
            objectType: 'contacts',
            eventType: 'UPDATED',
            date,
            elementKey: 'pipedrive',
            hubKey,
          },
        ],
      },
    ]);
    if (outcome?.outcome !== 'recorded') return reply.code(500).send('{}');
    return reply.send('{}');
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  return (app.server.address() as AddressInfo).port;
}
