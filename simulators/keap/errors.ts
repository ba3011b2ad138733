import type { SimulatorReply } from '../core/route.ts';

/** v1: `{message}`. */
export const failureV1 = (status: number, message: string): SimulatorReply => ({ status, body: { message } });

const STATUS_NAMES: Record<number, string> = {
  400: 'INVALID_ARGUMENT',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ABORTED',
};

/** v2: `{code, message, status, details: [{domain, resource}]}`. */
export function failureV2(status: number, message: string, resource: string, domain = ''): SimulatorReply {
  return {
    status,
    body: {
      code: status,
      message,
      status: STATUS_NAMES[status] ?? 'UNKNOWN',
      details: [{ domain, resource }],
    },
  };
}

/** The gateway (Apigee) in front of both: what it refuses itself never reaches the API. */
const fault = (status: number, faultstring: string, errorcode: string): SimulatorReply => ({
  status,
  body: { fault: { faultstring, detail: { errorcode } } },
});

export const missingToken = (): SimulatorReply =>
  fault(401, 'Invalid access token', 'oauth.v2.InvalidAccessToken');

export const invalidToken = (): SimulatorReply =>
  fault(401, 'Invalid Access Token', 'keymanagement.service.invalid_access_token');

export const expiredToken = (): SimulatorReply =>
  fault(401, 'Access Token expired', 'keymanagement.service.access_token_expired');

export const quotaExceeded = (): SimulatorReply => ({
  status: 429,
  body: { code: '429', message: 'Quota Exceeded', status: 'Request Throttled', details: null },
});

export const tenantThrottled = (): SimulatorReply =>
  fault(429, 'Rate limit quota violation. Quota limit exceeded.', 'policies.ratelimit.QuotaViolation');

export const spikeArrested = (status = 429): SimulatorReply =>
  fault(status, 'Spike arrest violation. Allowed rate : 25ps', 'policies.ratelimit.SpikeArrestViolation');

export const forbidden = (): SimulatorReply => failureV1(403, 'Access is denied');

export const serverError = (): SimulatorReply => ({
  status: 500,
  body: {
    message: 'Internal error',
    stackTrace: ['com.infusionsoft.rest.Internal.explode(Internal.java:42)'],
  },
});
