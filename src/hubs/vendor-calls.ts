import type { VendorRequest, VendorResponse } from '../connectors/vendor-http.ts';
import type { Instance } from '../instances/instance.ts';

/**
 * The way to an instance's vendor: signed, within its budgets, with fresh tokens. Passed in.
 * Failed calls are thrown as RetryAt, GiveUp, Reauthorize or RestartPass (connectors/failures.ts).
 */
export interface VendorCalls {
  call(instance: Instance, request: VendorRequest): Promise<VendorResponse>;
}
