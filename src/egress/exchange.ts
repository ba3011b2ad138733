import type { Dispatcher } from 'undici';
import type { Clock, EpochMs } from '../kernel/clock.ts';
import { EgressError, exchangeError } from './egress-error.ts';

export interface EgressResponse {
  status: number;
  /** Names in lower case, of several values the last; never `set-cookie`. */
  headers: Record<string, string>;
  body: Buffer;
  /** The body was longer than what was asked for, or broke off after the headers (`onLargeBody: 'truncate'`). */
  truncated: boolean;
  /** From `send` to here. */
  latencyMs: number;
}

export interface ExchangeOptions {
  origin: string;
  timeoutMs: number;
  maxResponseBytes: number;
  onLargeBody: 'truncate' | 'fail';
  signal: AbortSignal | undefined;
  clock: Clock;
  /** undici is done with the request: its connection is free or gone. May be after the answer. */
  onFinished: () => void;
}

/** The rest of a truncated answer up to this is read and dropped, which is cheaper than a new connection. */
const DROP_MAX_BYTES = 64 * 1024;
const TIMER_MAX_MS = 2 ** 31 - 1;
const NO_BYTES = Buffer.alloc(0);

/** One request from dispatch to its answer: undici's handler, the total timeout, the caller's signal. */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly answer: Promise<EgressResponse>;
  readonly #options: ExchangeOptions;
  readonly #startedAt: EpochMs;
  readonly #timer: NodeJS.Timeout;
  readonly #resolve: (response: EgressResponse) => void;
  readonly #reject: (error: EgressError) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #headers: Record<string, string> = {};
  #chunks: Buffer[] = [];
  #received = 0;
  #state: 'open' | 'answered' | 'failed' = 'open';

  constructor(options: ExchangeOptions) {
    const { promise, resolve, reject } = Promise.withResolvers<EgressResponse>();
    this.answer = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#options = options;
    this.#startedAt = options.clock.now();
    this.#timer = setTimeout(() => this.#onTimeout(), Math.min(options.timeoutMs, TIMER_MAX_MS));
    options.signal?.addEventListener('abort', this.#onAbort);
  }

  /** A connection is there and the request about to be written. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#state === 'failed') controller.abort(new Error('given up while waiting for a connection'));
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: RawHeaders): void {
    if (status < 200) return;
    this.#status = status;
    this.#headers = plainHeaders(headers);
    const encoding = this.#headers['content-encoding'] ?? 'identity';
    if (this.#options.onLargeBody === 'fail' && encoding !== 'identity') {
      const message = `${this.#options.origin} answered in content-encoding "${encoding}" although identity was asked for`;
      this.#fail(new EgressError('bad_answer', message));
    }
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const room = this.#options.maxResponseBytes - this.#received;
    this.#received += chunk.length;
    if (this.#state !== 'open') {
      if (-room > DROP_MAX_BYTES) controller.abort(new Error('the rest is not wanted'));
    } else if (chunk.length <= room) {
      this.#chunks.push(chunk);
    } else if (this.#options.onLargeBody === 'truncate') {
      this.#chunks.push(chunk.subarray(0, room));
      this.#settle(true);
    } else {
      const { origin, maxResponseBytes } = this.#options;
      this.#fail(
        new EgressError('too_large', `the answer of ${origin} is larger than ${maxResponseBytes} bytes`),
      );
    }
  }

  onResponseEnd(): void {
    this.#settle(false);
    this.#finish();
  }

  onResponseError(_: unknown, error: Error): void {
    this.#breakOff(exchangeError(error, this.#options.origin));
    this.#finish();
  }

  #onTimeout(): void {
    const { origin, timeoutMs } = this.#options;
    const missing =
      this.#controller === undefined
        ? `no connection to ${origin}`
        : this.#status === 0
          ? `no answer from ${origin}`
          : `no end of the answer from ${origin}`;
    this.#breakOff(new EgressError('timeout', `${missing} within ${timeoutMs} ms`));
    this.#controller?.abort(new Error('timed out'));
  }

  readonly #onAbort = (): void => {
    this.#fail(new EgressError('aborted', `the request to ${this.#options.origin} was given up`));
  };

  /** With a status and a body only wanted for the log, the receiver has answered, however the body ends. */
  #breakOff(error: EgressError): void {
    if (this.#status !== 0 && this.#options.onLargeBody === 'truncate') this.#settle(true);
    else this.#fail(error);
  }

  #settle(truncated: boolean): void {
    if (this.#state !== 'open') return;
    this.#state = 'answered';
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    // Copied even when it is one chunk: a chunk keeps the 64 KiB the socket was read into.
    const body = this.#chunks.length === 0 ? NO_BYTES : Buffer.concat(this.#chunks);
    this.#chunks = [];
    const latencyMs = Math.max(0, this.#options.clock.now() - this.#startedAt);
    const response = { status: this.#status, headers: this.#headers, body, truncated, latencyMs };
    // undici frees the connection in a setImmediate of its own, queued by the time our microtask runs. A caller told
    // earlier would send its next request over a second connection.
    queueMicrotask(() => setImmediate(this.#resolve, response));
  }

  #fail(error: EgressError): void {
    if (this.#state !== 'open') return;
    this.#state = 'failed';
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    clearTimeout(this.#timer);
    this.#chunks = [];
    this.#reject(error);
    this.#controller?.abort(error);
  }

  #finish(): void {
    clearTimeout(this.#timer);
    this.#options.onFinished();
  }
}

type RawHeaders = Record<string, string | string[] | undefined>;

function plainHeaders(raw: RawHeaders): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of Object.keys(raw)) {
    const value = raw[name];
    if (value === undefined || name === 'set-cookie') continue;
    headers[name] = typeof value === 'string' ? value : (value.at(-1) ?? '');
  }
  return headers;
}
