import type { FastifyRequest } from 'fastify';
import { Fault } from '../kernel/errors.ts';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * What a browser does with its cookie must come from the console's own pages. A change needs a header that a form of
 * another site cannot send and an Origin that is ours; reading needs that the browser names no other site
 * (https://www.w3.org/TR/fetch-metadata/), because localhost's ports count as one site.
 * @throws Fault `forbidden`
 */
export function assertOwnPage(request: FastifyRequest, site: { readonly publicUrl: string }): void {
  const { origin } = request.headers;
  const from = request.headers['sec-fetch-site'];
  if (from !== undefined && from !== 'same-origin' && from !== 'none') refuse();
  if (SAFE.has(request.method)) return;
  if (request.headers['x-tidings-console'] === undefined || origin === undefined) refuse();
  if (origin !== new URL(site.publicUrl).origin && hostOf(origin) !== request.host) refuse();
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null;
}

function refuse(): never {
  throw new Fault(
    'forbidden',
    'This change did not come from a page of this server. Send credentials in the Authorization header instead.',
  );
}
