import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { CONTROL_PREFIX, controlRoutes } from './control-routes.ts';
import type { Controlled } from './control-routes.ts';
import { faultReply } from './fault-reply.ts';
import type { FaultEffect } from './faults.ts';
import { UnreadableBody } from './route.ts';
import type { Route, SimulatorReply, SimulatorRequest } from './route.ts';
import { createRouter } from './router.ts';
import type { RouteMatch } from './router.ts';
import { dropConnection, sendReply, sendTruncated } from './send-reply.ts';

/** How a vendor answers outside its routes. Every part may be left out. */
export interface VendorManners {
  /** Runs before each vendor route: authentication, rate limits. A reply ends the request there. */
  before?(request: SimulatorRequest, route: Route): SimulatorReply | undefined;
  /** Last look at each vendor answer, faults' replies excepted: usual headers. */
  after?(reply: SimulatorReply, request: SimulatorRequest): SimulatorReply;
  notFound?(request: SimulatorRequest): SimulatorReply;
  wrongMethod?(request: SimulatorRequest): SimulatorReply;
  /** The body could not be read as the route expects. */
  unreadable?(request: SimulatorRequest, message: string): SimulatorReply;
}

export interface ListenOptions extends Controlled {
  routes: readonly Route[];
  manners?: VendorManners;
  /** More `/__simulator/…` routes of this vendor. */
  control?: readonly Route[];
  /** 0 takes any free one. */
  port?: number;
}

export interface Listening {
  /** Such as `http://127.0.0.1:4711`, no trailing slash. */
  url: string;
  port: number;
  /** Cuts every open connection and frees the port. Safe to call twice. */
  close(): Promise<void>;
}

// Larger than any vendor takes in one request; beyond it the answer is 413.
const LARGEST_BODY_BYTES = 16 * 1024 * 1024;

/** Serves routes on 127.0.0.1. Bad input gets an answer; nothing a client sends ends the process. */
export async function listen(options: ListenOptions): Promise<Listening> {
  const router = createRouter([...options.routes, ...controlRoutes(options), ...(options.control ?? [])]);
  const server = createServer((incoming, response) => {
    answer(options, router, incoming, response).catch(() => dropConnection(response));
  });
  server.keepAliveTimeout = 60_000;
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n');
  });
  await start(server, options.port ?? 0);
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port, close: () => stop(server) };
}

async function answer(
  options: ListenOptions,
  router: (method: string, path: string) => RouteMatch,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const request = await readRequest(incoming, options.clock.now());
  response.sendDate = false;
  if (!request) return sendReply(response, { status: 413, body: 'Payload Too Large' }, options.clock.now());
  const match = router(request.method, request.path);
  if (match.kind === 'route') request.params = match.params;
  const isControl = request.path.startsWith(CONTROL_PREFIX);
  const effect = isControl ? undefined : options.faults.take(request);
  const log = (status: number): void => {
    if (isControl) return;
    const query = incoming.url?.split('?')[1] ?? '';
    options.requests.add({ method: request.method, path: request.path, query, status, at: request.at });
  };
  const own = (): Promise<SimulatorReply> => vendorReply(options, request, match, isControl);
  log(await respond(effect, own, options, response));
}

/** Sends the answer or the fault; returns the status that went out, 0 for none. */
async function respond(
  effect: FaultEffect | undefined,
  own: () => Promise<SimulatorReply>,
  { clock, faults }: ListenOptions,
  response: ServerResponse,
): Promise<number> {
  const send = (reply: SimulatorReply): number => {
    sendReply(response, reply, clock.now());
    return reply.status;
  };
  const replacement = effect && faultReply(effect, faults);
  if (replacement) return send(replacement);
  if (effect?.kind === 'drop') {
    if (effect.when === 'after') await own();
    dropConnection(response);
    return 0;
  }
  if (effect?.kind === 'hang') {
    if (effect.ms === undefined) return 0;
    await sleep(effect.ms, undefined, { ref: false });
  }
  const reply = await own();
  if (effect?.kind !== 'truncate') return send(reply);
  sendTruncated(response, reply, clock.now(), effect.bytes);
  return reply.status;
}

async function vendorReply(
  { manners = {} }: ListenOptions,
  request: SimulatorRequest,
  match: RouteMatch,
  isControl: boolean,
): Promise<SimulatorReply> {
  const plain = (status: number, error: string): SimulatorReply => ({ status, body: { error } });
  const finish = (reply: SimulatorReply): SimulatorReply =>
    isControl ? reply : (manners.after?.(reply, request) ?? reply);
  if (match.kind === 'unknown') return finish(manners.notFound?.(request) ?? plain(404, 'not found'));
  if (match.kind === 'wrong-method') {
    return finish(manners.wrongMethod?.(request) ?? plain(405, 'method not allowed'));
  }
  try {
    const early = isControl ? undefined : manners.before?.(request, match.route);
    return finish(early ?? (await match.route.handle(request)));
  } catch (error) {
    if (error instanceof UnreadableBody) {
      const reply = isControl ? undefined : manners.unreadable?.(request, error.message);
      return finish(reply ?? plain(400, error.message));
    }
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return plain(500, `the simulator itself failed: ${detail}`);
  }
}

/** The whole request, or undefined when its body is larger than any vendor takes. */
async function readRequest(incoming: IncomingMessage, at: number): Promise<SimulatorRequest | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= LARGEST_BODY_BYTES) chunks.push(chunk);
  }
  if (bytes > LARGEST_BODY_BYTES) return undefined;
  const [path = '/', ...query] = (incoming.url ?? '/').split('?');
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return {
    method: incoming.method ?? 'GET',
    path,
    query: new URLSearchParams(query.join('?')),
    headers,
    params: {},
    rawBody: Buffer.concat(chunks),
    origin: `http://${headers['host'] ?? '127.0.0.1'}`,
    at,
  };
}

function start(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
