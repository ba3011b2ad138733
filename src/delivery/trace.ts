import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Outgoing } from './outgoing.ts';
import type { TryResult } from './send.ts';

const tracer = trace.getTracer('tidings');

/** A span around one try; it carries the event's id, as the span of recording does. */
export async function traceDelivery(row: Outgoing, send: () => Promise<TryResult>): Promise<TryResult> {
  const span = tracer.startSpan('deliver', { kind: SpanKind.PRODUCER });
  if (!span.isRecording()) return send();
  const result = await send();
  span.setAttributes({
    'tidings.event.id': row.id,
    'tidings.subscription.id': row.laneId,
    'tidings.attempt': row.attempt + 1,
    'tidings.outcome': result.outcome,
    ...(result.status !== null && { 'http.response.status_code': result.status }),
  });
  if (result.outcome !== 'delivered')
    span.setStatus({ code: SpanStatusCode.ERROR, message: result.response.slice(0, 200) });
  span.end();
  return result;
}
