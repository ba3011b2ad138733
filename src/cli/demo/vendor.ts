import type { JsonObject } from '../../kernel/json.ts';

/** A vendor of the demo: its simulator, an instance's body, and somebody who keeps changing records. */
export interface DemoVendor {
  /** What the demo calls the instance. */
  name: string;
  /** Of its simulator. */
  url: string;
  /** The body of `POST /instances`, made of the vendor's example file. */
  instance: JsonObject;
  /** Creates, changes or deletes a record; the nth call always does the same kind of thing. */
  change(nth: number): void;
  close(): Promise<void>;
}

/** Starts a vendor whose instances call back to `callbackUrl`, signed with `signatureKey`. */
export type StartDemoVendor = (callback: { url: string; signatureKey: string }) => Promise<DemoVendor>;
