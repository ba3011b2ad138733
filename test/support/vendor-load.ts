import { setTimeout as sleep } from 'node:timers/promises';

/** A vendor in a hurry: several webhooks under way at any time, each sent again until it is answered 200. */
export interface VendorLoad {
  /** The ids of the deals whose webhook was answered 200. */
  acknowledged: Set<string>;
  /** The answers other than 200, in order. */
  refused: { status: number; retryAfter: string | null; body: string }[];
  /** Webhooks without an answer: the connection ended, or it took too long. */
  unanswered(): number;
  /** Waits until so many more are acknowledged. */
  untilAcknowledged(more: number, timeoutMs?: number): Promise<void>;
  /** Sends nothing new and gives up what is not acknowledged; resolves when nothing is under way. */
  stop(): Promise<void>;
}

export interface VendorLoadOptions {
  /** Where the webhooks of one instance may go, one address a node. */
  urls: readonly string[];
  workers?: number;
  /** How long the vendor waits for an answer. */
  patienceMs?: number;
}

const REPEAT_MS = 20;
let lastDeal = 0;

/** Sends version 1 bodies of Pipedrive, which count their tries, so that a repeat is known for one. */
export function startVendorLoad({ urls, workers = 8, patienceMs = 20_000 }: VendorLoadOptions): VendorLoad {
  const acknowledged = new Set<string>();
  const refused: VendorLoad['refused'] = [];
  const over = new AbortController();
  let unanswered = 0;
  let sent = 0;

  /** Whether it needs no repeat. */
  const send = async (id: number, retry: number): Promise<boolean> => {
    sent += 1;
    try {
      const answer = await fetch(urls[sent % urls.length]!, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: dealChanged(id, retry),
        signal: AbortSignal.timeout(patienceMs),
      });
      const { status, headers } = answer;
      const body = await answer.text();
      if (status === 200) {
        acknowledged.add(String(id));
        return true;
      }
      refused.push({ status, retryAfter: headers.get('retry-after'), body });
    } catch {
      unanswered += 1;
    }
    return false;
  };
  const work = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const id = (lastDeal += 1);
      for (let retry = 0; !(await send(id, retry)) && !over.signal.aborted; retry += 1)
        await sleep(REPEAT_MS);
    }
  };
  const working = Promise.all(Array.from({ length: workers }, work));

  return {
    acknowledged,
    refused,
    unanswered: () => unanswered,
    untilAcknowledged: async (more, timeoutMs = 30_000) => {
      const enough = acknowledged.size + more;
      const end = performance.now() + timeoutMs;
      while (acknowledged.size < enough) {
        if (performance.now() > end) {
          const last = JSON.stringify(refused.at(-1));
          throw new Error(
            `${acknowledged.size} of ${enough} webhooks acknowledged in time; refused: ${last}`,
          );
        }
        await sleep(20);
      }
    },
    stop: async () => {
      over.abort();
      await working;
    },
  };
}

function dealChanged(id: number, retry: number): string {
  const current = { id, title: `Deal ${id}`, notes: 'x'.repeat(500) };
  const meta = { v: 1, action: 'updated', object: 'deal', id, company_id: 1, timestamp: 1_763_716_500 };
  return JSON.stringify({ v: 1, meta, retry, current, previous: { id }, event: 'updated.deal' });
}
