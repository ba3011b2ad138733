import type { JsonObject } from '../../kernel/json.ts';

/** What should be told of a change. */
export interface Expected {
  eventType: 'CREATED' | 'UPDATED' | 'DELETED';
  objectType: string;
  objectId: string;
}

/** How the demo hears of changes at a vendor without polling it. */
export interface DemoWebhooks {
  /** Put over the instance's configuration. */
  configuration: JsonObject;
  /** What a developer enters at the vendor by hand: where to send, and what. Absent: the server sets it up itself. */
  setUp?(target: {
    url: string;
    subscriptions: readonly { eventType: string; propertyName?: string }[];
  }): void;
}

/** A vendor of the demo: its simulator, an instance's body, and somebody who changes records. */
export interface DemoVendor {
  /** What the demo calls the instance. */
  name: string;
  /** Of its simulator. */
  url: string;
  /** The body of `POST /instances`: the vendor's example file, its blanks filled. */
  instance: JsonObject;
  /** Absent: the demo polls it after each change. */
  webhooks?: DemoWebhooks;
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
