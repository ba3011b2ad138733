import type { EpochMs } from '../kernel/clock.ts';
import type { Json } from '../kernel/json.ts';

/** A request a connector asks for, without origin and credentials: those are put on by `instances/`. */
export interface VendorRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /**
   * A path from the vendor's origin (`/api/v2/persons`), or an absolute URL the vendor gave (`nextPageUrl`),
   * which is refused unless its origin may see the credentials.
   */
  path: string;
  /** Absent values are left out; an array repeats the name. */
  query?: Record<string, string | number | boolean | readonly string[] | undefined>;
  headers?: Record<string, string>;
  /** At most one of the two bodies. */
  json?: Json;
  form?: Record<string, string>;
  /** Which of the instance's origins: the API's (default) or the one of the OAuth token URL. */
  origin?: 'api' | 'token';
  /** Leave the credentials off (a login, a token exchange). */
  anonymous?: boolean;
  /** Statuses beside 2xx that are answers and not failures, such as 404 for a read of one record. */
  accept?: readonly number[];
  /** Which of the connector's budgets beside its default ones this call draws on (`search`). */
  budgets?: readonly string[];
  /** What it takes from budgets that count `units`; 1 when absent. */
  cost?: number;
}

/** What came back. `body` is the parsed JSON, or null when the body is empty or no JSON; `text` is always whole. */
export interface VendorResponse {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  body: Json;
  text: string;
  /** The vendor's `Date` header; absent when it sent none or an unreadable one. */
  date?: EpochMs;
}
