import { readJson } from '../core/route.ts';
import type { Method, Route, SimulatorReply, SimulatorRequest } from '../core/route.ts';
import { failure, invalid } from './errors.ts';
import { EVENT_TYPES, NEVER_TOLD } from './webhook-events.ts';
import type { Subscription, SubscriptionBook, WebhookSettings } from './subscription-book.ts';

const ROOTS = ['/webhooks/v3/:appId', '/webhooks/2026-03/:appId'] as const;

type Body = Record<string, unknown>;

/** Settings and subscriptions of the app, in two generations. The developer's key is checked before. */
export function routesWebhooks(webhooks: SubscriptionBook): Route[] {
  const at = (method: Method, path: string, handle: (request: SimulatorRequest) => SimulatorReply): Route[] =>
    ROOTS.map((root) => ({ method, path: `${root}${path}`, handle }));
  const idOf = (request: SimulatorRequest): number => Number(request.params['id']);
  return [
    ...at('GET', '/settings', () => {
      const settings = webhooks.settings();
      return settings ? { status: 200, body: presentSettings(settings) } : noSuch('settings');
    }),
    ...at('PUT', '/settings', (request) => putSettings(webhooks, readJson(request))),
    ...at('DELETE', '/settings', () => {
      webhooks.removeSettings();
      return { status: 204 };
    }),
    ...at('GET', '/subscriptions', () => ({
      status: 200,
      body: { results: webhooks.list().map(presentSubscription) },
    })),
    ...at('POST', '/subscriptions', (request) => subscribe(webhooks, readJson(request))),
    ...at('POST', '/subscriptions/batch/update', (request) => updateMany(webhooks, readJson(request))),
    ...at('GET', '/subscriptions/:id', (request) => {
      const found = webhooks.list().find((one) => one.id === idOf(request));
      return found ? { status: 200, body: presentSubscription(found) } : noSuch('subscription');
    }),
    ...at('PATCH', '/subscriptions/:id', (request) => {
      const { active } = (readJson(request) ?? {}) as Body;
      const changed = webhooks.setActive(idOf(request), active === true);
      return changed ? { status: 200, body: presentSubscription(changed) } : noSuch('subscription');
    }),
    ...at('DELETE', '/subscriptions/:id', (request) => {
      webhooks.unsubscribe(idOf(request));
      return { status: 204 };
    }),
  ];
}

const noSuch = (what: string): SimulatorReply => failure(404, 'OBJECT_NOT_FOUND', `No ${what} found`);

/** The vendor demands https; loopback is let through because that is where tests listen. */
function putSettings(webhooks: SubscriptionBook, body: unknown): SimulatorReply {
  const { targetUrl, throttling } = (body ?? {}) as Body;
  const url = typeof targetUrl === 'string' && URL.canParse(targetUrl) ? new URL(targetUrl) : undefined;
  const isLoopback = url?.protocol === 'http:' && ['127.0.0.1', 'localhost'].includes(url.hostname);
  if (!url || (url.protocol !== 'https:' && !isLoopback)) return invalid('targetUrl must be an https URL');
  const most = Number((throttling as Body | undefined)?.['maxConcurrentRequests'] ?? 10);
  if (!Number.isInteger(most) || most < 1)
    return invalid('throttling.maxConcurrentRequests must be positive');
  const settings = webhooks.configure({ targetUrl: String(targetUrl), maxConcurrentRequests: most });
  return { status: 200, body: presentSettings(settings) };
}

function subscribe(webhooks: SubscriptionBook, body: unknown): SimulatorReply {
  const { eventType, propertyName, objectTypeId, active } = (body ?? {}) as Body;
  if (typeof eventType !== 'string' || !EVENT_TYPES.has(eventType)) {
    return invalid(`Invalid value for eventType: ${String(eventType)}`);
  }
  const isChange = eventType.endsWith('.propertyChange');
  if (isChange && typeof propertyName !== 'string')
    return invalid('propertyName is required for propertyChange');
  if (isChange && NEVER_TOLD.has(String(propertyName))) {
    return invalid(`Subscriptions to ${String(propertyName)} are not supported`);
  }
  if (eventType.startsWith('object.') && typeof objectTypeId !== 'string') {
    return invalid('objectTypeId is required for generic events');
  }
  const made = webhooks.subscribe({
    eventType,
    ...(isChange && { propertyName: String(propertyName) }),
    ...(typeof objectTypeId === 'string' && { objectTypeId }),
    active: active === true,
  });
  if (!made) return invalid('An app can have at most 1000 subscriptions');
  return { status: 201, body: presentSubscription(made) };
}

function updateMany(webhooks: SubscriptionBook, body: unknown): SimulatorReply {
  const { inputs } = (body ?? {}) as Body;
  if (!Array.isArray(inputs)) return invalid('inputs are required');
  const results = (inputs as Body[])
    .map((input) => webhooks.setActive(Number(input['id']), input['active'] === true))
    .filter((one) => one !== undefined)
    .map(presentSubscription);
  return { status: results.length === inputs.length ? 200 : 207, body: { status: 'COMPLETE', results } };
}

function presentSettings({ targetUrl, throttling, createdAt, updatedAt }: WebhookSettings): Body {
  return {
    targetUrl,
    throttling,
    createdAt: new Date(createdAt).toISOString(),
    updatedAt: new Date(updatedAt).toISOString(),
  };
}

function presentSubscription(one: Subscription): Body {
  return {
    ...one,
    id: String(one.id),
    createdAt: new Date(one.createdAt).toISOString(),
    updatedAt: new Date(one.updatedAt).toISOString(),
  };
}
