import { fastify, LogController } from 'fastify';
import cors from '@fastify/cors';
import type { RawReplyDefaultExpression, RawRequestDefaultExpression, RawServerDefault } from 'fastify';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import type { App, Routes, TypeBoxProvider } from '../accounts/app.ts';
import type { Authentication } from '../accounts/caller.ts';
import { createEventIds } from '../events/event-ids.ts';
import type { Clock } from '../kernel/clock.ts';
import { Fault } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { registerAuthentication, type SessionAuthentication } from './authentication.ts';
import { registerBodyParser } from './body-parser.ts';
import { registerErrorHandler, sendFault } from './error-handler.ts';
import { answerClientError } from './client-error.ts';
import { createHealthRoutes } from './health.ts';
import { registerMetrics } from './metrics.ts';
import type { MetricsOptions } from './metrics.ts';
import { notSpokenRoutes, registerNotFound } from './not-found.ts';
import { registerOpenApi } from './openapi.ts';
import { parseQueryString } from './query-string.ts';
import { registerReference } from './reference.ts';
import { registerRequestLog } from './request-log.ts';
import { validatorCompiler } from './validate.ts';

/** Where the old product's API was, and so ours. */
export const BASE_PATH = '/elements/api-v2';

/** Of any body but those of routes that set their own `bodyLimit` (inbound webhooks: 8 MB). */
const BODY_LIMIT_BYTES = 1024 * 1024;

/** For a whole request to arrive; a handler may take longer. Against clients that send a byte a minute. */
const REQUEST_TIMEOUT_MS = 60_000;

/** Long enough for a base64 id, an object name or a page token in the path. */
const MAX_PARAM_LENGTH = 1000;

/** Exactly what clients of the old product's browser parts may read. */
const EXPOSED_HEADERS = [
  'Elements-Returned-Count',
  'Elements-Total-Count',
  'Elements-Request-Id',
  'Elements-Next-Page-Token',
  'Elements-Trace-Id',
  'Elements-Error',
  'Content-Disposition',
];

export interface ServerOptions {
  log: Log;
  clock: Clock;
  /** How browsers and vendors reach the server; its path, if any, is taken off incoming URLs. */
  publicUrl: string;
  /** Whose X-Forwarded-* headers to believe: nobody's, the given number of hops', or those addresses'. */
  trustProxy: boolean | number | string[];
  /** Throws the Fault `unauthorized` for credentials that are absent or wrong. */
  authenticate: (authorization: string | undefined) => Promise<Authentication>;
  /** Asked before `authenticate`: the console's cookie. */
  session?: SessionAuthentication;
  /** Routes under BASE_PATH; all need credentials unless they say otherwise. */
  api: readonly Routes[];
  /** Routes at the root, without credentials: the bare-host webhook, the console. */
  root: readonly Routes[];
  /** Resolves when the process can work; rejects with the reason when not. */
  assertReady: () => Promise<void>;
  metrics: MetricsOptions;
  version: string;
  /** False for a process without the role `api`: it serves health and metrics only. */
  isApi: boolean;
}

/** The HTTP server, ready to listen or to be injected. `close` waits for the requests in flight. */
export async function createServer(options: ServerOptions): Promise<App> {
  const app = createApp(options);
  app.setValidatorCompiler(validatorCompiler);
  // Response schemas document and type the answers; what a presenter returns is what is sent.
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('elements-request-id', request.id);
    done();
  });
  endConnectionsOnClose(app);
  registerBodyParser(app);
  registerErrorHandler(app);
  registerRequestLog(app, options.log);
  registerNotFound(app, BASE_PATH);
  app.decorateRequest('rawBody', null);
  sparePrograms(app);
  await app.register(helmet, securityHeaders(options.publicUrl));
  await app.register(rateLimit, {
    global: false,
    errorResponseBuilder: (_request, { ttl }) =>
      new Fault('too_many_requests', 'Too many tries; wait before the next.', { retryAfterS: ttl / 1000 }),
  });
  registerMetrics(app, options.metrics);
  if (options.isApi) await registerDocumented(app, options);
  await app.register(async (scope: App) => createHealthRoutes(options)(scope));
  await app.ready();
  return app;
}

/** Everything but health and metrics. What describes routes comes before them. */
async function registerDocumented(app: App, options: ServerOptions): Promise<void> {
  const { publicUrl, version, root } = options;
  await registerOpenApi(app, { version, basePath: pathOf(publicUrl) + BASE_PATH });
  await app.register((scope: App) => registerApi(scope, options), { prefix: BASE_PATH });
  for (const routes of root) await app.register(async (scope: App) => routes(scope));
  registerReference(app, { publicPath: pathOf(publicUrl) });
}

function createApp({ log, clock, publicUrl, trustProxy }: ServerOptions): App {
  const nextId = createEventIds();
  const publicPath = pathOf(publicUrl);
  return fastify<
    RawServerDefault,
    RawRequestDefaultExpression,
    RawReplyDefaultExpression,
    Log,
    TypeBoxProvider
  >({
    loggerInstance: log,
    genReqId: () => nextId(clock.now()),
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    // Fastify trusts nobody when given a bare number; counting hops is the operator's decision here.
    trustProxy: typeof trustProxy === 'number' ? (_address, hop) => hop < trustProxy : trustProxy,
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // While closing, what still arrives on open connections is answered; each answer ends its connection.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    routerOptions: {
      ignoreTrailingSlash: true,
      maxParamLength: MAX_PARAM_LENGTH,
      querystringParser: parseQueryString,
    },
    // A proxy may take the public path off or leave it on.
    rewriteUrl: ({ url = '/' }) => withoutPrefix(url, publicPath),
    frameworkErrors: (error, request, reply) => {
      const message = error.code === 'FST_ERR_BAD_URL' ? 'The path is not a valid URL.' : error.message;
      sendFault(new Fault('bad_request', message), request, reply);
    },
    clientErrorHandler: answerClientError,
  });
}

/** Security headers are for browsers. Made anew for the answer to each webhook they took 6 % of a busy node's time. */
function sparePrograms(app: App): void {
  app.addHook('onRoute', (route) => {
    if (route.config?.keepRawBody === true) route.helmet = false;
  });
}

/** Otherwise a kept connection whose request was in flight holds `close` up until its keep-alive ends. */
function endConnectionsOnClose(app: App): void {
  let isClosing = false;
  app.addHook('preClose', (done) => {
    isClosing = true;
    done();
  });
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (isClosing) reply.header('connection', 'close');
    done(null, payload);
  });
}

function pathOf(publicUrl: string): string {
  return new URL(publicUrl).pathname.replace(/\/+$/, '');
}

function withoutPrefix(url: string, prefix: string): string {
  if (prefix === '' || !(url === prefix || url.startsWith(`${prefix}/`))) return url;
  return url.slice(prefix.length) || '/';
}

async function registerApi(scope: App, { authenticate, session, api }: ServerOptions): Promise<void> {
  await scope.register(cors, {
    origin: '*',
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: 86_400,
    strictPreflight: false,
  });
  scope.addHook('onRequest', (_request, reply, done) => {
    reply.header('cache-control', 'no-store');
    done();
  });
  registerAuthentication(scope, authenticate, session);
  registerNotFound(scope, BASE_PATH);
  notSpokenRoutes(scope);
  for (const routes of api) await scope.register(async (inner: App) => routes(inner));
}

function securityHeaders(publicUrl: string): Parameters<typeof helmet>[1] {
  return {
    strictTransportSecurity: publicUrl.startsWith('https:'),
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        fontSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
  };
}
