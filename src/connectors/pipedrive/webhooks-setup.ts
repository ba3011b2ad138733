import { isJsonObject, type JsonObject } from '../../kernel/json.ts';
import { textOf } from '../configuration-text.ts';
import { UnreadableAnswer } from '../failures.ts';
import { sameEndpoint, withToken } from '../webhook-url.ts';
import type { Piece, Present, SetupContext, WebhookSetup } from '../webhooks.ts';
import { resources } from './resources.ts';

/** Webhooks of both payload versions are kept by v1 of the API (Pipedrive API reference, read 2026-11). */
const PATH = '/api/v1/webhooks';
/** Daily tokens of a list, a creation and a deletion ("Rate limiting", read 2026-11). */
const COSTS = { list: 20, create: 10, remove: 6 };
/** What the API accepts as `event_object` of payload version 2.0. */
const OBJECTS = 'activity deal lead note organization person pipeline product stage user'.split(' ');
const EVERYTHING = '*';

/** One webhook for everything, or one for each object of `event.objects`. */
export const pipedriveSetup: WebhookSetup = {
  proof: 'basic',
  survey: () => [{ method: 'GET', path: PATH, cost: COSTS.list }],
  plan: ([answer], context) => {
    const present = ours(answer?.body, context);
    const objects = wantedObjects(context.objects);
    if ('unknown' in objects) return { impossible: `Pipedrive has no webhooks of ${objects.unknown}` };
    // One that somebody made for everything serves every object.
    const all = present.some(({ name }) => name === EVERYTHING);
    const names = all ? [EVERYTHING] : objects.names;
    return { wanted: names.map((name) => ({ kind: 'webhook', name })), present };
  },
  create: ({ name }, context) => ({
    method: 'POST',
    path: PATH,
    cost: COSTS.create,
    json: {
      subscription_url: subscriptionUrl(context),
      event_action: '*',
      event_object: name,
      name: `Tidings ${context.instanceId}: ${name === EVERYTHING ? 'everything' : name}`,
      version: '2.0',
      http_auth_user: context.basic.username,
      http_auth_password: context.basic.password,
    },
  }),
  readCreated: ({ body }, piece: Piece) => {
    const data = isJsonObject(body) && isJsonObject(body['data']) ? body['data'] : {};
    const id = textOf(data['id']);
    if (id === undefined) throw new UnreadableAnswer('Pipedrive did not say which webhook it created');
    return { kind: 'webhook', id, name: piece.name, state: 'live' };
  },
  remove: ({ id }) => ({
    method: 'DELETE',
    path: `${PATH}/${encodeURIComponent(id)}`,
    cost: COSTS.remove,
    accept: [404, 410],
  }),
};

function subscriptionUrl({ url, configuration, token }: SetupContext): string {
  // HTTP Basic protects it; a token only where the instance demands one as well.
  return textOf(configuration['event.inbound.token']) === undefined ? url : withToken(url, token);
}

/** Those that send everything of their object to our address, whoever made them. */
function ours(body: unknown, { url }: SetupContext): Present[] {
  const data = isJsonObject(body) ? body['data'] : undefined;
  if (!Array.isArray(data)) throw new UnreadableAnswer('Pipedrive did not list the webhooks');
  return data.filter(isJsonObject).flatMap((one): Present[] => {
    const id = textOf(one['id']);
    if (id === undefined || !sameEndpoint(textOf(one['subscription_url']) ?? '', url)) return [];
    const isWhole = one['event_action'] === '*';
    const isActive = one['is_active'] !== 0 && one['is_active'] !== false;
    const object = textOf(one['event_object']) ?? '';
    return [
      {
        kind: 'webhook',
        id,
        name: isWhole && isActive ? object : `${textOf(one['event_action'])} of ${object}`,
        state: 'live',
        basic: basicOf(one),
      },
    ];
  });
}

function basicOf(one: JsonObject): { username: string; password: string } | null {
  const username = textOf(one['http_auth_user']);
  const password = one['http_auth_password'];
  if (username === undefined && (password === null || password === undefined)) return null;
  return { username: username ?? '', password: typeof password === 'string' ? password : '' };
}

function wantedObjects(wanted: readonly string[]): { names: string[] } | { unknown: string } {
  if (wanted.length === 0) return { names: [EVERYTHING] };
  const names = wanted.map((name) => objectNamed(name));
  const unknown = wanted[names.indexOf(undefined)];
  return unknown === undefined ? { names: [...new Set(names.flatMap((name) => name ?? []))] } : { unknown };
}

function objectNamed(name: string): string | undefined {
  const wanted = singular(name);
  const resource = resources.find((one) =>
    [one.name, one.vendorObject, ...one.aliases].some((known) => singular(known) === wanted),
  );
  return resource?.vendorObject ?? OBJECTS.find((object) => singular(object) === wanted);
}

function singular(name: string): string {
  return name.trim().toLowerCase().replace(/ies$/, 'y').replace(/s$/, '');
}
