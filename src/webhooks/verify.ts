import { createHash, createHmac } from 'node:crypto';
import type { SignatureScheme } from '../connectors/webhooks.ts';
import type { EpochMs } from '../kernel/clock.ts';
import { isJsonObject, type Json } from '../kernel/json.ts';
import { constantTimeEqual } from '../vault/equal.ts';

/** What webhooks of an instance must carry: everything that is there. */
export interface Proofs {
  signature?: { schemes: readonly SignatureScheme[]; key: string };
  basic?: { username: string; password: string };
  token?: string;
}

/** An inbound request, as far as it proves anything. */
export interface Evidence {
  method: string;
  /** The URLs the vendor may have been given; a signature over any of them counts. */
  uris: readonly string[];
  /** Names in lower case; a repeated header is the list of its values, comma-separated. */
  headers: Readonly<Record<string, string | undefined>>;
  body: Buffer;
  /** What was read from it. */
  parsed: Json;
  /** `?token=`, else the header `X-Tidings-Token`. */
  token: string | null;
}

/** `unsigned`: nothing was demanded. */
export type Verdict = 'proven' | 'unsigned' | 'refused';

/** The three verifiers, over the raw bytes: HMAC (and keyed hash), HTTP Basic, shared token; in constant time. */
export function verify(proofs: Proofs, evidence: Evidence, now: EpochMs): Verdict {
  const { signature, basic, token } = proofs;
  if (signature === undefined && basic === undefined && token === undefined) return 'unsigned';
  const isProven =
    (signature === undefined || isSigned(signature, evidence, now)) &&
    (basic === undefined || hasBasic(basic, evidence)) &&
    (token === undefined || (evidence.token !== null && constantTimeEqual(evidence.token, token)));
  return isProven ? 'proven' : 'refused';
}

/** The first scheme whose header is there decides: a newer signature that is wrong is not saved by an older one. */
function isSigned(
  { schemes, key }: NonNullable<Proofs['signature']>,
  evidence: Evidence,
  now: EpochMs,
): boolean {
  const scheme = schemes.find((candidate) => isUsed(candidate, evidence));
  if (scheme === undefined) return false;
  const sent = evidence.headers[scheme.header] ?? '';
  const { prefix = '' } = scheme;
  if (!sent.startsWith(prefix) || !isFresh(scheme, evidence, now)) return false;
  const digits = sent.slice(prefix.length);
  const given = scheme.encoding === 'hex' ? digits.toLowerCase() : digits;
  // Every address is tried, so that the time does not tell which one fits.
  const matches = evidence.uris.map((uri) =>
    constantTimeEqual(given, signatureOf(scheme, key, evidence, uri)),
  );
  return matches.includes(true);
}

function isUsed({ header, onlyWith }: SignatureScheme, { headers }: Evidence): boolean {
  if (headers[header] === undefined) return false;
  return onlyWith === undefined || headers[onlyWith.header]?.toLowerCase() === onlyWith.value;
}

function isFresh(
  { timestamp, bodyTime }: SignatureScheme,
  { headers, parsed }: Evidence,
  now: EpochMs,
): boolean {
  if (timestamp !== undefined) {
    const text = headers[timestamp.header] ?? '';
    if (!/^\d{1,15}$/.test(text) || Math.abs(now - Number(text)) > timestamp.toleranceMs) return false;
  }
  const sentAt = bodyTime !== undefined && isJsonObject(parsed) ? parsed[bodyTime.key] : undefined;
  if (bodyTime === undefined || sentAt === undefined) return true;
  return typeof sentAt === 'number' && Math.abs(now - sentAt) <= bodyTime.toleranceMs;
}

function signatureOf(scheme: SignatureScheme, key: string, evidence: Evidence, uri: string): string {
  const decoded = scheme.decoded === undefined ? uri : uri.replaceAll(scheme.decoded, decodeURIComponent);
  const parts = {
    secret: key,
    method: evidence.method,
    uri: decoded,
    body: evidence.body,
    timestamp: evidence.headers[scheme.timestamp?.header ?? ''] ?? '',
  };
  const hash = scheme.algorithm === 'sha256' ? createHash('sha256') : createHmac('sha256', key);
  for (const part of scheme.signed) hash.update(parts[part]);
  return hash.digest(scheme.encoding);
}

function hasBasic({ username, password }: NonNullable<Proofs['basic']>, { headers }: Evidence): boolean {
  const [, sent] = /^basic +([A-Za-z0-9+/=_-]+) *$/i.exec(headers['authorization'] ?? '') ?? [];
  return sent !== undefined && constantTimeEqual(Buffer.from(sent, 'base64'), `${username}:${password}`);
}
