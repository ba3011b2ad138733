import { readJson } from '../core/route.ts';
import type { Route, SimulatorReply } from '../core/route.ts';
import { failureV1 } from './errors.ts';
import { EVENT_KEYS } from './hook-message.ts';
import type { Hook, Hooks } from './hooks.ts';

const ROOT = '/crm/rest/v1/hooks';

const ok = (body: unknown): SimulatorReply => ({ status: 200, body });
const noHook = (): SimulatorReply => failureV1(404, 'Hook subscription not found');
const found = (hook: Hook | undefined): SimulatorReply => (hook ? ok(hook) : noHook());

/** REST hooks: v1 alone has them. */
export function routesHooks({ hooks }: { hooks: Hooks }): Route[] {
  return [
    { method: 'GET', path: `${ROOT}/event_keys`, handle: () => ok(EVENT_KEYS) },
    { method: 'GET', path: ROOT, handle: () => ok(hooks.list()) },
    {
      method: 'POST',
      path: ROOT,
      handle: async (request) => {
        const given = readHook(readJson(request));
        if (typeof given === 'string') return failureV1(400, given);
        return ok(await hooks.create(given.eventKey, given.hookUrl));
      },
    },
    { method: 'GET', path: `${ROOT}/:key`, handle: ({ params }) => found(hooks.get(params['key'] ?? '')) },
    {
      method: 'PUT',
      path: `${ROOT}/:key`,
      handle: async (request) => {
        const given = readHook(readJson(request));
        if (typeof given === 'string') return failureV1(400, given);
        return found(await hooks.update(request.params['key'] ?? '', given));
      },
    },
    {
      method: 'DELETE',
      path: `${ROOT}/:key`,
      handle: ({ params }) => (hooks.remove(params['key'] ?? '') ? { status: 204 } : noHook()),
    },
    {
      method: 'POST',
      path: `${ROOT}/:key/verify`,
      handle: async ({ params }) => found(await hooks.verify(params['key'] ?? '')),
    },
    {
      method: 'POST',
      path: `${ROOT}/:key/delayedVerify`,
      handle: ({ params, headers }) => {
        const key = params['key'] ?? '';
        if (!hooks.get(key)) return noHook();
        const hook = hooks.delayedVerify(key, headers['x-hook-secret'] ?? '');
        return hook ? ok(hook) : failureV1(400, 'The hook secret does not match');
      },
    },
  ];
}

/** A text is what is wrong. Receivers must be https at the vendor; loopback ones are taken here. */
function readHook(body: unknown): { eventKey: string; hookUrl: string } | string {
  const { eventKey, hookUrl } = (body ?? {}) as Record<string, unknown>;
  if (typeof eventKey !== 'string' || !EVENT_KEYS.includes(eventKey)) return 'eventKey is not a known event';
  const url = typeof hookUrl === 'string' ? URL.parse(hookUrl) : null;
  const isTaken =
    url?.protocol === 'https:' || url?.hostname === '127.0.0.1' || url?.hostname === 'localhost';
  return isTaken ? { eventKey, hookUrl: hookUrl as string } : 'hookUrl must be a https URL';
}
