import { createHmac } from 'node:crypto';

/**
 * `Elements-Webhook-Signature`: `sha256=` and the base64 HMAC-SHA256 of the exact body bytes. No or an empty key
 * means unsigned: undefined.
 */
export function signBody(key: string | undefined, body: Buffer): string | undefined {
  if (key === undefined || key === '') return undefined;
  return `sha256=${createHmac('sha256', key).update(body).digest('base64')}`;
}
