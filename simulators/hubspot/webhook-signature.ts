import { createHash, createHmac } from 'node:crypto';

/** Escapes the vendor undoes in a URI before it signs; all others stay (vendor page, section 5). */
const DECODED = /%(?:3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/gi;

/** The headers of a delivery: version 1 and version 3 together. */
export function signatureHeaders(delivery: {
  secret: string;
  url: string;
  body: string;
  /** Epoch milliseconds. */
  at: number;
}): Record<string, string> {
  const { secret, url, body, at } = delivery;
  const uri = url.replaceAll(DECODED, (escape) => decodeURIComponent(escape));
  return {
    'x-hubspot-signature': createHash('sha256').update(`${secret}${body}`).digest('hex'),
    'x-hubspot-signature-version': 'v1',
    'x-hubspot-signature-v3': createHmac('sha256', secret).update(`POST${uri}${body}${at}`).digest('base64'),
    'x-hubspot-request-timestamp': String(at),
  };
}
