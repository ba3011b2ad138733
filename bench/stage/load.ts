/* What the world is told to send, and what came of it. */

export interface LoadOrder {
  /** Of the nodes that take webhooks; connections take turns. */
  ports: number[];
  /** Where each instance's webhooks go; the senders take turns. */
  paths: string[];
  /** `webhook`: a change as Pipedrive tells it (webhooks v2). `plain`: the same size without its shape. */
  body: 'webhook' | 'plain';
  connections: number;
  seconds: number;
  warmUpSeconds: number;
  /** Events per second, due at equal distances whether or not anybody is free to send them; 0: as fast as answers come. */
  rate: number;
  payloadBytes: number;
  /** Indexes of paths whose callbacks do not answer during this run; nothing of theirs is counted. */
  hanging: number[];
}

/** Of the events that were due in the time measured. A latency begins when an event was due, not when it was sent. */
export interface LoadResult {
  sent: number;
  /** Answered with anything but 2xx, or not at all. */
  refused: number;
  /** Accepted by a callback. */
  accepted: number;
  /** Acknowledged and never seen by a callback, by their numbers. */
  lost: number;
  /** Seen more than once. */
  repeated: number;
  /** Accepted per second of the time measured, whenever they were due. */
  throughput: number;
  /** From when an event was due to its callback's acceptance, ms; infinite for those that never came. */
  p50: number;
  p99: number;
  /** From sending a webhook to its answer, ms. */
  answerP50: number;
}

/** What happened since the last sample. */
export interface Sample {
  accepted: number;
  p50: number;
  p99: number;
}

export type WorldRequest = { kind: 'load'; order: LoadOrder } | { kind: 'sample' };

/** Where the world listens: callbacks on two origins, and the vendor. */
export interface WorldPlaces {
  callbacks: [port: number, otherPort: number];
  vendor: number;
}
