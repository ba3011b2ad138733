/**
 * Reading v1's lists by offset (`limit`, `offset`; Keap REST v1, read 2026-11). Offsets shift when records come, go or
 * move in the order between two requests: what moves up would be skipped. So each page begins before the end of the
 * one before, and something of that must be met again.
 */
export type OffsetPosition = {
  offset: number;
  limit: number;
  /** The last entries of the page before. */
  tail: string[];
};

/** How many entries of the page before are asked for again. */
const REREAD = 50;
/** Entries remembered of the page before; one of them must be met again. */
const REMEMBERED = 5;

/** Whether so much moved that entries between the last page and this one may have been skipped. */
export function hasShifted(keys: readonly string[], { tail }: OffsetPosition): boolean {
  return tail.length > 0 && !tail.some((key) => keys.includes(key));
}

/**
 * Where the next page begins; null after the last. `next` links are no help: they go on beyond the end. A page that
 * is not full is the last, unless `count` says that there is more (a vendor may give fewer than asked for).
 */
export function nextOffset(
  keys: readonly string[],
  count: number | undefined,
  { offset, limit }: OffsetPosition,
): OffsetPosition | null {
  if (keys.length === 0) return null;
  const end = offset + keys.length;
  if (keys.length < limit && (count === undefined || end >= count)) return null;
  // A page of one leaves nothing to read again: the next must begin further down.
  const reread = keys.length === 1 ? 0 : Math.min(REREAD, Math.ceil(keys.length / 5));
  return { offset: end - reread, limit, tail: keys.slice(keys.length - Math.min(REMEMBERED, reread)) };
}
