import { messageOf } from '../kernel/errors.ts';
import type { Clock, EpochMs } from '../kernel/clock.ts';
import type { Egress } from '../egress/egress.ts';
import { EgressError } from '../egress/egress-error.ts';
import { readRetryAfter } from '../egress/retry-timing.ts';
import type { Health } from './lanes.ts';
import type { Outgoing } from './outgoing.ts';
import { signBody } from './sign.ts';

/** A callback has this long from connecting to the end of its answer. */
const TRY_TIMEOUT_MS = 15_000;

/** How much of an answer is kept. */
const KEPT_RESPONSE_BYTES = 4096;

export interface TryResult {
  at: EpochMs;
  outcome: 'delivered' | 'refused' | 'gone' | 'unreachable';
  status: number | null;
  latencyMs: number;
  /** The start of the answer, or why there was none. */
  response: string;
  /** When a 429 or 503 asked us to come back. */
  retryAfter?: EpochMs;
  health: Health;
}

/** One try: builds, signs and posts. Every result is an outcome; it never throws. */
export async function sendNotification(
  { egress, clock, userAgent }: { egress: Egress; clock: Clock; userAgent: string },
  row: Outgoing,
): Promise<TryResult> {
  const at = clock.now();
  const { target } = row;
  try {
    const body = row.body();
    const signature = signBody(target.signatureKey, body);
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
    const { status } = answer;
    const isTooMuch = status === 429 || status === 503;
    const asked = isTooMuch ? readRetryAfter(answer.headers, clock.now()) : undefined;
    const isDelivered = status >= 200 && status < 300;
    return {
      at,
      outcome: isDelivered ? 'delivered' : status === 410 ? 'gone' : 'refused',
      status,
      latencyMs: answer.latencyMs,
      response: storableText(answer.body),
      ...(asked !== undefined && { retryAfter: asked }),
      health: isDelivered ? 'ok' : isTooMuch ? 'overloaded' : 'failed',
    };
  } catch (error) {
    const latencyMs = Math.max(0, clock.now() - at);
    const response = messageOf(error).slice(0, KEPT_RESPONSE_BYTES);
    return { at, outcome: 'unreachable', status: null, latencyMs, response, health: healthOf(error) };
  }
}

/** Only what says something about the whole origin counts against it. */
function healthOf(error: unknown): Health {
  const isOrigins = error instanceof EgressError && ['connect', 'dns', 'tls', 'timeout'].includes(error.code);
  return isOrigins ? 'unreachable' : 'failed';
}

function basicAuthorization({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** PostgreSQL's text holds no NUL. */
function storableText(body: Buffer): string {
  return body.toString('utf8').replaceAll('\0', '\uFFFD');
}
