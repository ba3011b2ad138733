import type { Clock } from '../kernel/clock.ts';
import { createBreaker, type Breaker } from './breaker.ts';
import { createOriginLimit, type OriginLimit } from './origin-limit.ts';
import type { Outgoing } from './outgoing.ts';

/** What the sender holds at most; one lane a tenth of it. What is recorded here may take four fifths without a claim. */
export const MOST_ROWS = 5000;
const MOST_BYTES = 64 * 1024 * 1024;
const HANDED_SHARE = 0.8;
const LANE_SHARE = 0.1;
/** A lane gets no more from the database than will be sent soon: rows left there can go by other nodes. */
const AHEAD = 4;

interface Lane {
  id: number;
  instanceId: number | null;
  origin: Origin;
  waiting: Outgoing[];
  isQueued: boolean;
  inFlight: number;
  limit: OriginLimit;
  breaker: Breaker;
  /** It was left out of a claim, so the next claim should not wait once there is room. */
  wasFull: boolean;
  /** One of those that are sent one at a time is under way. */
  isInSequence: boolean;
  /** The opening of a breaker that was told to the other nodes. */
  toldUntil: number;
}

interface Origin {
  limit: OriginLimit;
  breaker: Breaker;
  inFlight: number;
  answeredAt: number;
  /** Lanes with rows, taking turns. */
  turns: Lane[];
  lanes: number;
}

/** How a try went for those who decide how much may be sent where. */
export type Health = 'ok' | 'failed' | 'overloaded' | 'unreachable';

export interface TryHealth {
  health: Health;
  latencyMs: number;
}

export interface LanesDependencies {
  clock: Clock;
  /** Sends a row; `finish` follows. */
  start: (row: Outgoing) => void;
  /** These rows must not be sent now: another claim takes them later. */
  release: (rows: Outgoing[]) => void;
  /** The lane's breaker opened: nobody should claim from it before `until`. */
  opened: (laneId: number, until: number) => void;
  /** A lane that was full has room again. */
  drained: () => void;
}

/** The rows in memory: lanes take turns within their origin, which gets as many requests at a time as it bears. */
export function createLanes({ clock, start, release, opened, drained }: LanesDependencies) {
  const lanes = new Map<number, Lane>();
  const byInstance = new Map<number, Lane>();
  const origins = new Map<string, Origin>();
  const held = { rows: 0, bytes: 0 };
  const reserved = new Map<number, number>();

  const originOf = (url: string): Origin => {
    const key = URL.parse(url)?.origin ?? url;
    const found = origins.get(key);
    if (found !== undefined) return found;
    const origin = {
      limit: createOriginLimit(),
      breaker: createBreaker(),
      inFlight: 0,
      answeredAt: -Infinity,
      turns: [],
      lanes: 0,
    };
    origins.set(key, origin);
    return origin;
  };
  const laneOf = (row: Outgoing): Lane => {
    const found = lanes.get(row.laneId);
    if (found !== undefined) return found;
    const origin = originOf(row.url);
    origin.lanes += 1;
    const lane: Lane = {
      id: row.laneId,
      instanceId: row.instanceId,
      origin,
      waiting: [],
      isQueued: false,
      inFlight: 0,
      limit: createOriginLimit(),
      breaker: createBreaker(),
      wasFull: false,
      isInSequence: false,
      toldUntil: 0,
    };
    lanes.set(row.laneId, lane);
    if (row.instanceId !== null) byInstance.set(row.instanceId, lane);
    return lane;
  };
  const forgetIfIdle = (lane: Lane): void => {
    if (lane.waiting.length + lane.inFlight > 0 || !lane.breaker.isUntouched()) return;
    lanes.delete(lane.id);
    if (lane.instanceId !== null) byInstance.delete(lane.instanceId);
    lane.origin.lanes -= 1;
    // Kept a while, because what was learned of an origin is worth more than its few bytes.
    if (origins.size > 10_000) {
      for (const [key, origin] of origins) if (origin.lanes === 0) origins.delete(key);
    }
  };

  const openUntil = (lane: Lane, now: number): number =>
    Math.max(lane.breaker.openUntil(now), lane.origin.breaker.openUntil(now));
  /** One lane of several leaves half of what the origin takes to the others. */
  const shareOf = ({ origin, limit }: Lane): number =>
    origin.lanes > 1 ? Math.min(limit.limit, Math.max(1, origin.limit.limit / 2)) : limit.limit;
  const mayStart = (lane: Lane, now: number): boolean =>
    lane.breaker.openUntil(now) === 0 &&
    lane.inFlight < shareOf(lane) &&
    (lane.inFlight === 0 || !lane.breaker.isProbing(now)) &&
    !(lane.isInSequence && lane.waiting[0]?.orderKey === '');
  const mayUse = (origin: Origin, now: number): boolean =>
    origin.breaker.openUntil(now) === 0 && (origin.inFlight === 0 || !origin.breaker.isProbing(now));
  /**
   * Over the limit, up to half again, a lane with nothing under way may have one: another that was alone until now
   * may have taken the whole limit for requests that hang.
   */
  const hasRoom = ({ origin, inFlight }: Lane): boolean =>
    origin.inFlight < origin.limit.limit || (inFlight === 0 && origin.inFlight < 1.5 * origin.limit.limit);

  const pump = (origin: Origin): void => {
    const now = clock.now();
    for (let turns = origin.turns.length; turns > 0 && mayUse(origin, now); turns -= 1) {
      const lane = origin.turns.shift()!;
      if (!mayStart(lane, now)) {
        lane.isQueued = false;
        continue;
      }
      if (!hasRoom(lane)) {
        origin.turns.push(lane);
        continue;
      }
      const row = lane.waiting.shift()!;
      lane.inFlight += 1;
      lane.isInSequence ||= row.orderKey === '';
      origin.inFlight += 1;
      if (lane.waiting.length > 0) {
        origin.turns.push(lane);
        turns += 1;
      } else lane.isQueued = false;
      start(row);
    }
  };
  const queue = (lane: Lane): void => {
    if (lane.isQueued || lane.waiting.length === 0) return;
    lane.isQueued = true;
    lane.origin.turns.push(lane);
  };
  const drop = (rows: readonly Outgoing[]): void => {
    for (const row of rows) {
      held.rows -= 1;
      held.bytes -= row.bytes;
    }
  };
  const releaseWaiting = (lane: Lane): void => {
    if (lane.waiting.length === 0) return;
    const rows = lane.waiting;
    lane.waiting = [];
    lane.isQueued = false;
    lane.origin.turns = lane.origin.turns.filter((other) => other !== lane);
    drop(rows);
    release(rows);
  };
  /** While a breaker is open, what waits is given back, and nobody claims more of it. */
  const closeIfOpen = (lane: Lane, now: number): void => {
    const until = openUntil(lane, now);
    if (until === 0) return;
    if (lane.toldUntil !== until) opened(lane.id, until);
    lane.toldUntil = until;
    releaseWaiting(lane);
  };
  const learn = (lane: Lane, { health, latencyMs }: TryHealth, now: number): void => {
    const { origin } = lane;
    const isSilent = health === 'unreachable';
    if (!isSilent) origin.answeredAt = now;
    // What answered others in the meantime is well: only this lane's path hangs.
    const isOriginSilent = isSilent && origin.answeredAt < now - latencyMs;
    if (isSilent || health === 'overloaded') lane.limit.overloaded(now);
    else lane.limit.answered(latencyMs, lane.inFlight, now);
    if (isOriginSilent || health === 'overloaded') origin.limit.overloaded(now);
    else if (!isSilent) origin.limit.answered(latencyMs, origin.inFlight, now);
    if (health === 'ok') lane.breaker.succeeded();
    else lane.breaker.failed(now);
    if (!isSilent) origin.breaker.succeeded();
    else if (isOriginSilent && origin.breaker.failed(now) !== undefined) {
      for (const other of origin.turns.slice()) closeIfOpen(other, now);
    }
  };
  const loadOf = (lane: Lane): number => lane.waiting.length + lane.inFlight;
  const isFull = (lane: Lane, now: number): boolean =>
    openUntil(lane, now) > 0 ||
    (lane.breaker.isProbing(now) && loadOf(lane) > 0) ||
    loadOf(lane) >= Math.min(MOST_ROWS * LANE_SHARE, shareOf(lane) * AHEAD);

  return {
    held,
    /** Rows that may be claimed now. */
    room: () => (held.bytes < MOST_BYTES ? MOST_ROWS - held.rows : 0),
    /** Lanes that a claim must leave alone. */
    fullLanes: (): number[] => {
      const now = clock.now();
      const full: number[] = [];
      for (const lane of lanes.values()) {
        if (!isFull(lane, now)) continue;
        lane.wasFull = true;
        full.push(lane.id);
      }
      return full;
    },
    reserve: (instanceId: number, bytes: number): boolean => {
      const lane = byInstance.get(instanceId);
      const already = reserved.get(instanceId) ?? 0;
      if (held.rows >= MOST_ROWS * HANDED_SHARE || held.bytes + bytes > MOST_BYTES * HANDED_SHARE)
        return false;
      if (already + (lane === undefined ? 0 : loadOf(lane)) >= MOST_ROWS * LANE_SHARE) return false;
      if (lane !== undefined && !lane.breaker.isUntouched() && isFull(lane, clock.now())) return false;
      held.rows += 1;
      held.bytes += bytes;
      reserved.set(instanceId, already + 1);
      return true;
    },
    giveBack: (instanceId: number, bytes: number): void => {
      held.rows -= 1;
      held.bytes -= bytes;
      const left = (reserved.get(instanceId) ?? 1) - 1;
      if (left > 0) reserved.set(instanceId, left);
      else reserved.delete(instanceId);
    },
    add: (rows: readonly Outgoing[]): void => {
      const touched = new Set<Origin>();
      for (const row of rows) {
        held.rows += 1;
        held.bytes += row.bytes;
        const lane = laneOf(row);
        lane.waiting.push(row);
        queue(lane);
        touched.add(lane.origin);
      }
      for (const origin of touched) pump(origin);
      const now = clock.now();
      for (const { laneId } of rows) {
        const lane = lanes.get(laneId);
        if (lane !== undefined && lane.waiting.length > 0) closeIfOpen(lane, now);
      }
    },
    /** A started row is through; without a result it was not sent. */
    finish: (row: Outgoing, result?: TryHealth): void => {
      const lane = lanes.get(row.laneId)!;
      const { origin } = lane;
      const now = clock.now();
      if (result !== undefined) learn(lane, result, now);
      lane.inFlight -= 1;
      if (row.orderKey === '') lane.isInSequence = false;
      origin.inFlight -= 1;
      drop([row]);
      closeIfOpen(lane, now);
      queue(lane);
      pump(origin);
      if (lane.wasFull && !isFull(lane, now)) {
        lane.wasFull = false;
        drained();
      }
      forgetIfIdle(lane);
    },
    /** Gives back what was not started, of one lane or of all. */
    clear: (laneId?: number): void => {
      const chosen =
        laneId === undefined ? [...lanes.values()] : [lanes.get(laneId)].filter((lane) => lane !== undefined);
      for (const lane of chosen) releaseWaiting(lane);
    },
  };
}
