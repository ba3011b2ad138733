import { GiveUp, Reauthorize } from '../../connectors/failures.ts';
import { pipedrive } from '../../connectors/pipedrive/connector.ts';
import type { VendorRequest, VendorResponse } from '../../connectors/vendor-http.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Json } from '../../kernel/json.ts';
import { thrownFor } from '../../instances/vendor.ts';
import type { VendorCalls } from '../vendor-calls.ts';

/**
 * The vendor port without database and token refresh: real HTTP to the `base.url` of the instance, signed with its
 * API token. `asked` keeps what was sent.
 */
export function createDirectVendor(clock: Clock): VendorCalls & { asked: VendorRequest[] } {
  const asked: VendorRequest[] = [];
  return {
    asked,
    call: async ({ configuration }, request) => {
      asked.push(request);
      const response = await send(configuration['base.url'] as string, request, {
        'x-api-token': configuration['pipedrive.api.token'] as string,
      });
      if (request.accept?.includes(response.status) === true) return response;
      const failure = pipedrive.readFailure(response, clock.now());
      if (failure === undefined) return response;
      if (failure.kind === 'expired') throw new Reauthorize(failure.why);
      throw thrownFor(failure, clock.now(), response.status);
    },
  };
}

async function send(
  origin: string,
  request: VendorRequest,
  headers: Record<string, string>,
): Promise<VendorResponse> {
  const url = new URL(request.path, origin);
  for (const [name, value] of Object.entries(request.query ?? {})) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined) url.searchParams.append(name, String(one));
    }
  }
  const hasBody = request.json !== undefined;
  const answer = await fetch(url, {
    method: request.method,
    headers: { ...headers, ...(hasBody && { 'content-type': 'application/json' }) },
    ...(hasBody && { body: JSON.stringify(request.json) }),
  }).catch((error: unknown) => {
    throw new GiveUp(String(error), 502);
  });
  const text = await answer.text();
  return {
    status: answer.status,
    headers: Object.fromEntries(answer.headers),
    text,
    body: parseOrNull(text),
  };
}

function parseOrNull(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}
