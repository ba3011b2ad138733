import type { Connector } from '../connectors/define-connector.ts';
import { withToken } from '../connectors/webhook-url.ts';
import { readEventSettings } from '../instances/event-configuration.ts';
import type { Instance } from '../instances/instance.ts';
import { isoMillis, type EpochMs } from '../kernel/clock.ts';
import { MASK } from '../vault/mask.ts';
import type { SetupRow } from './queries.ts';
import type { WebhookView } from './schema.ts';
import { elementUrl, instanceUrl } from './urls.ts';
import type { Proofs } from './verify.ts';

export interface Presented {
  instance: Instance;
  connector: Connector;
  setup: SetupRow | undefined;
  proofs: Proofs;
  lastReceivedAt: EpochMs | undefined;
  publicUrl: string;
  packageSteps: string[] | undefined;
}

/** An instance's webhooks as people see them; secrets are masked. */
export function presentWebhooks(given: Presented): WebhookView {
  const { instance, connector, setup, proofs, lastReceivedAt, publicUrl } = given;
  const { webhooks } = connector;
  if (webhooks === undefined) {
    return {
      instanceId: instance.id,
      supported: false,
      signed: false,
      proofs: [],
      state: 'off',
      subscriptions: [],
    };
  }
  const settings = readEventSettings(instance);
  const url = instanceUrl(publicUrl, instance);
  const appUrl = elementUrl(publicUrl, instance);
  const isUsed = instance.eventsEnabled && settings.vendorType !== 'polling';
  const masked = (plain: string): string =>
    settings.inbound.token === null ? plain : withToken(plain, 'x').replace(/x$/, MASK);
  return {
    instanceId: instance.id,
    supported: true,
    url: masked(url),
    appUrl: masked(appUrl),
    signed: Object.keys(proofs).length > 0,
    proofs: (['signature', 'basic', 'token'] as const).filter((proof) => proofs[proof] !== undefined),
    state: stateOf(setup, isUsed),
    ...(setup?.reason != null && { reason: setup.reason }),
    subscriptions: (setup?.pieces ?? []).map(({ kind, id, name }) => ({ kind, id, name })),
    manual: webhooks.manual({ url: masked(url), elementUrl: masked(appUrl), objects: settings.objects }),
    ...(given.packageSteps !== undefined && {
      package: { path: `/instances/${instance.id}/webhooks/package`, steps: given.packageSteps },
    }),
    ...(setup?.checked_at != null && { checkedDate: isoMillis(setup.checked_at) }),
    ...(setup?.next_check_at != null && { nextCheckDate: isoMillis(setup.next_check_at) }),
    ...(lastReceivedAt !== undefined && { lastReceivedDate: isoMillis(lastReceivedAt) }),
  };
}

function stateOf(setup: SetupRow | undefined, isUsed: boolean): WebhookView['state'] {
  if (setup !== undefined && setup.state !== 'off') return setup.state;
  return isUsed ? 'manual' : 'off';
}
