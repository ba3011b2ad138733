/*
 * The world around the program under test, in a process of its own: vendors that send webhooks over raw sockets,
 * callbacks that accept notifications, and the vendor's API. Senders and callbacks read one clock, so the time from
 * when a webhook was due to its acceptance is exact.
 */
import { createServer, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadOrder, LoadResult, WorldPlaces, WorldRequest } from './load.ts';
import { createTally, type Tally } from './tally.ts';
import { createIdleVendor } from './vendor.ts';

/** What a callback reads of a notification: when its event was due, and its number. */
const STAMP = /"at":[0-9.]+,"n":([0-9]+)/;
/** How long after the end of a run what is under way may still arrive. */
const STRAGGLERS_MS = 20_000;
/** The credentials of the instances' `event.inbound.basic`. */
const AUTHORIZATION = `Basic ${Buffer.from('vendor:secret').toString('base64')}`;

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

interface Sender {
  socket: Socket;
  sentAt: number;
  /** The event on its way; -1: none. */
  busyWith: number;
}

async function run(order: LoadOrder): Promise<LoadResult> {
  const { paths, hanging, connections, ports, rate } = order;
  const first = Math.ceil(numbers / paths.length) * paths.length;
  hangingPaths = new Set(hanging.map((index) => callbackPath(index)));
  const current = createTally(first, (n) => !hanging.includes(n % paths.length));
  tally = current;
  const write = createWriter(order);
  const backlog = createBacklog();
  let isOver = false;
  const send = (sender: Sender, dueAt: number): void => {
    const n = current.next(dueAt);
    numbers = n + 1;
    sender.busyWith = n;
    sender.sentAt = performance.now();
    write(sender.socket, n, dueAt);
  };
  const next = (sender: Sender): void => {
    if (rate === 0) {
      if (!isOver) send(sender, performance.now());
      return;
    }
    // What was due is sent, however late.
    const dueAt = backlog.take();
    if (dueAt !== undefined) send(sender, dueAt);
  };
  const senders = await Promise.all(
    Array.from({ length: connections }, (_, index) =>
      openSender(ports[index % ports.length]!, (sender, isAcknowledged) => {
        current.answered(sender.busyWith, isAcknowledged, performance.now() - sender.sentAt);
        sender.busyWith = -1;
        next(sender);
      }),
    ),
  );
  const startedAt = performance.now();
  if (rate === 0) for (const sender of senders) next(sender);
  let issued = 0;
  const tick = (): void => {
    const due = Math.floor(((performance.now() - startedAt) / 1000) * rate);
    for (; issued < due; issued += 1) backlog.add(startedAt + (issued / rate) * 1000);
    for (const sender of senders) {
      if (backlog.size() === 0) break;
      if (sender.busyWith < 0) next(sender);
    }
  };
  const ticking = rate === 0 ? undefined : setInterval(tick, 1);
  await sleep(order.warmUpSeconds * 1000);
  current.begin();
  await sleep(order.seconds * 1000);
  current.end();
  isOver = true;
  clearInterval(ticking);
  const isUnderWay = (): boolean =>
    backlog.size() > 0 || senders.some(({ busyWith }) => busyWith >= 0) || !current.isComplete();
  const until = performance.now() + STRAGGLERS_MS;
  while (isUnderWay() && performance.now() < until) await sleep(20);
  for (let dueAt = backlog.take(); dueAt !== undefined; dueAt = backlog.take()) current.next(dueAt);
  for (const { socket } of senders) socket.destroy();
  for (const response of hung) response.destroy();
  hangingPaths.clear();
  return current.result();
}

/** The path of an instance's callback. */
function callbackPath(index: number): string {
  return `/i/${index}`;
}

async function openSender(
  port: number,
  answered: (sender: Sender, isAcknowledged: boolean) => void,
): Promise<Sender> {
  const socket = connect(port, '127.0.0.1').setNoDelay(true);
  const sender: Sender = { socket, sentAt: 0, busyWith: -1 };
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  // Answers are short and one at a time: the first chunk has the status, and their end is known by the next send.
  socket.on('data', (chunk) => {
    if (sender.busyWith < 0) return;
    const status = chunk.toString('latin1', 9, 12);
    if (chunk.toString('latin1', 0, 5) === 'HTTP/') answered(sender, status.startsWith('2'));
  });
  socket.on('error', () => {});
  return sender;
}

/** Writes one webhook; what does not change from one to the next is made once. */
function createWriter({ paths, body, payloadBytes }: LoadOrder): (to: Socket, n: number, at: number) => void {
  const heads = paths.map(
    (path) =>
      `POST ${path} HTTP/1.1\r\nhost: bench\r\nauthorization: ${AUTHORIZATION}\r\ncontent-type: application/json\r\ncontent-length: `,
  );
  const timestamp = new Date().toISOString();
  const shapes = {
    plain: (n: number, stamp: string) => `{${stamp},"id":${n},"filler":"`,
    webhook: (n: number, stamp: string) =>
      `{"meta":{"version":"2.0","action":"change","entity":"person","entity_id":"${n}","id":"bench-${process.pid}-${n}","company_id":"1","timestamp":"${timestamp}"},"previous":{},"data":{"id":${n},${stamp},"filler":"`,
  };
  const ends = { plain: '"}', webhook: '"}}' };
  const filler = 'x'.repeat(payloadBytes);
  return (socket, n, at) => {
    const start = shapes[body](n, `"at":${at.toFixed(3)},"n":${n}`);
    const content =
      start + filler.slice(0, Math.max(0, payloadBytes - start.length - ends[body].length)) + ends[body];
    socket.write(`${heads[n % heads.length]!}${content.length}\r\n\r\n${content}`);
  };
}

/** What is due and not yet sent, in order. */
function createBacklog(): { add(dueAt: number): void; take(): number | undefined; size(): number } {
  let waiting: number[] = [];
  let taken = 0;
  return {
    add: (dueAt) => {
      waiting.push(dueAt);
    },
    take: () => {
      const dueAt = waiting[taken];
      if (dueAt === undefined) return undefined;
      taken += 1;
      if (taken === waiting.length) {
        waiting = [];
        taken = 0;
      }
      return dueAt;
    },
    size: () => waiting.length - taken,
  };
}
