import type { EpochMs } from '../core/clock.ts';

/** v1: `2026-11-20 09:15:00`, UTC without saying so. */
export const timeV1 = (at: EpochMs): string => new Date(at).toISOString().slice(0, 19).replace('T', ' ');

/** v2: `2026-11-20T09:15:00Z`. */
export const timeV2 = (at: EpochMs): string => `${new Date(at).toISOString().slice(0, 19)}Z`;

/** As the two above, null for null. */
export const optionalTimeV1 = (at: EpochMs | null): string | null => (at === null ? null : timeV1(at));
export const optionalTimeV2 = (at: EpochMs | null): string | null => (at === null ? null : timeV2(at));

const V1 = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/;
// Whole seconds only: fractions are refused (seen by Airbyte's connector, 2025).
const V2 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$/;

/** A v1 time, or undefined when the text is not one. */
export function parseTimeV1(text: string): EpochMs | undefined {
  return V1.test(text) ? instant(`${text.replace(' ', 'T')}Z`) : undefined;
}

/** An RFC 3339 time with whole seconds, or undefined when the text is not one. */
export function parseTimeV2(text: string): EpochMs | undefined {
  return V2.test(text) ? instant(text) : undefined;
}

function instant(text: string): EpochMs | undefined {
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}
