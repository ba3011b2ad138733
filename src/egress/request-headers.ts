/** Framing and negotiation are ours; `host` would choose another site than the one the guard looked at. */
const RESERVED: ReadonlySet<string> = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** RFC 9110 section 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Anything else would be a line break, another control character, or not one byte. */
const NOT_A_VALUE = /[^\t\x20-\x7e\x80-\xff]/;

/** What is wrong with a header somebody wants to send, as the end of a sentence; undefined when nothing is. */
export function headerProblem(name: string, value: string): string | undefined {
  if (!TOKEN.test(name)) return `header ${JSON.stringify(name.slice(0, 100))} has no valid name`;
  if (RESERVED.has(name.toLowerCase())) return `header "${name}" cannot be chosen`;
  if (NOT_A_VALUE.test(value))
    return `the value of header "${name}" has a character that headers cannot carry`;
  return undefined;
}
