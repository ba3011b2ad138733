/*
 * The world around the program under test, in a process of its own: vendors that send webhooks over raw sockets,
 * callbacks that accept notifications, and the vendor's API. Senders and callbacks read one clock, so the time from
 * when a webhook was due to its acceptance is exact.
 */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadOrder, LoadResult, WorldPlaces, WorldRequest } from './load.ts';
import { startSenders } from './senders.ts';
import { createTally, type Tally } from './tally.ts';
import { createIdleVendor } from './vendor.ts';

/** What a callback reads of a notification: when its event was due, and its number. */
const STAMP = /"at":[0-9.]+,"n":([0-9]+)/;
/** How long after the end of a run what is under way may still arrive. */
const STRAGGLERS_MS = 20_000;

let numbers = 0;
let tally: Tally | undefined;
let hangingPaths = new Set<string>();
const hung = new Set<ServerResponse>();

function startCallbacks(): Server {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (hangingPaths.has(request.url!)) {
        hung.add(response);
        response.on('close', () => hung.delete(response));
        return;
      }
      response.writeHead(200, { 'content-length': 2 }).end('ok');
      const body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
      const stamp = STAMP.exec(body.toString('latin1'));
      if (stamp !== null) tally?.accepted(Number(stamp[1]));
    });
  });
  server.keepAliveTimeout = 60_000;
  return server;
}

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

const places: WorldPlaces = {
  callbacks: [await portOf(startCallbacks()), await portOf(startCallbacks())],
  vendor: await portOf(createIdleVendor()),
};
process.on('disconnect', () => process.exit(0));
process.on('message', (request: WorldRequest) => {
  if (request.kind === 'sample') process.send!({ kind: 'sample', value: tally?.sample() });
  else void run(request.order).then((value) => process.send!({ kind: 'load', value }));
});
process.send!({ kind: 'places', value: places });

async function run(order: LoadOrder): Promise<LoadResult> {
  const { paths, hanging } = order;
  const first = Math.ceil(numbers / paths.length) * paths.length;
  hangingPaths = new Set(hanging.map((index) => `/i/${index}`));
  const current = createTally(first, (n) => !hanging.includes(n % paths.length));
  tally = current;
  const senders = await startSenders(order, current);
  await sleep(order.warmUpSeconds * 1000);
  current.begin();
  await sleep(order.seconds * 1000);
  current.end();
  senders.finish();
  const until = performance.now() + STRAGGLERS_MS;
  while ((senders.isUnderWay() || !current.isComplete()) && performance.now() < until) await sleep(20);
  senders.close();
  numbers = first + current.count();
  for (const response of hung) response.destroy();
  hangingPaths.clear();
  return current.result();
}
