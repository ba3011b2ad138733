import { isJsonObject, type Json } from '../../kernel/json.ts';
import { textOf } from '../configuration-text.ts';
import { UnreadableAnswer } from '../failures.ts';
import { sameEndpoint, withToken } from '../webhook-url.ts';
import type { Present, SetupContext, WebhookSetup } from '../webhooks.ts';
import { V1 } from './api.ts';
import { resources } from './resources.ts';

const HOOKS = `${V1}/hooks`;
const VERBS = ['add', 'edit', 'delete'];

/** One hook per event key, proven by a handshake that comes while the call is in flight (Keap "REST Hooks", read 2026-11). */
export const keapSetup: WebhookSetup = {
  proof: 'token',
  survey: () => [
    { method: 'GET', path: `${HOOKS}/event_keys` },
    { method: 'GET', path: HOOKS },
  ],
  plan: ([keys, hooks], context) => {
    const offered = new Set(listOf(keys?.body).map(textOf));
    const nouns =
      context.objects.length === 0
        ? resources.map(({ vendorObject }) => vendorObject)
        : nounsOf(context.objects);
    const wanted = nouns
      .flatMap((noun) => VERBS.map((verb) => `${noun}.${verb}`))
      .filter((key) => offered.has(key));
    const missing = nouns.filter((noun) => !wanted.some((key) => key.startsWith(`${noun}.`)));
    if (missing.length > 0)
      return { impossible: `this Keap application has no hooks of ${missing.join(', ')}` };
    return {
      wanted: wanted.map((name) => ({ kind: 'hook', name })),
      present: listOf(hooks?.body).flatMap((hook) => ours(hook, context)),
    };
  },
  create: ({ name }, context) => ({
    method: 'POST',
    path: HOOKS,
    json: { eventKey: name, hookUrl: hookUrl(context) },
  }),
  readCreated: ({ body }, { name }) => {
    const key = isJsonObject(body) ? textOf(body['key']) : undefined;
    if (key === undefined) throw new UnreadableAnswer('Keap did not say which hook it created');
    return { kind: 'hook', id: key, name, state: isVerified(body) ? 'live' : 'asleep' };
  },
  wake: {
    request: ({ id }) => ({ method: 'POST', path: `${HOOKS}/${encodeURIComponent(id)}/verify` }),
    read: ({ body }) => isVerified(body),
  },
  remove: ({ id }) => ({ method: 'DELETE', path: `${HOOKS}/${encodeURIComponent(id)}`, accept: [404, 410] }),
};

function hookUrl({ url, token }: SetupContext): string {
  return withToken(url, token);
}

function listOf(body: Json | undefined): Json[] {
  if (!Array.isArray(body)) throw new UnreadableAnswer('Keap did not list its hooks');
  return body;
}

/** One with our address but another token sends what would be refused: it counts as another. */
function ours(hook: Json, context: SetupContext): Present[] {
  if (!isJsonObject(hook)) return [];
  const [id, eventKey, found] = [textOf(hook['key']), textOf(hook['eventKey']), textOf(hook['hookUrl'])];
  if (id === undefined || eventKey === undefined || found === undefined) return [];
  if (!sameEndpoint(found, context.url)) return [];
  const name = found === hookUrl(context) ? eventKey : `${eventKey} with another token`;
  return [{ kind: 'hook', id, name, state: isVerified(hook) ? 'live' : 'asleep' }];
}

function isVerified(hook: Json): boolean {
  return isJsonObject(hook) && hook['status'] === 'Verified';
}

/** `event.objects` may name our resources or Keap's own nouns. */
function nounsOf(objects: readonly string[]): string[] {
  const nouns = objects.map((name) => {
    const wanted = singular(name);
    return resources.find((one) => singular(one.name) === wanted)?.vendorObject ?? wanted;
  });
  return [...new Set(nouns)];
}

function singular(name: string): string {
  return name.trim().toLowerCase().replace(/ies$/, 'y').replace(/s$/, '');
}
