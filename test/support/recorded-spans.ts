import { AsyncLocalStorage } from 'node:async_hooks';
import {
  context,
  ROOT_CONTEXT,
  trace,
  TraceFlags,
  type Attributes,
  type Context,
  type ContextManager,
  type Span,
  type SpanContext,
  type SpanOptions,
  type SpanStatus,
  type Tracer,
} from '@opentelemetry/api';

/** A span as an exporter would get it. */
export interface RecordedSpan {
  name: string;
  spanId: string;
  traceId: string;
  parentId: string | undefined;
  attributes: Attributes;
  status: SpanStatus | undefined;
  isEnded: boolean;
}

/** Registers a tracer with the OpenTelemetry API, as an operator's SDK would, that keeps every span; `end` takes it away. */
export function recordSpans(): { spans: RecordedSpan[]; end: () => void } {
  const spans: RecordedSpan[] = [];
  const startSpan = (name: string, options: SpanOptions = {}, at: Context = context.active()): Span => {
    const parent = options.root === true ? undefined : trace.getSpanContext(at);
    const recorded: RecordedSpan = {
      name,
      spanId: (spans.length + 1).toString(16).padStart(16, '0'),
      traceId: parent?.traceId ?? (spans.length + 1).toString(16).padStart(32, '0'),
      parentId: parent?.spanId,
      attributes: { ...options.attributes },
      status: undefined,
      isEnded: false,
    };
    spans.push(recorded);
    return spanOf(recorded);
  };
  const tracer: Tracer = {
    startSpan,
    startActiveSpan: (name: string, ...rest: unknown[]) => {
      const run = rest.pop() as (span: Span) => unknown;
      const span = startSpan(name, rest[0] as SpanOptions | undefined, rest[1] as Context | undefined);
      return context.with(trace.setSpan(context.active(), span), run, undefined, span) as never;
    },
  };
  context.setGlobalContextManager(createContextManager());
  trace.setGlobalTracerProvider({ getTracer: () => tracer });
  return {
    spans,
    end: () => {
      trace.disable();
      context.disable();
    },
  };
}

function spanOf(recorded: RecordedSpan): Span {
  const { spanId, traceId } = recorded;
  const own: SpanContext = { spanId, traceId, traceFlags: TraceFlags.SAMPLED };
  const span: Span = {
    spanContext: () => own,
    setAttribute: (key, value) => span.setAttributes({ [key]: value }),
    setAttributes: (attributes) => {
      Object.assign(recorded.attributes, attributes);
      return span;
    },
    addEvent: () => span,
    addLink: () => span,
    addLinks: () => span,
    setStatus: (status) => {
      recorded.status = status;
      return span;
    },
    updateName: (name) => {
      recorded.name = name;
      return span;
    },
    end: () => {
      recorded.isEnded = true;
    },
    isRecording: () => !recorded.isEnded,
    recordException: () => {},
  };
  return span;
}

function createContextManager(): ContextManager {
  const storage = new AsyncLocalStorage<Context>();
  const manager: ContextManager = {
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (at, run, self, ...args) => storage.run(at, () => run.apply(self, args)),
    bind: (_at, target) => target,
    enable: () => manager,
    disable: () => {
      storage.disable();
      return manager;
    },
  };
  return manager;
}
