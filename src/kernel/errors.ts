/**
 * The one table: code → HTTP status, whether it is our fault (logged as an error, with its stack),
 * and what the client reads when the thrower gave no better text.
 */
export const ERRORS = {
  bad_request: { status: 400, reportable: false, message: 'The request is not valid.' },
  unauthorized: {
    status: 401,
    reportable: false,
    message: 'No or wrong credentials. Send "Authorization: User <secret>, Organization <secret>".',
  },
  forbidden: { status: 403, reportable: false, message: 'Not allowed.' },
  not_found: { status: 404, reportable: false, message: 'Not found.' },
  method_not_allowed: { status: 405, reportable: false, message: 'This method is not allowed here.' },
  conflict: { status: 409, reportable: false, message: 'In conflict with the present state.' },
  payload_too_large: { status: 413, reportable: false, message: 'The request body is too large.' },
  unsupported_media_type: { status: 415, reportable: false, message: 'This content type is not understood.' },
  too_many_requests: { status: 429, reportable: false, message: 'Too many requests.' },
  internal: { status: 500, reportable: true, message: 'Something went wrong on our side.' },
  vendor_failed: { status: 502, reportable: false, message: 'The vendor failed to answer.' },
  unavailable: { status: 503, reportable: false, message: 'Not available right now; try again.' },
  vendor_timeout: { status: 504, reportable: false, message: 'The vendor did not answer in time.' },
} as const satisfies Record<string, { status: number; reportable: boolean; message: string }>;

export type ErrorCode = keyof typeof ERRORS;

export interface FaultDetails {
  /** What the vendor said, passed on to the client. Never a secret. */
  providerMessage?: string;
  /** Seconds for the `Retry-After` header. */
  retryAfterS?: number;
  cause?: unknown;
}

/** A fault that ends a request (or a piece of work) with a code of the table above. */
export class Fault extends Error {
  readonly code: ErrorCode;
  readonly providerMessage: string | undefined;
  readonly retryAfterS: number | undefined;

  constructor(code: ErrorCode, message: string = ERRORS[code].message, details: FaultDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'Fault';
    this.code = code;
    this.providerMessage = details.providerMessage;
    this.retryAfterS = details.retryAfterS;
  }
}

/** The text of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
