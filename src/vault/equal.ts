import { hash, timingSafeEqual } from 'node:crypto';

/**
 * Equality in a time that tells nothing about where two secrets differ; strings compare as UTF-8. Both sides are
 * hashed first, so unequal lengths are simply unequal. Two empty values are equal: check for absence before.
 */
export function constantTimeEqual(a: string | Buffer, b: string | Buffer): boolean {
  return timingSafeEqual(hash('sha256', a, 'buffer'), hash('sha256', b, 'buffer'));
}
