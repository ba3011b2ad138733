import { hash } from 'node:crypto';
import { canonicalJson, type Json } from '../kernel/json.ts';
import { createContentText } from './content-text.ts';

const contentText = createContentText();

/**
 * 64 bits that stand for a record's content: the first eight bytes of SHA-1 over its canonical JSON, signed as
 * PostgreSQL's int8 is. Measured on 2 KB records: one-shot SHA-1 takes 2.4 µs, SHA-256 3.3 µs, MD5 4.6 µs.
 */
export function fingerprint(record: Json): bigint {
  return BigInt.asIntN(64, BigInt(`0x${hash('sha1', contentText(record), 'hex').slice(0, 16)}`));
}

/**
 * 32 bits (signed, as int4) that stand for how records of a resource are formed: the connector's shape version and
 * whatever chooses their fields. Fingerprints of different shapes say nothing about each other.
 */
export function shapeOf(parts: Json): number {
  return Number.parseInt(hash('sha1', canonicalJson(parts), 'hex').slice(0, 8), 16) | 0;
}
