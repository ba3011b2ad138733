import type { SimulatorReply } from '../core/route.ts';
import type { Kind } from './objects.ts';

/** Texts of the codes that the simulator answers (vendor page section 7 and the list of error codes, 2026-11-21). */
export const MESSAGES = {
  1: 'Invalid API key or user key',
  2: 'Invalid action',
  3: 'Invalid prospect ID',
  4: 'Invalid prospect email address',
  5: 'Invalid query parameters',
  7: 'Invalid timestamp',
  9: 'A prospect with the specified email address already exists',
  13: 'One or more required parameters are missing',
  15: 'Login failed',
  16: 'Invalid ID',
  19: 'Invalid value specified for sort_by',
  20: 'Invalid value specified for sort_order',
  21: 'Invalid value specified for offset',
  23: 'Invalid value specified for limit',
  35: 'Invalid opportunity ID',
  37: 'A Salesforce connector was detected',
  38: 'Invalid campaign ID',
  49: 'Access Denied',
  55: 'Invalid list ID',
  62: 'Conflicting Update',
  66: 'You have exceeded your concurrent request limit. Please wait, before trying again',
  88: 'Your account must use version 4 of the API.',
  89: 'Your account is unable to use version 4 of the API.',
  109: 'The requested record was not found.',
  122: 'Daily API rate limit met',
  130: 'One or more of the specified fields are invalid',
  133: 'Up to 2 sort by options are allowed.',
  134: 'Up to 2 sort order options are allowed.',
  135: 'When passing a comma-separated value, one of the two values must be id.',
  150: 'Input needs to be valid JSON',
  153: 'Missing required property in request',
  180: 'One or more of the specified fields are invalid',
  181: 'A required header is missing',
  182: 'Invalid header value',
  184: 'access_token is invalid, unknown, or malformed',
  192: 'Object specified does not exist',
  199: 'Authentication using an api_key is no longer supported. Use Salesforce OAuth access token instead.',
  201: 'Business Unit specified in Pardot-Business-Unit-Id header not found or inactive.',
  209: 'Too many fields have filters: The max number of 3 distinct fields with filters was exceeded for this query.',
  210: 'Page token has expired.',
  211: 'Page token is invalid.',
  219: "Deleted records can't be updated. Please undelete before updating.",
} as const;

export type Code = keyof typeof MESSAGES;

/** What v3 and v4 say of an id that is unknown or in the recycle bin. */
export const INVALID_ID: Record<Kind, Code> = {
  prospect: 3,
  opportunity: 35,
  campaign: 38,
  list: 55,
  visitorActivity: 16,
};

/** Thrown by routes; the dialect of the path gives it its form. */
export class PardotError extends Error {
  readonly code: Code;

  constructor(code: Code) {
    super(MESSAGES[code]);
    this.code = code;
  }
}

const V5_STATUS: { [code: number]: number } = {
  2: 405,
  49: 403,
  66: 429,
  109: 404,
  122: 429,
  184: 401,
};

/** v5: a real HTTP status and `{code, message}`. */
export function errorV5(code: Code, headers: Record<string, string> = {}): SimulatorReply {
  return { status: V5_STATUS[code] ?? 400, body: { code, message: MESSAGES[code] }, headers };
}

/** v3 and v4: HTTP 200, `stat="fail"`; XML unless JSON was asked for. */
export function errorLegacy(code: Code, format: 'json' | 'xml'): SimulatorReply {
  if (format === 'json') {
    const attributes = { stat: 'fail', version: 1, err_code: code };
    return { status: 200, body: { '@attributes': attributes, err: MESSAGES[code] } };
  }
  return xmlReply(`<rsp stat="fail" version="1.0">\n  <err code="${code}">${MESSAGES[code]}</err>\n</rsp>\n`);
}

export function xmlReply(body: string): SimulatorReply {
  return {
    status: 200,
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
    headers: { 'content-type': 'text/xml; charset=utf-8' },
  };
}
