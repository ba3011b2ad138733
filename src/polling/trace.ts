import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { ResourceReading } from './read-resource.ts';

const tracer = trace.getTracer('tidings');

/** A span around the poll of one resource; the recording of what it finds is inside it. */
export async function tracePoll<T>(
  about: { instanceId: number; objectType: string },
  reading: Readonly<ResourceReading>,
  poll: () => Promise<T>,
): Promise<T> {
  return tracer.startActiveSpan('poll', { kind: SpanKind.CLIENT }, async (span) => {
    if (!span.isRecording()) return poll();
    span.setAttributes({ 'tidings.instance.id': about.instanceId, 'tidings.object_type': about.objectType });
    try {
      return await poll();
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.setAttributes({ 'tidings.record.count': reading.records, 'tidings.event.count': reading.events });
      span.end();
    }
  });
}
