import { messageOf } from '../kernel/errors.ts';
import type { Clock, EpochMs } from '../kernel/clock.ts';
import type { Egress } from '../egress/egress.ts';
import { readRetryAfter } from '../egress/retry-timing.ts';
import { buildNotification } from '../events/notification.ts';
import type { ClaimedRow } from './outbox-queries.ts';
import { signBody } from './sign.ts';

/** A callback has this long from connecting to the end of its answer. */
const TRY_TIMEOUT_MS = 15_000;

/** How much of an answer is kept. */
const KEPT_RESPONSE_BYTES = 4096;

/** How to call back: read from the instance's configuration. */
export interface Target {
  signatureKey?: string;
  headers: Record<string, string>;
  basic?: { username: string; password: string };
}

export interface TryResult {
  at: EpochMs;
  outcome: 'delivered' | 'refused' | 'gone' | 'unreachable';
  status: number | null;
  latencyMs: number;
  /** The start of the answer, or why there was none. */
  response: string;
  /** When a 429 or 503 asked us to come back. */
  retryAfter?: EpochMs;
}

/** One try: builds, signs and posts. Every result is an outcome; it never throws. */
export async function sendNotification(
  { egress, clock, userAgent }: { egress: Egress; clock: Clock; userAgent: string },
  row: ClaimedRow,
  target: Target,
): Promise<TryResult> {
  const at = clock.now();
  const body = buildNotification(row);
  const signature = signBody(target.signatureKey, body);
  try {
    const answer = await egress.send({
      method: 'POST',
      url: row.url,
      headers: {
        ...target.headers,
        ...(target.basic && { authorization: basicAuthorization(target.basic) }),
        'content-type': 'application/json',
        'user-agent': userAgent,
        'elements-webhook-id': row.id,
        ...(signature !== undefined && { 'elements-webhook-signature': signature }),
      },
      body,
      timeoutMs: TRY_TIMEOUT_MS,
      maxResponseBytes: KEPT_RESPONSE_BYTES,
      onLargeBody: 'truncate',
    });
    const asked =
      answer.status === 429 || answer.status === 503
        ? readRetryAfter(answer.headers, clock.now())
        : undefined;
    return {
      at,
      outcome:
        answer.status >= 200 && answer.status < 300
          ? 'delivered'
          : answer.status === 410
            ? 'gone'
            : 'refused',
      status: answer.status,
      latencyMs: answer.latencyMs,
      response: storableText(answer.body),
      ...(asked !== undefined && { retryAfter: asked }),
    };
  } catch (error) {
    return {
      at,
      outcome: 'unreachable',
      status: null,
      latencyMs: clock.now() - at,
      response: messageOf(error),
    };
  }
}

function basicAuthorization({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** PostgreSQL's text holds no NUL. */
function storableText(body: Buffer): string {
  return body.toString('utf8').replaceAll('\0', '\uFFFD');
}
