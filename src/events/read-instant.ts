import { readIso } from '../date-pattern/read-date.ts';
import type { EpochMs } from '../kernel/clock.ts';
import { Fault } from '../kernel/errors.ts';

/** An instant of a query or body: ISO-8601 (UTC without a zone) or epoch milliseconds. @throws Fault `bad_request` */
export function readInstant(name: string, text: string | undefined): EpochMs | undefined {
  if (text === undefined) return undefined;
  const at = /^\d{12,14}$/.test(text) ? Number(text) : readIso(text);
  if (at === null) {
    throw new Fault('bad_request', `${name} must be an ISO-8601 date or date-time, not "${text}".`);
  }
  return at;
}
