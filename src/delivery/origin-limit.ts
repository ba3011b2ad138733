import type { EpochMs } from '../kernel/clock.ts';

const START = 16;
const MOST = 256;
/** Latency alone lowers it no further: it may be our own slowness. */
const FEWEST_BY_LATENCY = 8;
/**
 * Latency up to twice the best seen and this much more is no sign of load. Measured: with 20 ms a busy machine of our
 * own throttled a healthy callback to one request at a time.
 */
const NOISE_MS = 100;
const SMOOTHING = 0.1;
/** The best latency is forgotten slowly, so that an endpoint that moved further away is not throttled for ever. */
const FORGETTING = 1.001;

/** How many requests one origin takes at a time: found out from its answers. */
export interface OriginLimit {
  readonly limit: number;
  /** An answer came after `latencyMs`, with `inFlight` requests under way including it. */
  answered(latencyMs: number, inFlight: number, now: EpochMs): void;
  /** It did not answer in time, refused the connection, or said that it is too much. */
  overloaded(now: EpochMs): void;
}

/**
 * Additive increase, multiplicative decrease on latency: doubling per round trip until the first sign of load, then by
 * one per round trip; down by a fifth when answers take over twice the best time, by half when there are none; at
 * most one step down per round trip. Between 1 and 256, from 16.
 */
export function createOriginLimit(): OriginLimit {
  let limit = START;
  let best = Infinity;
  let smoothed = 0;
  let isGrowingFast = true;
  let lowerAgainAt = -Infinity;

  const lower = (factor: number, fewest: number, now: EpochMs, restMs: number): void => {
    if (now < lowerAgainAt || limit <= fewest) return;
    isGrowingFast = false;
    limit = Math.max(fewest, limit * factor);
    lowerAgainAt = now + restMs;
  };
  return {
    get limit() {
      return Math.floor(limit);
    },
    answered: (latencyMs, inFlight, now) => {
      smoothed = smoothed === 0 ? latencyMs : smoothed + SMOOTHING * (latencyMs - smoothed);
      best = Math.min(best * FORGETTING, latencyMs);
      if (smoothed > 2 * best + NOISE_MS) lower(0.8, FEWEST_BY_LATENCY, now, smoothed);
      else if (inFlight >= Math.floor(limit)) limit = Math.min(MOST, limit + (isGrowingFast ? 1 : 1 / limit));
    },
    overloaded: (now) => lower(0.5, 1, now, 1000),
  };
}
