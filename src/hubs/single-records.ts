import type { ConnectorContext, ReadOne, Resource } from '../connectors/define-connector.ts';
import type { VendorResponse } from '../connectors/vendor-http.ts';
import type { Instance } from '../instances/instance.ts';
import type { Json } from '../kernel/json.ts';
import { notFound } from './resources.ts';
import type { VendorCalls } from './vendor-calls.ts';

/** What a call about one record works with. */
export interface OneRecord {
  vendor: VendorCalls;
  instance: Instance;
  resource: Resource;
  context: ConnectorContext;
}

/** @throws Fault `not_found` when the vendor shows it as deleted. */
export async function readRecord(one: OneRecord, id: string, fields: readonly string[]): Promise<Json> {
  const { vendor, instance, resource, context } = one;
  const answer = resource.get.read(await vendor.call(instance, resource.get.request(id, fields, context)));
  if (!('record' in answer)) throw notFound(resource, id);
  return answer.record;
}

/** The record after a write; where the vendor answers without it, it is read. `id` null: it was just created. */
export async function recordWritten(
  one: OneRecord,
  operation: ReadOne,
  response: VendorResponse,
  id: string | null,
): Promise<Json> {
  const answer = operation.read(response);
  if ('record' in answer) return answer.record;
  const known = 'id' in answer ? answer.id : id;
  if (known === null || 'absent' in answer) throw notFound(one.resource, id ?? '');
  return readRecord(one, known, []);
}
