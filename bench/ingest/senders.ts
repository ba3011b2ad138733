/* Vendors that send webhooks over raw sockets as fast as answers come, in a process of their own. */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { quantile } from '../report/statistics.ts';
import type { IngestOrder, IngestResult } from './load.ts';

/** The credentials of the instances' `event.inbound.basic`. */
const AUTHORIZATION = `Basic ${Buffer.from('vendor:secret').toString('base64')}`;

let numbers = 0;

process.on('disconnect', () => process.exit(0));
process.on('message', (order: IngestOrder) => void run(order).then((result) => process.send!(result)));

interface Sender {
  socket: Socket;
  sentAt: number;
}

async function run(order: IngestOrder): Promise<IngestResult> {
  const write = createWriter(order);
  const latencies: number[] = [];
  let phase: 'warm' | 'measured' | 'over' = 'warm';
  const counts = { acknowledged: 0, measured: 0, refused: 0, underWay: 0 };
  const send = (sender: Sender): void => {
    sender.sentAt = performance.now();
    counts.underWay += 1;
    write(sender.socket);
  };
  const senders = await Promise.all(
    Array.from({ length: order.connections }, () =>
      open(order.port, (sender, isAcknowledged) => {
        counts.underWay -= 1;
        if (isAcknowledged) counts.acknowledged += 1;
        else counts.refused += 1;
        if (phase === 'measured') {
          counts.measured += Number(isAcknowledged);
          latencies.push(performance.now() - sender.sentAt);
        }
        if (phase !== 'over') send(sender);
      }),
    ),
  );
  for (const sender of senders) send(sender);
  await sleep(order.warmUpSeconds * 1000);
  phase = 'measured';
  const startedAt = performance.now();
  await sleep(order.seconds * 1000);
  const seconds = (performance.now() - startedAt) / 1000;
  phase = 'over';
  for (let waited = 0; counts.underWay > 0 && waited < 5_000; waited += 20) await sleep(20);
  for (const { socket } of senders) socket.destroy();
  return {
    throughput: counts.measured / seconds,
    acknowledged: counts.acknowledged,
    refused: counts.refused,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
  };
}

async function open(
  port: number,
  answered: (sender: Sender, isAcknowledged: boolean) => void,
): Promise<Sender> {
  const socket = connect(port, '127.0.0.1').setNoDelay(true);
  const sender: Sender = { socket, sentAt: 0 };
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  // Answers are short and one at a time: each begins a chunk.
  socket.on('data', (chunk) => {
    if (chunk.toString('latin1', 0, 5) === 'HTTP/') answered(sender, chunk[9] === 0x32);
  });
  socket.on('error', () => {});
  return sender;
}

/** A change as Pipedrive tells it, with an id of its own: what has the id of another is a repeat. */
function createWriter({ paths, bodyBytes }: IngestOrder): (to: Socket) => void {
  const heads = paths.map(
    (path) =>
      `POST ${path} HTTP/1.1\r\nhost: bench\r\nauthorization: ${AUTHORIZATION}\r\ncontent-type: application/json\r\ncontent-length: `,
  );
  const filler = 'x'.repeat(bodyBytes);
  const timestamp = new Date().toISOString();
  return (socket) => {
    const n = numbers;
    numbers += 1;
    const start = `{"meta":{"version":"2.0","action":"change","entity":"person","entity_id":"${n % 10_000}","id":"ingest-${process.pid}-${n}","company_id":"1","timestamp":"${timestamp}"},"previous":{},"data":{"id":${n % 10_000},"filler":"`;
    const body = `${start}${filler.slice(0, Math.max(0, bodyBytes - start.length - 3))}"}}`;
    socket.write(`${heads[n % heads.length]!}${body.length}\r\n\r\n${body}`);
  };
}
