import type { EpochMs } from '../core/clock.ts';

const FORMS = [
  (iso: string) => `${iso.slice(0, 19)}.000+0000`,
  (iso: string) => `${iso.slice(0, 19)}.000Z`,
  (iso: string) => `${iso.slice(0, 19)}Z`,
] as const;

/** v1 writes the same instant in several ways (vendor page, 2026-11); here the record's id decides which. */
export function timeV1(at: EpochMs, id: number): string {
  return FORMS[id % FORMS.length]!(new Date(at).toISOString());
}

/** v2: `2026-11-20T09:15:00Z`. */
export function timeV2(at: EpochMs): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

/** An instant a client sent; undefined when it is none. */
export function readTime(text: string | null): EpochMs | undefined {
  if (text === null || !/^\d{4}-\d{2}-\d{2}/.test(text)) return undefined;
  const at = Date.parse(text.replace(/([+-]\d{2})(\d{2})$/, '$1:$2'));
  return Number.isNaN(at) ? undefined : at;
}
