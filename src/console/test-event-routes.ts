import type { Routes } from '../accounts/app.ts';
import { signBody } from '../delivery/sign.ts';
import type { Egress } from '../egress/egress.ts';
import { buildNotification, type StoredEvent } from '../events/notification.ts';
import { requireElement } from '../elements/routes.ts';
import type { Connector } from '../connectors/define-connector.ts';
import { readEventSettings } from '../instances/event-configuration.ts';
import type { InstanceStore } from '../instances/instance-store.ts';
import type { Instance } from '../instances/instance.ts';
import { requireRecord } from '../instances/require-record.ts';
import { isoSeconds, type Clock } from '../kernel/clock.ts';
import { Fault, messageOf } from '../kernel/errors.ts';
import { uuidv7 } from '../kernel/ids.ts';
import { isMask } from '../vault/mask.ts';
import { TestEvent, TestEventView } from './schema.ts';

/** From one address: a person tries a callback a few times; nobody floods one through us. */
const LIMIT = { max: 20, timeWindow: '1 minute' };
const TIMEOUT_MS = 15_000;
const SHOWN_RESPONSE_BYTES = 4096;

export interface TestEventRoutesDeps {
  clock: Clock;
  egress: Egress;
  connectors: readonly Connector[];
  instances: Pick<InstanceStore, 'recordFor'>;
  userAgent: string;
}

/** `/console/test-event`: one signed sample notification, sent at once and kept nowhere. */
export function createTestEventRoutes(deps: TestEventRoutesDeps): Routes {
  const { clock, instances } = deps;

  return (app) => {
    app.post(
      '/console/test-event',
      {
        config: { rateLimit: LIMIT },
        schema: {
          tags: ['console'],
          summary: 'Try a callback with a signed sample, which is kept nowhere',
          body: TestEvent,
          response: { 200: TestEventView },
        },
      },
      async (request) => {
        const { url, elementKey, instanceId, signatureKey } = request.body;
        if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
          throw new Fault('bad_request', 'The callback URL must be an http or https URL.');
        }
        const connector = requireElement(deps.connectors, elementKey);
        const instance =
          instanceId === undefined ? null : (await requireRecord(instances, request, instanceId)).instance;
        const { accountId, userId } = request.caller;
        const sampled = { at: clock.now(), connector, instance, accountId, userId };
        return send(deps, {
          url,
          event: sample(sampled),
          settings: callbackSettings(instance, signatureKey),
        });
      },
    );
  };
}

interface CallbackSettings {
  signatureKey: string | undefined;
  headers: Record<string, string>;
}

/** The stored ones of an instance; a signature key that was typed in, rather than masked, goes before. */
function callbackSettings(instance: Instance | null, typedKey: string | undefined): CallbackSettings {
  const typed = typedKey === undefined || isMask(typedKey) ? undefined : typedKey;
  if (instance === null) return { signatureKey: typed, headers: {} };
  const { signatureKey, callbackHeaders, basic } = readEventSettings(instance);
  const authorization =
    basic === null
      ? undefined
      : `Basic ${Buffer.from(`${basic.username}:${basic.password}`).toString('base64')}`;
  return {
    signatureKey: typed ?? signatureKey ?? undefined,
    headers: { ...callbackHeaders, ...(authorization !== undefined && { authorization }) },
  };
}

async function send(
  { clock, egress, userAgent }: TestEventRoutesDeps,
  { url, event, settings }: { url: string; event: StoredEvent; settings: CallbackSettings },
): Promise<TestEventView> {
  const body = buildNotification(event);
  const signature = signBody(settings.signatureKey, body);
  const startedAt = clock.now();
  try {
    const answer = await egress.send({
      method: 'POST',
      url,
      headers: {
        ...settings.headers,
        'content-type': 'application/json',
        'user-agent': userAgent,
        'elements-webhook-id': event.id,
        ...(signature !== undefined && { 'elements-webhook-signature': signature }),
      },
      body,
      timeoutMs: TIMEOUT_MS,
      maxResponseBytes: SHOWN_RESPONSE_BYTES,
      onLargeBody: 'truncate',
    });
    const { status, latencyMs } = answer;
    const outcome = status >= 200 && status < 300 ? 'delivered' : status === 410 ? 'gone' : 'refused';
    return { eventId: event.id, outcome, status, latencyMs, response: answer.body.toString('utf8') };
  } catch (error) {
    const latencyMs = Math.max(0, clock.now() - startedAt);
    return { eventId: event.id, outcome: 'unreachable', status: null, latencyMs, response: messageOf(error) };
  }
}

interface Sampled {
  at: number;
  connector: Connector;
  instance: Instance | null;
  accountId: number;
  userId: number;
}

/** A change of a record that does not exist: `objectId` is "test". */
function sample({ at, connector, instance, accountId, userId }: Sampled): StoredEvent {
  const [resource] = connector.resources;
  const objectType = resource?.name ?? 'test';
  const event = {
    objectId: 'test',
    objectType,
    eventType: 'UPDATED',
    date: isoSeconds(at),
    elementKey: connector.key,
    hubKey: connector.hub,
  };
  return {
    id: uuidv7(at),
    instance_id: instance?.id ?? 0,
    account_id: accountId,
    user_id: userId,
    element_key: connector.key,
    instance_name: instance?.name ?? 'Test',
    instance_tags: instance?.tags ?? [],
    events: JSON.stringify([event]),
    payload: Buffer.from(JSON.stringify({ test: true, objectType, [objectType]: [{ id: 'test' }] })),
    payload_type: 'json',
  };
}
