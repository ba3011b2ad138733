import type { EpochMs } from '../../kernel/clock.ts';
import type { Json, JsonObject } from '../../kernel/json.ts';
import type { VendorRequest, VendorResponse } from '../vendor-http.ts';

/** What is kept (sealed) of a signed-in instance. */
export interface Credentials {
  accessToken: string;
  refreshToken?: string;
  /** When the access token ends; absent when the vendor does not say. */
  expiresAt?: EpochMs;
  /** The API origin the vendor named at sign-in (Salesforce `instance_url`, Pipedrive `api_domain`). */
  apiOrigin?: string;
  /** Whatever else the vendor's scheme needs (a Pardot user key, a company id). */
  extra?: Record<string, string>;
}

/** What an authentication method may read: the instance's whole configuration, and the code of the consent page. */
export interface AuthInput {
  configuration: JsonObject;
  code?: string;
  /** The verifier whose challenge went with the consent page's URL (RFC 7636). */
  codeVerifier?: string;
  now: EpochMs;
}

/** What a sign-in or refresh answer means. */
export type AuthReading =
  | { ok: true; credentials: Credentials }
  | { ok: false; why: string; permanent: boolean };

/** One way to sign in at a vendor, as data and pure functions. */
export interface AuthMethod {
  /** The value of `authentication.type`. */
  type: string;
  /** Configuration entries (and `providerData.code`) that must be there. */
  required: readonly string[];
  /** Entries whose presence chooses this method when `authentication.type` is absent or unusable. */
  chosenBy: readonly string[];
  /** The request that gets the first credentials; absent: `fromConfiguration` makes them. */
  acquire?: (input: AuthInput) => VendorRequest;
  fromConfiguration?: (configuration: JsonObject) => Credentials;
  /** The request that renews them; absent: a 401 is final. */
  refresh?: (input: AuthInput, credentials: Credentials) => VendorRequest;
  /** Reads the answer of `acquire` and `refresh`; what the answer leaves out is kept from `previous`. */
  read?: (response: VendorResponse, input: AuthInput, previous?: Credentials) => AuthReading;
  /** Headers that sign a request. */
  sign: (credentials: Credentials, configuration: JsonObject) => Record<string, string>;
  /** Entries the sign-in adds to the configuration, shown masked (`pipedrive.api.token`). */
  derived?: (credentials: Credentials) => Record<string, string>;
  /** Where its tokens come from: `oauth.token.url`, else the vendor's. Absent: no OAuth. */
  tokenUrl?: (configuration: JsonObject) => string;
  /** The consent page. */
  consentUrl?: (input: ConsentInput) => string;
  /** Ends the tokens when the instance is deleted (best effort). */
  revoke?: (input: AuthInput, credentials: Credentials) => VendorRequest;
  /** The new refresh token replaces a single-use one: it is stored before the access token is used. */
  rotates?: boolean;
  /** Seconds before `expiresAt` at which to refresh ahead; 60 when absent. */
  refreshAheadS?: number;
}

/** The configuration entry that says where people sign in, at vendors with several such places. */
export const SITE_ADDRESS = 'site.address';

export interface ConsentInput {
  configuration: JsonObject;
  apiKey: string;
  apiSecret: string;
  callbackUrl: string;
  scope?: string;
  siteAddress?: string;
  state?: string;
  codeChallenge?: string;
}

/** What a connector learns of the vendor account behind fresh credentials. */
export interface Tenant {
  /** The account's id at the vendor (company, portal, organization id): routes webhooks, notices another account. */
  id: string;
  /** Facts later calls need (time zone, plan, version); stored with the instance, never secret. */
  facts: { [key: string]: Json };
}
