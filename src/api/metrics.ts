import ipaddr from 'ipaddr.js';
import { collectDefaultMetrics, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import type { FastifyRequest } from 'fastify';
import { parseBearer } from '../accounts/parse-authorization.ts';
import type { App } from '../accounts/app.ts';
import { Fault } from '../kernel/errors.ts';
import { constantTimeEqual } from '../vault/equal.ts';

export interface MetricsOptions {
  registry: Registry;
  /** Null: only this machine may ask. */
  token: string | null;
}

/** `/metrics` in the Prometheus text format, and the time every request took. */
export function registerMetrics(app: App, { registry, token }: MetricsOptions): void {
  collectDefaultMetrics({ register: registry });
  const durations = new Histogram({
    name: 'tidings_http_request_duration_seconds',
    help: 'Time from the first byte of a request to the last of its answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [registry],
  });
  app.addHook('onResponse', (request, reply, done) => {
    // The route's pattern, never the path: a label must not take endless values.
    const route = request.routeOptions.url ?? 'none';
    durations.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000);
    done();
  });
  app.addHook('onClose', (_app, done) => {
    registry.clear();
    done();
  });
  app.get('/metrics', { config: { isProbe: true }, schema: { hide: true } }, async (request, reply) => {
    assertMayRead(request, token);
    reply.type(registry.contentType).serializer((text) => text as string);
    return registry.metrics();
  });
}

function assertMayRead(request: FastifyRequest, token: string | null): void {
  if (token !== null) {
    const bearer = parseBearer(request.headers.authorization);
    if (bearer !== null && constantTimeEqual(bearer, token)) return;
    throw new Fault('unauthorized', 'Send "Authorization: Bearer <TIDINGS_METRICS_TOKEN>".');
  }
  // A proxy on this machine that is not trusted would make everybody look local.
  const isForwarded = request.headers['x-forwarded-for'] !== undefined && request.ips === undefined;
  if (isForwarded || ipaddr.process(request.ip).range() !== 'loopback') {
    throw new Fault('forbidden', 'Metrics are for this machine only unless TIDINGS_METRICS_TOKEN is set.');
  }
}
