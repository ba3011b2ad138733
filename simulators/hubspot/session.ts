import type { SimulatorClock } from '../core/clock.ts';
import type { SimulatorRequest } from '../core/route.ts';
import type { Caller } from './access.ts';

/** What the routes of one simulator share. */
export interface Session {
  clock: SimulatorClock;
  /** Set for every request but those of sign-in and webhook settings. */
  callerOf(request: SimulatorRequest): Caller;
}
