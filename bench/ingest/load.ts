/* What the senders are told to do, and what came of it. */

export interface IngestOrder {
  port: number;
  /** Connections take turns through them. */
  paths: readonly string[];
  /** Each with one request under way. */
  connections: number;
  seconds: number;
  warmUpSeconds: number;
  bodyBytes: number;
}

export interface IngestResult {
  /** Answered with 2xx per second of the time measured. */
  throughput: number;
  /** Answered with 2xx from the first request to the last. */
  acknowledged: number;
  refused: number;
  /** From sending to the answer, ms. */
  p50: number;
  p99: number;
}
