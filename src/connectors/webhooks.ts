import type { EpochMs } from '../kernel/clock.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import type { VendorRequest, VendorResponse } from './vendor-http.ts';

/** One change as a vendor's webhook tells it. */
export interface InboundChange {
  /** The vendor account it is of; null when the body does not say. */
  tenantId: string | null;
  /** The vendor's name of the object (`person`, `contact`, `Account`). */
  vendorObject: string;
  /** The names events of it may carry: of our resources it is of, the usual one first; empty: the vendor's own. */
  resources: readonly string[];
  /** Empty when the body names none. */
  objectId: string;
  eventType: 'CREATED' | 'UPDATED' | 'DELETED' | 'UNKNOWN';
  occurredAt: EpochMs | null;
  /** Which element of the body's list it is; `WHOLE_BODY` where there is none, or nobody understands it. */
  element: number;
  /** What every sending of it has in common, and whether this may be one that came before; null: no telling. */
  repeat: { key: string; isSuspect: boolean } | null;
}

/** Parts of what a signature is made over, in the vendor's order. */
export type SignedPart = 'secret' | 'method' | 'uri' | 'body' | 'timestamp';

/** How a vendor signs, as data; `webhooks/verify.ts` is the one that reads it. */
export interface SignatureScheme {
  /** In lower case, like all headers here. */
  header: string;
  /** Only when this header has this value: one header may carry several versions. */
  onlyWith?: { header: string; value: string };
  algorithm: 'hmac-sha256' | 'sha256';
  encoding: 'hex' | 'base64';
  /** What stands before the signature in the header. */
  prefix?: string;
  signed: readonly SignedPart[];
  /** A header of epoch milliseconds; older (or newer) than the tolerance is refused. */
  timestamp?: { header: string; toleranceMs: number };
  /** The same within the body, under this key, where it is there. */
  bodyTime?: { key: string; toleranceMs: number };
  /** Escapes of the URI that the vendor undoes before it signs. */
  decoded?: RegExp;
}

/** What a piece to be set up at a vendor is made from. */
export interface SetupContext {
  configuration: JsonObject;
  instanceId: number;
  /** `event.objects` as sent; empty: all. */
  objects: readonly string[];
  /** The instance's own webhook URL, without a secret. */
  url: string;
  /** The URL of all instances of the element. */
  elementUrl: string;
  /** What webhooks will have to prove themselves with; which of the three, `proof` says. */
  token: string;
  basic: { username: string; password: string };
  signatureKey: string;
}

/** Something that must exist at the vendor: plain JSON, named so that an equal one is found again. */
export interface Piece {
  kind: string;
  name: string;
  [detail: string]: Json;
}

/** Something of ours that exists there. */
export interface Present {
  kind: string;
  id: string;
  /** As the piece it was made from is named. */
  name: string;
  /** `asleep`: it is there and nothing is sent (Keap's Unverified and Inactive). */
  state: 'live' | 'asleep';
  /** HTTP Basic it sends, where the vendor shows it: adopted with what it has. */
  basic?: { username: string; password: string } | null;
}

/** What a look at the vendor gave. `manual`: why a person has to do it. `impossible`: what was asked cannot be. */
export type SetupPlan = { wanted: Piece[]; present: Present[] } | { manual: string } | { impossible: string };

/** Setting up webhooks through the vendor's API: pure builders and readers, driven by `webhooks/set-up.ts`. */
export interface WebhookSetup {
  /** How the webhooks it creates prove themselves. */
  proof: 'basic' | 'token' | 'signature';
  /** Nothing is set up before `event.objects` names what to watch. */
  needsObjects?: boolean;
  /** Asked first, in this order. */
  survey(context: SetupContext): VendorRequest[];
  /** @throws UnreadableAnswer when an answer is not what the vendor documents. */
  plan(answers: readonly VendorResponse[], context: SetupContext): SetupPlan;
  create(piece: Piece, context: SetupContext): VendorRequest;
  /** @throws UnreadableAnswer */
  readCreated(response: VendorResponse, piece: Piece): Present;
  /** Wakes one that is asleep; the answer says what it is now. */
  wake?: {
    request(present: Present, context: SetupContext): VendorRequest;
    read(response: VendorResponse): boolean;
  };
  /** Statuses of what is gone already are to be accepted by it. */
  remove(present: Present, context: SetupContext): VendorRequest;
}

/** A file of a package that an administrator deploys. */
export interface PackageFile {
  path: string;
  text: string;
}

/** What a connector says of its vendor's webhooks. */
export interface Webhooks {
  /** Where a body holds several changes: under this key, or (null) it is the list itself. Absent: one body, one change. */
  list?: { key: string | null };
  /** Reads a body, whatever was sent; what it does not understand is one change `UNKNOWN`. Never throws. */
  parse(body: Json): InboundChange[];
  /** A burst about one object in one body is one event (HubSpot). */
  coalesces?: boolean;
  /** Newest first: the first one whose header is there decides. */
  signatures?: { schemes: readonly SignatureScheme[]; secret: 'configured' | 'set up' };
  setup?: WebhookSetup;
  /** What a person does at the vendor, in order, and the subscriptions to enter there. */
  manual(context: { url: string; elementUrl: string; objects: readonly string[] }): {
    steps: string[];
    subscriptions?: { eventType: string; propertyName?: string }[];
  };
  /** What an administrator can deploy where our own set-up is refused; `name` of the file. */
  package?: (context: SetupContext) => { name: string; files: PackageFile[]; steps: string[] };
}

/** The object of a body nobody understands. */
export const UNKNOWN_OBJECT = 'unknown';

export const WHOLE_BODY = -1;

/** A change of a body nobody understands. */
export function unknownChange(element = WHOLE_BODY): InboundChange {
  return {
    tenantId: null,
    vendorObject: UNKNOWN_OBJECT,
    resources: [],
    objectId: '',
    eventType: 'UNKNOWN',
    occurredAt: null,
    element,
    repeat: null,
  };
}
