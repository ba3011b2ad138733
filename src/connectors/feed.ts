import type { Ceql } from '../ceql/tree.ts';
import type { EpochMs } from '../kernel/clock.ts';
import type { Json } from '../kernel/json.ts';
import type { VendorRequest, VendorResponse } from './vendor-http.ts';

/** Where a pass stands: plain JSON, stored between pages, read by nobody but its feed. */
export type Position = { [key: string]: Json };

/** One record (or its deletion) as a feed shows it. */
export interface Row {
  id: string;
  /** The vendor's own best change stamp. */
  changedAt?: EpochMs;
  createdAt?: EpochMs;
  deleted?: boolean;
  /** The record in the one shape that feeds and `readMany` share; null when only its deletion is known. */
  record: Json | null;
}

/**
 * A page of a feed. `next` null: the pass is complete. `covered`: the vendor vouches for everything up to there.
 * `gap`: the vendor has forgotten deletions since `from`, a sweep is due.
 */
export interface FeedPage {
  rows: Row[];
  next: Position | null;
  covered?: EpochMs;
  gap?: boolean;
}

/** The change stamp of a window feed. */
export interface FeedStamp {
  /** 1, 1000 …: two changes closer than this may carry the same stamp. */
  resolutionMs: number;
  /** `commit`: stamps are set before the row can be seen (Salesforce). `index`: rows are shown late. */
  late: 'commit' | 'index';
  /** The least overlap with the previous pass, in seconds. */
  overlapS: number;
  /** How far back the vendor answers; absent: without end. */
  lookbackDays?: number;
}

/**
 * All that detection knows of a vendor's way to list changes. `window` feeds ask for what changed since an
 * instant (inclusively), `scan` feeds read everything, `deletions` feeds list deletions since an instant.
 */
export interface Feed {
  /** Unique in the resource, stored with its cursor: never rename. */
  name: string;
  kind: 'window' | 'scan' | 'deletions';
  order: 'asc' | 'desc' | 'none';
  /** Fields (our spelling and usual aliases, any case) whose condition in a poller URL is this feed's bound. */
  changeFields: readonly string[];
  stamp?: FeedStamp;
  /**
   * The first position of a pass. `from` absent: everything (scans and full baselines). `filter` is the feed's to
   * apply, whole: what the vendor cannot filter, `read` does. Deletions without a record pass any filter.
   */
  start(query: {
    from?: EpochMs;
    filter: Ceql | null;
    fields: readonly string[];
    pageSize?: number;
  }): Position;
  request(position: Position): VendorRequest;
  /**
   * `restart`: what was read shows that the position can't be trusted; begin again at `from`.
   * @throws UnreadableAnswer when the answer is not what the vendor documents: never an empty page instead.
   */
  read(response: VendorResponse, position: Position): FeedPage | 'restart';
}

/** What a bulk read says of one id. */
export type ReadState = { state: 'present'; row: Row } | { state: 'gone' | 'absent' | 'forbidden' };

/** Reads many records by id; used to confirm deletions and to follow hints. */
export interface ReadMany {
  /** Ids one request may carry. */
  batchSize: number;
  request(ids: readonly string[]): VendorRequest;
  /**
   * Every id asked for has a state in the answer.
   * @throws UnreadableAnswer when the answer is not what the vendor documents.
   */
  read(response: VendorResponse, ids: readonly string[]): Map<string, ReadState>;
  /** Asked next about the ids that this one calls `absent`; its answer is the one that counts. */
  otherwise?: ReadMany;
  /** Shows a change at once, where this one shows it as late as the lists do. */
  atOnce?: ReadMany;
}
