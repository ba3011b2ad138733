import { GiveUp, Reauthorize, RestartPass, RetryAt, UnreadableAnswer } from '../connectors/failures.ts';
import type { Clock, EpochMs } from '../kernel/clock.ts';
import { Fault, type ErrorCode } from '../kernel/errors.ts';

/** What a client of the resource API reads when the vendor refused or failed; anything unknown comes back as it is. */
export function vendorFault(thrown: unknown, clock: Clock): unknown {
  if (thrown instanceof RetryAt) return retryFault(thrown, clock.now());
  if (thrown instanceof GiveUp) {
    const code = codeOf(thrown.status);
    const message =
      code === 'not_found' ? 'The vendor has no such record.' : 'The vendor refused the request.';
    return new Fault(code, message, { providerMessage: thrown.message, cause: thrown });
  }
  if (thrown instanceof Reauthorize) {
    return new Fault('forbidden', "The vendor no longer takes the instance's credentials: sign in again.", {
      providerMessage: thrown.message,
      cause: thrown,
    });
  }
  if (thrown instanceof RestartPass) {
    return new Fault('bad_request', 'The vendor no longer takes nextPage: begin again without it.', {
      providerMessage: thrown.message,
      cause: thrown,
    });
  }
  if (thrown instanceof UnreadableAnswer) {
    const message = "The vendor's answer is not what it documents.";
    return new Fault('vendor_failed', message, { providerMessage: thrown.message, cause: thrown });
  }
  return thrown;
}

function retryFault(failure: RetryAt, now: EpochMs): Fault {
  const retryAfterS = Math.max(1, Math.ceil((failure.at - now) / 1000));
  const details = { providerMessage: failure.message, retryAfterS, cause: failure };
  if (failure.quota || failure.status === 429) {
    return new Fault('too_many_requests', "The vendor's allowance is used up; wait.", details);
  }
  return failure.timedOut
    ? new Fault('vendor_timeout', undefined, details)
    : new Fault('vendor_failed', undefined, details);
}

/** The vendor's 4xx reach the client as far as they say something of its request; the rest is the vendor's failure. */
function codeOf(status: number): ErrorCode {
  switch (status) {
    case 404:
    case 410:
      return 'not_found';
    case 402:
    case 403:
      return 'forbidden';
    case 405:
      return 'method_not_allowed';
    case 409:
      return 'conflict';
    case 413:
      return 'payload_too_large';
    case 429:
      return 'too_many_requests';
    default:
      return status >= 400 && status < 500 && status !== 401 ? 'bad_request' : 'vendor_failed';
  }
}
