import type { Connector } from '../connectors/define-connector.ts';
import { WHOLE_BODY, type Webhooks } from '../connectors/webhooks.ts';
import { isJsonObject, type Json, type JsonObject } from '../kernel/json.ts';
import type { Evidence } from './verify.ts';

/** A webhook as it arrived, before anybody knows whose it is. */
export interface Inbound {
  connector: Connector;
  webhooks: Webhooks;
  /** The instances it is addressed to; null: whom its accounts belong to (one URL for a whole app). */
  instanceIds: readonly number[] | null;
  evidence: Evidence;
  /** What is kept: the body without a byte order mark, or the query of a GET without its token. */
  payload: Buffer;
  payloadType: 'json' | 'form';
  body: Json;
}

/** The elements of a body that holds several changes, else the body alone. */
export function elementsOf({ webhooks, body }: Pick<Inbound, 'webhooks' | 'body'>): Json[] {
  const { list } = webhooks;
  if (list === undefined) return [body];
  const elements = list.key === null ? body : isJsonObject(body) ? body[list.key] : undefined;
  return Array.isArray(elements) && elements.length > 0 ? elements : [body];
}

/** The payload with these elements only; as it came when they are all there is. */
export function payloadOf(inbound: Inbound, elements: Json[], wanted: ReadonlySet<number>): Buffer {
  if (wanted.has(WHOLE_BODY) || wanted.size >= elements.length) return inbound.payload;
  const { list } = inbound.webhooks;
  const kept = elements.filter((_, index) => wanted.has(index));
  const body = list?.key == null ? kept : { ...(inbound.body as JsonObject), [list.key]: kept };
  return Buffer.from(JSON.stringify(body));
}
