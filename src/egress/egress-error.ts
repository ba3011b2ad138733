/**
 * Why nothing (or nothing usable) came back:
 * `bad_url`, `bad_request` the call itself is unusable; `refused_origin` credentials would leave for a host that is
 * not the vendor's; `refused_address` the address guard; `dns`, `connect`, `tls` no connection; `timeout` the total
 * time ran out; `closed` the connection broke; `bad_answer` not HTTP, or encoded against our wish; `too_large`;
 * `aborted` by the caller's signal; `shut_down` egress was closed.
 */
export type EgressErrorCode =
  | 'bad_url'
  | 'bad_request'
  | 'refused_origin'
  | 'refused_address'
  | 'dns'
  | 'connect'
  | 'tls'
  | 'timeout'
  | 'closed'
  | 'bad_answer'
  | 'too_large'
  | 'aborted'
  | 'shut_down';

/**
 * A request without an answer. The message may be shown to a client and logged: it names the origin at most, never
 * path, query, headers or a resolved address. `cause` holds the system's error, for the log only.
 */
export class EgressError extends Error {
  readonly code: EgressErrorCode;

  constructor(code: EgressErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'EgressError';
    this.code = code;
  }
}

/** Codes of Node's resolver (`dns.lookup`) that mean there is no address. */
const DNS_CODES = /^(ENOTFOUND|ENODATA|EAI_\w+|ESERVFAIL|EREFUSED|EBADNAME)$/;
/** Codes of the operating system and undici for a connection that did not come about. */
const CONNECT_CODES =
  /^(ECONN\w+|EHOST\w+|ENET\w+|EADDR\w+|EACCES|EPERM|EINVAL|EMFILE|ENFILE|ENOBUFS|EPIPE)$/;

/** Codes (or, lacking one, names) of undici for bytes that are no HTTP answer. */
const PARSER_CODES = /^(HPE_\w+|HTTPParserError|UND_ERR_RES_CONTENT_LENGTH_MISMATCH)$/;

/** What a failed connection attempt to `origin` means. */
export function connectError(error: Error, origin: string): EgressError {
  if (error instanceof EgressError) return error;
  const code = systemCode(error);
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT') {
    return new EgressError('timeout', `no connection to ${origin} in time`, error);
  }
  if (DNS_CODES.test(code))
    return new EgressError('dns', `the host of ${origin} was not found (${code})`, error);
  if (CONNECT_CODES.test(code) || !origin.startsWith('https:')) {
    return new EgressError('connect', `no connection to ${origin} (${code})`, error);
  }
  return new EgressError('tls', `no secure connection to ${origin} (${code})`, error);
}

/** What it means that a request to `origin` failed once it had a connection. */
export function exchangeError(error: Error, origin: string): EgressError {
  if (error instanceof EgressError) return error;
  const code = systemCode(error);
  if (code === 'UND_ERR_HEADERS_OVERFLOW' || code === 'HPE_HEADER_OVERFLOW') {
    return new EgressError('too_large', `${origin} answered with too large headers`, error);
  }
  if (PARSER_CODES.test(code)) {
    return new EgressError('bad_answer', `${origin} did not answer with valid HTTP (${code})`, error);
  }
  if (code === 'UND_ERR_INVALID_ARG') {
    return new EgressError('bad_request', `the request to ${origin} cannot be sent`, error);
  }
  if (code === 'UND_ERR_DESTROYED' || code === 'UND_ERR_CLOSED') return shutDownError();
  return new EgressError('closed', `${origin} closed the connection (${code})`, error);
}

export function shutDownError(): EgressError {
  return new EgressError('shut_down', 'this process is shutting down');
}

function systemCode(error: Error): string {
  const code = (error as NodeJS.ErrnoException).code;
  return typeof code === 'string' ? code : error.name;
}
