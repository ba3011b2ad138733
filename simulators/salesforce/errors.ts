import type { SimulatorReply } from '../core/route.ts';

/** An error of the REST API: always a list (recorded traffic, vendor page 2026-11). */
export interface ApiError {
  message: string;
  errorCode: string;
  fields?: string[];
}

/** Thrown anywhere below a route; the route answers with it. */
export class ApiFailure extends Error {
  readonly status: number;
  readonly error: ApiError;

  constructor(status: number, errorCode: string, message: string, fields?: string[]) {
    super(message);
    this.status = status;
    this.error = { message, errorCode, ...(fields ? { fields } : {}) };
  }
}

export const failure = (status: number, errorCode: string, message: string): SimulatorReply => ({
  status,
  body: [{ message, errorCode }],
});

export const replyOf = ({ status, error }: ApiFailure): SimulatorReply => ({ status, body: [error] });

export const sessionExpired = (): SimulatorReply =>
  failure(401, 'INVALID_SESSION_ID', 'Session expired or invalid');

export const notFound = (): SimulatorReply =>
  failure(404, 'NOT_FOUND', 'The requested resource does not exist');

/** What the web server in front of the API says of a long address: HTML (jsforce #1134). */
export const uriTooLong = (): SimulatorReply => ({
  status: 414,
  body: '<h1>Bad Message 414</h1><pre>reason: URI Too Long</pre>',
  headers: { 'content-type': 'text/html;charset=iso-8859-1' },
});

/** What a `{ kind: 'vendor', name }` fault can answer. */
export const VENDOR_REPLIES = {
  'session-expired': sessionExpired,
  'session-not-for-rest': () =>
    failure(401, 'INVALID_SESSION_ID', 'This session is not valid for use with the REST API'),
  'not-attached': () => failure(401, 'INVALID_SESSION_ID', 'Connected app is not attached to Agent'),
  'daily-limit': () => failure(403, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.'),
  'concurrent-limit': () => failure(403, 'REQUEST_LIMIT_EXCEEDED', 'ConcurrentPerOrgLongTxn Limit exceeded.'),
  'api-disabled': () =>
    failure(403, 'API_DISABLED_FOR_ORG', 'The REST API is not enabled for this Organization.'),
  'invalid-locator': () => failure(400, 'INVALID_QUERY_LOCATOR', 'invalid query locator'),
  'query-timeout': () => failure(400, 'QUERY_TIMEOUT', 'Your query request was running for too long.'),
  'row-lock': () =>
    failure(400, 'UNABLE_TO_LOCK_ROW', 'unable to obtain exclusive access to this record or 1 records'),
  'duplicates-detected': () =>
    failure(
      400,
      'DUPLICATES_DETECTED',
      "You're creating a duplicate record. We recommend you use an existing record instead.",
    ),
  'server-unavailable': () =>
    failure(503, 'SERVER_UNAVAILABLE', 'The server is too busy to respond. Please try again later.'),
};
