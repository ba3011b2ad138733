import { createHmac } from 'node:crypto';

/** What the simulator understands of Apex: enough to know where a trigger's class calls, and with what. */
export interface Callout {
  url: string;
  headers: (body: string) => Record<string, string>;
}

const TRIGGER = /^\s*trigger\s+(\w+)\s+on\s+(\w+)\s*\(([^)]*)\)\s*\{/i;

/** Name, object and moments (`after insert`) of a trigger; undefined when the body does not begin as one. */
export function readTrigger(body: string): { name: string; object: string; moments: string[] } | undefined {
  const [, name, object, moments] = TRIGGER.exec(body) ?? [];
  if (name === undefined || object === undefined || moments === undefined) return undefined;
  const list = moments.split(',').map((moment) => moment.trim().toLowerCase().replace(/\s+/g, ' '));
  return { name, object, moments: list };
}

/** The name of the class a body declares. */
export const readClassName = (body: string): string | undefined => /\bclass\s+(\w+)/i.exec(body)?.[1];

/** Whether a trigger uses a class. */
export const usesClass = (triggerBody: string, className: string): boolean =>
  new RegExp(`\\b${className}\\s*\\.`, 'i').test(triggerBody);

/**
 * Where a class posts: its first text that is an http(s) address. Headers set with a text are sent, and those set with
 * `EncodingUtil.base64Encode` or `convertToHex` of `Crypto.generateMac('hmacSHA256', Blob.valueOf(<body>),
 * Blob.valueOf('<key>'))`, with a text added in front or not.
 */
export function readCallout(classBody: string): Callout | undefined {
  const url = /'(https?:\/\/[^']+)'/.exec(classBody)?.[1];
  if (url === undefined) return undefined;
  const plain = [...classBody.matchAll(/setHeader\(\s*'([^']+)'\s*,\s*'([^']*)'\s*\)/g)];
  const signed = [
    ...classBody.matchAll(
      /setHeader\(\s*'([^']+)'\s*,\s*(?:'([^']*)'\s*\+\s*)?EncodingUtil\.(base64Encode|convertToHex)\(\s*Crypto\.generateMac\(\s*'hmacSHA256'\s*,\s*Blob\.valueOf\(\s*\w+\s*\)\s*,\s*Blob\.valueOf\(\s*'([^']*)'\s*\)\s*\)\s*\)\s*\)/g,
    ),
  ];
  return {
    url,
    headers: (body) => {
      const headers: Record<string, string> = {};
      for (const [, name = '', value = ''] of plain) headers[name] = value;
      for (const [, name = '', prefix = '', encoding, key = ''] of signed) {
        const mac = createHmac('sha256', key).update(body);
        headers[name] = prefix + mac.digest(encoding === 'base64Encode' ? 'base64' : 'hex');
      }
      return headers;
    },
  };
}
