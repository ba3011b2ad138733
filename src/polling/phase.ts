import { hash } from 'node:crypto';
import type { EpochMs } from '../kernel/clock.ts';

const HOUR_MS = 3_600_000;

/**
 * The next time after `now` at which an instance is polled: instances are spread evenly over their interval by a
 * hash of their id, and keep their place in it through restarts and changes.
 */
export function nextSlot(instanceId: number, intervalMs: number, now: EpochMs): EpochMs {
  const place = Number.parseInt(hash('sha1', String(instanceId), 'hex').slice(0, 12), 16) / 2 ** 48;
  const phase = Math.floor(place * intervalMs);
  return (Math.floor((now - phase) / intervalMs) + 1) * intervalMs + phase;
}

/** After the n-th failure in a row: the next slot, then twice as long each time, up to an hour (or one interval). */
export function slotAfterFailure(
  instanceId: number,
  intervalMs: number,
  now: EpochMs,
  failures: number,
): EpochMs {
  const slot = nextSlot(instanceId, intervalMs, now);
  if (failures <= 1) return slot;
  return Math.max(slot, now + Math.min(HOUR_MS, intervalMs * 2 ** Math.min(failures - 1, 20)));
}
