import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { App, Routes } from '../accounts/app.ts';
import type { Connector } from '../connectors/define-connector.ts';
import { findElement } from '../elements/catalogue.ts';
import { Fault } from '../kernel/errors.ts';
import { isJsonObject, type Json } from '../kernel/json.ts';
import type { Inbound } from './inbound.ts';
import { receive, type ReceiveDeps } from './receive.ts';

export interface WebhookRouteDeps extends ReceiveDeps {
  connectors: readonly Connector[];
  /** How vendors reach this server: what signatures over the URL were made with. */
  site: { readonly publicUrl: string };
}

/** wire.md: more is a 413. */
const BODY_LIMIT_BYTES = 8 * 1024 * 1024;
const MAX_INSTANCES = 100;
/** The element whose old set-up names the bare host. */
const BARE_HOST_ELEMENT = 'hubspotcrm';
const HOOK_SECRET = 'x-hook-secret';
const FORM = 'application/x-www-form-urlencoded';
const BASE_PATH = '/elements/api-v2';

const config = { access: 'public', keepRawBody: true } as const;
const tags = ['webhooks'];
const KeyParams = Type.Object({ key: Type.String({ description: 'Key or number of the element.' }) });
const InstanceParams = Type.Object({
  ...KeyParams.properties,
  instance: Type.String({ description: 'The id of the instance in base64, padded or not.' }),
});
type Params = Type.Static<typeof KeyParams> & Partial<Type.Static<typeof InstanceParams>>;

/** `/events/{key}[/{base64(instanceId)}]`: where vendors send their webhooks. */
export function createWebhookRoutes(deps: WebhookRouteDeps): Routes {
  const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const { key, instance } = request.params as Params;
    await answer(deps, request, reply, { key, instance });
  };
  const ADDRESSES = [
    ['/events/:key', KeyParams, 'the instances that Element-Instances or the account in the body names'],
    ['/events/:key/:instance', InstanceParams, 'one instance'],
  ] as const;
  return (app) => {
    for (const [url, params, whom] of ADDRESSES) {
      const described = (summary: string) => ({ tags, params, summary: `${summary} for ${whom}` });
      app.route({
        method: 'POST',
        url,
        config,
        bodyLimit: BODY_LIMIT_BYTES,
        schema: described('Take a webhook (JSON or a form)'),
        handler,
      });
      app.route({
        method: 'GET',
        url,
        config,
        schema: described('Take a webhook in a query'),
        // A HEAD, which looks before it leaps, is no event.
        exposeHeadRoute: false,
        handler,
      });
    }
  };
}

/** `POST /`: HubSpot apps that were set up with the bare host. */
export function createBareHostRoutes(deps: WebhookRouteDeps): Routes {
  return (app: App) => {
    app.post('/', { config, bodyLimit: BODY_LIMIT_BYTES, schema: { hide: true } }, async (request, reply) => {
      const isSigned = Object.keys(request.headers).some((name) => name.startsWith('x-hubspot-signature'));
      if (!isSigned)
        throw new Fault('not_found', `There is nothing at POST /; webhooks go to ${BASE_PATH}/events.`);
      await answer(deps, request, reply, { key: BARE_HOST_ELEMENT, instance: undefined });
    });
  };
}

interface Target {
  key: string;
  instance: string | undefined;
}

async function answer(
  deps: WebhookRouteDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  target: Target,
): Promise<void> {
  const shaken = shakeHands(request, reply);
  const inbound = readInbound(deps, request, target);
  if (inbound === null) {
    if (shaken || request.method === 'GET') return;
    throw new Fault('bad_request', 'The body is empty: send JSON or a form.');
  }
  await receive(deps, inbound);
}

/** Keap proves a receiver while the hook is being created: whoever asks gets the header back. */
function shakeHands(request: FastifyRequest, reply: FastifyReply): boolean {
  const secret = request.headers[HOOK_SECRET];
  if (request.method !== 'POST' || typeof secret !== 'string') return false;
  reply.header(HOOK_SECRET, secret);
  return true;
}

/** Null when nothing was sent that could be an event: no body, no query, the empty object of a handshake. */
function readInbound(deps: WebhookRouteDeps, request: FastifyRequest, target: Target): Inbound | null {
  const connector = findElement(deps.connectors, target.key);
  if (connector === undefined) throw new Fault('not_found', `There is no element ${target.key}.`);
  const { webhooks } = connector;
  if (webhooks === undefined) {
    throw new Fault('not_found', `${connector.name} has no webhooks: its changes are found by polling.`);
  }
  const instanceIds = readAddress(request, target.instance);
  const rawBody = request.rawBody ?? Buffer.alloc(0);
  const isQuery = request.method === 'GET';
  const search = searchOf(request.url);
  const body = isQuery ? fieldsOf(search) : (request.body as Json | undefined);
  const isHandshake = request.headers[HOOK_SECRET] !== undefined;
  const isNothing = (isQuery || isHandshake) && isJsonObject(body) && Object.keys(body).length === 0;
  if (body === undefined || isNothing) return null;
  const isForm = (request.headers['content-type'] ?? '').toLowerCase().startsWith(FORM);
  return {
    connector,
    webhooks,
    instanceIds,
    evidence: {
      method: request.method,
      uris: urisOf(deps.site.publicUrl, request.url),
      headers: headersOf(request),
      body: rawBody,
      parsed: body,
      token: search.get('token') ?? textOf(request.headers['x-tidings-token']),
    },
    payload: isQuery ? Buffer.from(withoutToken(search)) : withoutMark(rawBody),
    payloadType: isQuery || isForm ? 'form' : 'json',
    body,
  };
}

/** @throws Fault `not_found` for what can be no instance, `bad_request` for too many. */
function readAddress(request: FastifyRequest, encoded: string | undefined): number[] | null {
  if (encoded !== undefined) {
    // Standard or URL-safe, with or without padding: Node reads all of them.
    const id = readId(Buffer.from(encoded, 'base64').toString('latin1'));
    if (id === undefined)
      throw new Fault('not_found', 'The last part of the URL is no instance id in base64.');
    return [id];
  }
  const header = textOf(request.headers['element-instances']);
  if (header === null) return null;
  const ids = new Set(header.split(',').flatMap((part) => readId(part.trim()) ?? []));
  if (ids.size > MAX_INSTANCES) {
    throw new Fault('bad_request', `Element-Instances names more than ${MAX_INSTANCES} instances.`);
  }
  return [...ids];
}

function readId(text: string): number | undefined {
  return /^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined;
}

/** As the vendor was given it: the public URL, whatever the proxy made of it. A bare host has its slash or not. */
function urisOf(publicUrl: string, url: string): string[] {
  const base = publicUrl.replace(/\/+$/, '');
  return url === '/' ? [`${base}/`, base] : [`${base}${url}`];
}

function headersOf({ headers }: FastifyRequest): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value]),
  );
}

function textOf(header: string | string[] | undefined): string | null {
  return typeof header === 'string' && header.trim() !== '' ? header : null;
}

function searchOf(url: string): URLSearchParams {
  const at = url.indexOf('?');
  return new URLSearchParams(at < 0 ? '' : url.slice(at));
}

/** The token is a secret: it is no part of what is kept and shown. */
function withoutToken(search: URLSearchParams): string {
  const kept = new URLSearchParams(search);
  kept.delete('token');
  return kept.toString();
}

function fieldsOf(search: URLSearchParams): Json {
  const fields: Record<string, Json> = {};
  for (const name of new Set(search.keys())) {
    const values = search.getAll(name);
    if (name !== 'token' && name !== '__proto__') fields[name] = values.length > 1 ? values : values[0]!;
  }
  return fields;
}

/** The payload becomes a part of a JSON text, where a byte order mark may not stand. */
function withoutMark(bytes: Buffer): Buffer {
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return hasMark ? bytes.subarray(3) : bytes;
}
