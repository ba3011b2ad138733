import type { JsonObject } from '../../kernel/json.ts';

/** What should be told of a change. */
export interface Expected {
  eventType: 'CREATED' | 'UPDATED' | 'DELETED';
  objectType: string;
  objectId: string;
}

/** A vendor of the demo: its simulator, an instance's body, and somebody who changes records. */
export interface DemoVendor {
  /** What the demo calls the instance. */
  name: string;
  /** Of its simulator. */
  url: string;
  /** The body of `POST /instances`: the vendor's example file, its blanks filled. */
  instance: JsonObject;
  /** Changes of every kind that the vendor shows; each changes one record and says what should come of it. */
  changes: readonly (() => Expected)[];
  close(): Promise<void>;
}

/** Where the notifications go. */
export interface DemoCallback {
  url: string;
  signatureKey: string;
}

/** Starts a vendor whose instance calls back to `callback`. */
export type StartDemoVendor = (callback: DemoCallback) => Promise<DemoVendor>;
