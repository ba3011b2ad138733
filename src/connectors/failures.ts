import type { EpochMs } from '../kernel/clock.ts';

/** How a vendor's answer failed, read from status, headers and body by the connector's `readFailure`. */
export type VendorFailure =
  /** Try again: a 5xx, a burst limit, a lock. `afterMs` when the vendor said how long to wait. */
  | { kind: 'retry'; why: string; afterMs?: number }
  /** A quota is used up until `until`: pause, and do not count it as a failure. */
  | { kind: 'pause'; why: string; until: EpochMs }
  /** The access token is no longer taken: refresh once, then repeat. */
  | { kind: 'expired'; why: string }
  /** The connection is dead (revoked, wrong credentials): a person must sign in again. */
  | { kind: 'reauthorize'; why: string }
  /** The stored page position is refused (an expired cursor): start the pass again at its `from`. */
  | { kind: 'restart'; why: string }
  /** The record is not there (404) or was deleted (410). */
  | { kind: 'absent' | 'gone'; why: string }
  /** The request itself is refused; repeating it changes nothing. `status` is what a client should see. */
  | { kind: 'refused'; why: string; status: number };

/** The call may be repeated at `at`; `quota` when an allowance is used up (a pause, no failure). */
export class RetryAt extends Error {
  readonly at: EpochMs;
  readonly quota: boolean;
  /** True when the vendor did not answer in time. */
  readonly timedOut: boolean;
  /** What the vendor answered (429: a rate limit); undefined when it did not. */
  readonly status: number | undefined;

  constructor(
    at: EpochMs,
    why: string,
    details: { quota?: boolean; timedOut?: boolean; status?: number } = {},
  ) {
    super(why);
    this.name = 'RetryAt';
    this.at = at;
    this.quota = details.quota ?? false;
    this.timedOut = details.timedOut ?? false;
    this.status = details.status;
  }
}

/** The vendor refuses this request for good. `status` is the vendor's; 404 and 410 come as `GiveUp` too. */
export class GiveUp extends Error {
  readonly status: number;

  constructor(why: string, status: number) {
    super(why);
    this.name = 'GiveUp';
    this.status = status;
  }
}

/** The stored position of a pass is refused: restart the pass at its `from`. */
export class RestartPass extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'RestartPass';
  }
}

/**
 * A 2xx answer that is not what the vendor documents (no list where a list belongs). Thrown by the `read` functions
 * of connectors, so that a broken answer is a failed try and never an empty page.
 */
export class UnreadableAnswer extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'UnreadableAnswer';
  }
}

/** The connection is dead until a person authorizes it again. */
export class Reauthorize extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'Reauthorize';
  }
}
