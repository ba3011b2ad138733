/*
 * The world around the program under test, in a process of its own: vendors that send webhooks over raw sockets, and
 * callbacks that accept notifications. Both read one clock, so the time from webhook to acceptance is exact.
 */
import { createServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

export interface LoadOrder {
  port: number;
  path: string;
  connections: number;
  seconds: number;
  /** Events per second; 0: as fast as answers come (closed loop). */
  rate: number;
  /** Instances 1…n take turns, as a header. */
  instances: number;
  payloadBytes: number;
  warmUpSeconds: number;
}

export interface LoadResult {
  sent: number;
  refused: number;
  accepted: number;
  /** Accepted per second while sending, after the warm-up. */
  throughput: number;
  /** From the moment an event should have been sent to the callback's acceptance, in milliseconds. */
  p50: number;
  p99: number;
  /** From sending to the webhook's answer. */
  answerP50: number;
}

/** Callbacks under `/hang` never answer. */
const hanging = '/hang';

let accepted = 0;
let inMeasure = false;
let acceptedInMeasure = 0;
let latencies: number[] = [];
const STAMP = /"at":([0-9.]+)/;

const callback = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    if (request.url === hanging) return;
    response.writeHead(200, { 'content-length': 2 }).end('ok');
    accepted += 1;
    if (!inMeasure) return;
    acceptedInMeasure += 1;
    const stamp = STAMP.exec((chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString('latin1'));
    if (stamp !== null) latencies.push(performance.now() - Number(stamp[1]));
  });
});
callback.keepAliveTimeout = 60_000;
callback.listen(0, '127.0.0.1', () => process.send!({ port: (callback.address() as AddressInfo).port }));

process.on('message', (order: LoadOrder) => {
  void run(order).then((result) => process.send!(result));
});
process.on('disconnect', () => process.exit(0));

interface Sender {
  socket: Socket;
  sentAt: number;
  isBusy: boolean;
}

async function run(order: LoadOrder): Promise<LoadResult> {
  const filler = 'x'.repeat(Math.max(0, order.payloadBytes - 60));
  let sent = 0;
  let answered = 0;
  let refused = 0;
  const answers: number[] = [];
  accepted = 0;
  acceptedInMeasure = 0;
  latencies = [];
  let isOver = false;
  const backlog: number[] = [];

  const write = (sender: Sender, dueAt: number): void => {
    const body = `{"at":${dueAt.toFixed(3)},"n":${sent},"filler":"${filler}"}`;
    const instance = (sent % order.instances) + 1;
    sent += 1;
    sender.isBusy = true;
    sender.sentAt = performance.now();
    sender.socket.write(
      `POST ${order.path} HTTP/1.1\r\nhost: bench\r\nelement-instances: ${instance}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
  };
  const next = (sender: Sender): void => {
    if (isOver) return;
    if (order.rate === 0) return write(sender, performance.now());
    const dueAt = backlog.shift();
    if (dueAt !== undefined) write(sender, dueAt);
  };
  const senders = await Promise.all(
    Array.from({ length: order.connections }, async () => {
      const socket = connect(order.port, '127.0.0.1').setNoDelay(true);
      await new Promise((resolve) => {
        socket.once('connect', resolve);
      });
      const sender: Sender = { socket, sentAt: 0, isBusy: false };
      socket.on('data', (chunk) => {
        // Answers are short: one chunk each.
        sender.isBusy = false;
        answered += 1;
        if (chunk.toString('latin1', 9, 12) !== '200') refused += 1;
        if (inMeasure) answers.push(performance.now() - sender.sentAt);
        next(sender);
      });
      socket.on('error', () => {});
      return sender;
    }),
  );
  const startedAt = performance.now();
  if (order.rate === 0) for (const sender of senders) next(sender);
  let issued = 0;
  const ticking =
    order.rate === 0
      ? undefined
      : setInterval(() => {
          // Open loop: what is due is due, whether or not anybody is free to send it.
          const due = Math.floor(((performance.now() - startedAt) / 1000) * order.rate);
          for (; issued < due; issued += 1) backlog.push(startedAt + (issued / order.rate) * 1000);
          for (const sender of senders) {
            if (backlog.length === 0) break;
            if (!sender.isBusy) next(sender);
          }
        }, 1);
  await pause(order.warmUpSeconds * 1000);
  inMeasure = true;
  const measureFrom = performance.now();
  await pause(order.seconds * 1000);
  const measured = (performance.now() - measureFrom) / 1000;
  const throughput = acceptedInMeasure / measured;
  isOver = true;
  clearInterval(ticking);
  // Let what is under way arrive, so that a backlog shows in the latencies and nothing is lost unseen.
  const isMissing = (): boolean => accepted < sent - refused;
  for (let waited = 0; waited < 15_000 && isMissing(); waited += 20) await pause(20);
  inMeasure = false;
  for (const { socket } of senders) socket.destroy();
  return {
    sent: answered,
    refused,
    accepted,
    throughput,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    answerP50: quantile(answers, 0.5),
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

function quantile(values: number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN;
}
