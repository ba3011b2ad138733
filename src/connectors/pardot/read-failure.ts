import type { EpochMs } from '../../kernel/clock.ts';
import { isJsonObject } from '../../kernel/json.ts';
import type { VendorFailure } from '../failures.ts';
import type { VendorResponse } from '../vendor-http.ts';
import { readRefusal } from './envelope.ts';

const HALF_HOUR_MS = 1_800_000;
/** Pardot names no time to wait. */
const BUSY_MS = 2000;
const MINUTE_MS = 60_000;
const MAX_WHY_LENGTH = 300;

/** Advice for codes whose cause is the instance's configuration. */
const REMEDIES: { [code: number]: string } = {
  76: 'API access is switched off for the account',
  88: 'set provider.version to 4',
  89: 'set provider.version to 3',
  126: 'set authentication.type to oauth2',
  181: 'set oauth.business.unit.id',
  182: 'check oauth.business.unit.id: 18 characters that begin with 0Uv',
  199: 'Pardot takes no API keys since 2021-02-15; set authentication.type to oauth2',
  201: 'check oauth.business.unit.id, and base.url (sandboxes and developer orgs are at pi.demo.pardot.com)',
};

/** What codes mean (Pardot error codes, read 2026-11; vendor facts section 7). Codes not here: the request is refused. */
const MEANINGS: { [code: number]: (why: string, now: EpochMs) => VendorFailure } = {
  ...each([1, 184], (why) => ({ kind: 'expired', why })),
  ...each([15, 126, 131, 199], (why) => ({ kind: 'reauthorize', why })),
  ...each([62, 66], (why) => ({ kind: 'retry', why, afterMs: BUSY_MS })),
  ...each([183, 214], (why) => ({ kind: 'retry', why })),
  ...each([202], (why) => ({ kind: 'retry', why, afterMs: MINUTE_MS })),
  ...each([122], pause),
  ...each([3, 24, 35, 38, 48, 55, 92, 109, 192], (why) => ({ kind: 'absent', why })),
  ...each([132, 219], (why) => ({ kind: 'gone', why })),
  ...each([210, 211], (why) => ({ kind: 'restart', why })),
  ...each([37, 46, 49, 53, 59, 76, 128, 129], (why) => ({ kind: 'refused', why, status: 403 })),
  ...each([9, 54], (why) => ({ kind: 'refused', why, status: 409 })),
};

/** Reads how a Pardot answer failed: by its code whatever the HTTP status, which v3 and v4 leave at 200. */
export function readFailure(response: VendorResponse, now: EpochMs): VendorFailure | undefined {
  const { status, body, text, headers } = response;
  const refusal = readRefusal(response);
  if (refusal !== undefined) {
    const { code, message } = refusal;
    const remedy = REMEDIES[code] === undefined ? '' : ` (${REMEDIES[code]})`;
    const why = `Pardot answered with code ${code}: ${message}${remedy}`.slice(0, MAX_WHY_LENGTH);
    // "Record In Recycle Bin" (v5 overview, read 2026-11).
    if (status === 404 && headers['pardot-warning']?.startsWith('201')) return { kind: 'gone', why };
    return (
      MEANINGS[code]?.(why, now) ?? readStatus(status, why, now) ?? { kind: 'refused', why, status: 400 }
    );
  }
  const why = `Pardot answered with status ${status} and ${isJsonObject(body) ? 'no reason' : 'no JSON'}`;
  if (status >= 200 && status < 300) {
    const isSilent = status === 204 || (status === 201 && text === '');
    return isJsonObject(body) || isSilent ? undefined : { kind: 'retry', why };
  }
  return readStatus(status, why, now) ?? { kind: 'refused', why, status: 502 };
}

/** Without a code, or with one that says nothing special. */
function readStatus(status: number, why: string, now: EpochMs): VendorFailure | undefined {
  if (status === 429) return pause(why, now);
  if (status === 401) return { kind: 'expired', why };
  if (status === 404) return { kind: 'absent', why };
  if (status === 410) return { kind: 'gone', why };
  if (status === 408 || status >= 500) return { kind: 'retry', why };
  return status >= 400 ? { kind: 'refused', why, status } : undefined;
}

/**
 * The day of the quota ends at midnight in the account's zone, which no answer tells. Midnights fall on half hours of
 * UTC (but for two zones of 45 minutes), so that is when to look again.
 */
function pause(why: string, now: EpochMs): VendorFailure {
  return { kind: 'pause', why, until: (Math.floor(now / HALF_HOUR_MS) + 1) * HALF_HOUR_MS };
}

function each<T>(codes: readonly number[], meaning: T): { [code: number]: T } {
  return Object.fromEntries(codes.map((code) => [code, meaning]));
}
