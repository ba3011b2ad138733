import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../accounts/app.ts';
import { ERRORS, Fault } from '../kernel/errors.ts';
import type { ErrorCode } from '../kernel/errors.ts';

/** The body of every answer that is not a 200. */
export interface ErrorBody {
  requestId: string;
  message: string;
  providerMessage?: string;
}

/** Turns everything thrown into the wire's error body. What is our fault is logged with its stack and told to nobody. */
export function registerErrorHandler(app: App): void {
  app.setErrorHandler((thrown, request, reply) => {
    const fault = asFault(thrown);
    const { reportable } = ERRORS[fault.code];
    if (reportable) request.log.error({ err: thrown }, 'request failed unexpectedly');
    return sendFault(fault, request, reply);
  });
}

/** Answers with a fault; also for handlers that run outside the error handler. */
export function sendFault(fault: Fault, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { status, reportable, message } = ERRORS[fault.code];
  if (fault.retryAfterS !== undefined) reply.header('retry-after', Math.ceil(fault.retryAfterS));
  const body: ErrorBody = { requestId: request.id, message: reportable ? message : fault.message };
  if (fault.providerMessage !== undefined) body.providerMessage = fault.providerMessage;
  // By itself Fastify names no type for what a custom serializer writes.
  return reply.code(status).type('application/json; charset=utf-8').send(body);
}

/** Fastify's own errors by their code (its reference, "Errors", 5.12), with the words a client can act on. */
const FASTIFY_ERRORS: Record<string, { code: ErrorCode; message: string }> = {
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'payload_too_large', message: 'The request body is too large.' },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: 'unsupported_media_type',
    message: 'The Content-Type header is not understood: send JSON with "Content-Type: application/json".',
  },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: 'bad_request',
    message: 'The body is not as long as Content-Length says.',
  },
  FST_ERR_BAD_URL: { code: 'bad_request', message: 'The path is not a valid URL: check its % escapes.' },
};

function asFault(thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown;
  const { code, statusCode } = Object(thrown) as { code?: unknown; statusCode?: unknown };
  const known = typeof code === 'string' ? FASTIFY_ERRORS[code] : undefined;
  if (known !== undefined) return new Fault(known.code, known.message);
  const byStatus = (Object.keys(ERRORS) as ErrorCode[]).find(
    (key) => ERRORS[key].status === statusCode && !ERRORS[key].reportable,
  );
  return new Fault(byStatus ?? 'internal', undefined, { cause: thrown });
}
