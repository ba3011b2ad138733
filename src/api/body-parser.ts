import type { FastifyRequest } from 'fastify';
import type { App } from '../accounts/app.ts';
import { Fault } from '../kernel/errors.ts';
import { decodeText, parseJsonBody } from './json-body.ts';
import { parseQueryString } from './query-string.ts';

const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json$/;

/**
 * One reader for every body: JSON everywhere (also without a content type), forms only on routes that keep the raw
 * bytes (inbound webhooks), where a body that is neither is a 400 for the sender to see. Elsewhere another type is a 415.
 */
export function registerBodyParser(app: App): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (request, bytes: Buffer, done) => {
    try {
      done(null, readBody(request, bytes));
    } catch (fault) {
      done(fault as Error);
    }
  });
}

function readBody(request: FastifyRequest, bytes: Buffer): unknown {
  const type = mediaTypeOf(request);
  if (request.routeOptions.config.keepRawBody === true) {
    request.rawBody = bytes;
    return type === FORM ? { ...parseQueryString(decodeText(bytes)) } : parseJsonBody(bytes);
  }
  if (bytes.length === 0) return undefined;
  if (type === '' || JSON_TYPE.test(type)) return parseJsonBody(bytes);
  throw new Fault(
    'unsupported_media_type',
    `A body of type ${type} is not understood here: send JSON with "Content-Type: application/json".`,
  );
}

function mediaTypeOf(request: FastifyRequest): string {
  return (request.headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase();
}
