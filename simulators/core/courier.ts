import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { post } from './http-post.ts';
import type { PostResult } from './http-post.ts';
import type { Random } from './random.ts';

/** What becomes of webhooks on their way. */
export interface CourierRules {
  /** Probability (0 to 1) that one never arrives, although its sender is told that it did. */
  lost: number;
  /** Probability that one arrives twice. */
  repeated: number;
  /** Each copy arrives after up to so long, in real time: later ones overtake earlier ones. */
  delayMs: number;
}

/** Stands between a vendor and the receiver of its webhooks. Chance decides in order of arrival, from its seed. */
export interface Courier {
  /** Its origin: what the vendor is given in place of the receiver's. */
  url: string;
  /** The receiver's origin; nothing arrives before it is known. */
  carryTo(origin: string): void;
  /** Null (as at the start): every request is passed on at once, and the receiver's own answer given back. */
  setRules(rules: CourierRules | null): void;
  /** What became of the requests since the start. `refused`: the receiver's answer was no 2xx. */
  counts(): { taken: number; lost: number; carried: number; refused: number };
  /** Resolves when nothing is on its way. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

const ANSWER_WITHIN_MS = 10_000;
/** They belong to one connection, not to the message. */
const OWN_HEADERS = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'keep-alive']);

interface Parcel {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string;
}

export async function createCourier({ random }: { random: Random }): Promise<Courier> {
  const counts = { taken: 0, lost: 0, carried: 0, refused: 0 };
  const underWay = new Set<Promise<void>>();
  const closing = new AbortController();
  let rules: CourierRules | null = null;
  let target = '';

  const carry = async ({ path, ...parcel }: Parcel): Promise<PostResult> => {
    const answer = await post({
      ...parcel,
      url: `${target}${path}`,
      timeoutMs: ANSWER_WITHIN_MS,
      signal: closing.signal,
    });
    counts.carried += 1;
    const isTaken = answer.kind === 'answered' && answer.status >= 200 && answer.status < 300;
    if (!isTaken) counts.refused += 1;
    return answer;
  };

  const carryLater = ({ lost, repeated, delayMs }: CourierRules, parcel: Parcel): void => {
    const isLost = random.next() < lost;
    const copies = isLost ? 0 : random.next() < repeated ? 2 : 1;
    if (isLost) counts.lost += 1;
    for (let nth = 0; nth < copies; nth += 1) {
      const one = sleep(random.int(0, delayMs), undefined, { signal: closing.signal })
        .then(() => carry(parcel))
        .then(
          () => {},
          // Closed before it set out.
          () => {},
        )
        .finally(() => underWay.delete(one));
      underWay.add(one);
    }
  };

  const server = createServer((request, response) => {
    void readParcel(request).then(async (parcel) => {
      counts.taken += 1;
      if (rules === null) return giveBack(response, await carry(parcel));
      carryLater(rules, parcel);
      response.writeHead(200).end();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    carryTo(origin) {
      target = origin;
    },
    setRules(next) {
      rules = next;
    },
    counts: () => ({ ...counts }),
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
    close: () =>
      new Promise((resolve) => {
        closing.abort();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readParcel(request: IncomingMessage): Promise<Parcel> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value === undefined || OWN_HEADERS.has(name)) continue;
    headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return {
    method: request.method ?? 'POST',
    path: request.url ?? '/',
    headers,
    body: Buffer.concat(chunks).toString('utf8'),
  };
}

/** With the headers that a handshake needs; a receiver that was not reached is a bad gateway. */
function giveBack(response: ServerResponse, answer: PostResult): void {
  if (answer.kind === 'failed') return void response.writeHead(502).end(answer.error);
  const kept = Object.entries(answer.headers).filter(
    (entry): entry is [string, string | string[]] => entry[1] !== undefined && !OWN_HEADERS.has(entry[0]),
  );
  response.writeHead(answer.status, Object.fromEntries(kept)).end(answer.body);
}
