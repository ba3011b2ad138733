import { randomBytes } from 'node:crypto';
import type { EpochMs } from '../kernel/clock.ts';

/** Random bytes are drawn this many at a time: drawing some for every id costs more than the rest of it. */
const POOL_BYTES = 4096;
const LOW_BITS = 2 ** 20;
const COUNTER_END = 2 ** 32;

/**
 * UUIDv7 (RFC 9562, 5.7 with the counter of 6.2, method 1) in growing order within this process, so that the events
 * of one batch keep their change order however many share a millisecond, and when the clock steps back. The counter
 * takes the 12 bits of `rand_a` and the first 20 after the variant; it starts in its lower half each millisecond.
 */
export function createEventIds(): (now: EpochMs) => string {
  let pool = randomBytes(POOL_BYTES);
  let used = 0;
  let lastMs = 0;
  let counter = 0;

  const draw = (bytes: number): number => {
    if (used + bytes > pool.length) {
      pool = randomBytes(POOL_BYTES);
      used = 0;
    }
    const value = pool.readUIntBE(used, bytes);
    used += bytes;
    return value;
  };

  return (now) => {
    counter += 1;
    if (now > lastMs || counter === COUNTER_END) {
      lastMs = now > lastMs ? now : lastMs + 1;
      counter = draw(4) >>> 1;
    }
    const time = hex(lastMs, 12);
    const high = hex(Math.floor(counter / LOW_BITS), 3);
    const low = hex(counter % LOW_BITS, 5);
    const random = hex(draw(5), 10);
    return `${time.slice(0, 8)}-${time.slice(8)}-7${high}-8${low.slice(0, 3)}-${low.slice(3)}${random}`;
  };
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

/** When an id was made, in milliseconds. */
export function timeOfId(id: string): EpochMs {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}
