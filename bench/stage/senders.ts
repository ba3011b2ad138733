/* Vendors that send webhooks over raw sockets, one at a time each. */
import { connect, type Socket } from 'node:net';
import type { LoadOrder } from './load.ts';
import type { Tally } from './tally.ts';

/** The credentials of the instances' `event.inbound.basic`. */
const AUTHORIZATION = `Basic ${Buffer.from('vendor:secret').toString('base64')}`;

interface Sender {
  socket: Socket;
  sentAt: number;
  /** The event on its way; -1: none. */
  busyWith: number;
}

export interface Senders {
  /** Nothing more becomes due; what is due is still sent. */
  finish(): void;
  isUnderWay(): boolean;
  /** Ends the connections; what was due and could not be sent is noted as never having come. */
  close(): void;
}

/** Opens all connections, then sends as the order says. */
export async function startSenders(order: LoadOrder, tally: Tally): Promise<Senders> {
  const { connections, ports, rate } = order;
  const write = createWriter(order);
  const backlog = createBacklog();
  let isOver = false;
  const send = (sender: Sender, dueAt: number): void => {
    sender.busyWith = tally.next(dueAt);
    sender.sentAt = performance.now();
    write(sender.socket, sender.busyWith, dueAt);
  };
  const next = (sender: Sender): void => {
    if (rate === 0) {
      if (!isOver) send(sender, performance.now());
      return;
    }
    const dueAt = backlog.take();
    if (dueAt !== undefined) send(sender, dueAt);
  };
  const opening = Array.from({ length: connections }, (_, index) =>
    openSender(ports[index % ports.length]!, (sender, isAcknowledged) => {
      tally.answered(sender.busyWith, isAcknowledged, performance.now() - sender.sentAt);
      sender.busyWith = -1;
      next(sender);
    }),
  );
  const senders = await Promise.all(opening);
  const startedAt = performance.now();
  let issued = 0;
  const issue = (): void => {
    const due = Math.floor(((performance.now() - startedAt) / 1000) * rate);
    for (; issued < due; issued += 1) backlog.add(startedAt + (issued / rate) * 1000);
    for (const sender of senders) {
      if (backlog.size() === 0) break;
      if (sender.busyWith < 0) next(sender);
    }
  };
  if (rate === 0) for (const sender of senders) next(sender);
  const issuing = rate === 0 ? undefined : setInterval(issue, 1);
  return {
    finish: () => {
      isOver = true;
      clearInterval(issuing);
    },
    isUnderWay: () => backlog.size() > 0 || senders.some(({ busyWith }) => busyWith >= 0),
    close: () => {
      for (let dueAt = backlog.take(); dueAt !== undefined; dueAt = backlog.take()) tally.next(dueAt);
      for (const { socket } of senders) socket.destroy();
    },
  };
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
