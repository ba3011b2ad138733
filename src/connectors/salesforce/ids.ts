import { isJsonObject, type Json } from '../../kernel/json.ts';
import { UnreadableAnswer } from '../failures.ts';

/** 15 characters, where case counts, or 18 (Salesforce Object Reference, "ID Field Type", read 2026-11). */
export const ID_PATTERN = /^[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?$/;

const CHECK_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';

/** The 18-character form of an id: one check character for the capitals of each five. Any other text stays. */
export function toId18(id: string): string {
  if (!/^[A-Za-z0-9]{15}$/.test(id)) return id;
  const check = [0, 5, 10].map((start) => {
    const bits = [0, 1, 2, 3, 4].filter((bit) => /[A-Z]/.test(id.charAt(start + bit)));
    return CHECK_CHARACTERS.charAt(bits.reduce((sum, bit) => sum + 2 ** bit, 0));
  });
  return id + check.join('');
}

/** @throws UnreadableAnswer when it is no record with an id. */
export function idOf(record: Json | undefined): string {
  const id = isJsonObject(record) ? record['Id'] : undefined;
  if (typeof id === 'string' && ID_PATTERN.test(id)) return toId18(id);
  throw new UnreadableAnswer('Salesforce answered with something that is no record with an Id');
}
