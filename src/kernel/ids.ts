import { randomBytes } from 'node:crypto';
import type { EpochMs } from './clock.ts';

/**
 * A UUIDv7 (RFC 9562, section 5.7): 48 bits of milliseconds, then random bits, so that ids of one node sort
 * roughly by time and range partitions by id are partitions by time.
 */
export function uuidv7(now: EpochMs): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now, 0, 6);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The smallest UUIDv7 of an instant: the lower bound of a partition or of a time filter on ids. */
export function uuidv7Floor(at: EpochMs): string {
  const hex = Math.max(0, at).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7000-8000-000000000000`;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether a text a client sent can be such an id, in either case. PostgreSQL refuses to compare with another. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** 256 random bits as base64: the form of user secrets, organization secrets and instance tokens. */
export function randomSecret(): string {
  return randomBytes(32).toString('base64');
}
