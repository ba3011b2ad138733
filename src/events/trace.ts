import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { messageOf } from '../kernel/errors.ts';

const tracer = trace.getTracer('tidings');

/** At most this many ids are named on a span. */
const NAMED_IDS = 20;

/** A span around the recording of events; it carries their ids, as the span of each delivery carries its own. */
export async function traceRecord<T>(ids: readonly string[], record: () => Promise<T>): Promise<T> {
  const span = tracer.startSpan('record', { kind: SpanKind.CONSUMER });
  if (!span.isRecording()) return record();
  span.setAttributes({ 'tidings.event.count': ids.length, 'tidings.event.ids': ids.slice(0, NAMED_IDS) });
  try {
    return await record();
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: messageOf(error) });
    throw error;
  } finally {
    span.end();
  }
}
