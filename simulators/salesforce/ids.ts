const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const CHECK = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';

/** The nth id of a key prefix, 18 characters. Ids sort in the order in which they were given. */
export function makeId(prefix: string, nth: number): string {
  let rest = nth;
  let text = '';
  for (let place = 0; place < 7; place += 1) {
    text = DIGITS.charAt(rest % 62) + text;
    rest = Math.floor(rest / 62);
  }
  return toId18(`${prefix}5f000${text}`);
}

/** An id with the three check characters that make it independent of case; others come back as they are. */
export function toId18(id: string): string {
  if (!/^[A-Za-z0-9]{15}$/.test(id)) return id;
  const suffix = [0, 5, 10].map((start) => {
    const capitals = [0, 1, 2, 3, 4].map((bit) => (/[A-Z]/.test(id.charAt(start + bit)) ? 1 << bit : 0));
    return CHECK.charAt(capitals.reduce((sum, bit) => sum + bit, 0));
  });
  return id + suffix.join('');
}

/** Whether a text has the form of an id. */
export const isId = (text: string): boolean => /^[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?$/.test(text);
