/** What a client reads in place of a stored secret, and may send back to mean "keep what is stored". */
export const MASK = '********';

export function isMask(value: unknown): boolean {
  return value === MASK;
}
