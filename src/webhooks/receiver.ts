import type { Connector } from '../connectors/define-connector.ts';
import { findResource } from '../connectors/registry.ts';
import { UNKNOWN_OBJECT, type InboundChange, type Webhooks } from '../connectors/webhooks.ts';
import type { Database } from '../database/pool.ts';
import { findElement } from '../elements/catalogue.ts';
import { readEventSettings, type EventSettings } from '../instances/event-configuration.ts';
import type { Instance } from '../instances/instance.ts';
import type { Clock, EpochMs } from '../kernel/clock.ts';
import type { Vault } from '../vault/vault.ts';
import { readPollerConfiguration } from '../polling/poller-configuration.ts';
import { findSetup, isOwnerActive, type SetupRow } from './queries.ts';
import { basicOf, openSecret } from './setup-secret.ts';
import type { Proofs } from './verify.ts';

/** An instance as inbound webhooks meet it. */
export interface Receiver {
  instance: Instance;
  connector: Connector;
  webhooks: Webhooks;
  settings: EventSettings;
  proofs: Proofs;
  /** Why nothing is taken; null: it is. */
  closed: string | null;
  /** The names under which a change is told; empty: it was not asked for. With `both`, where to look. */
  namesOf(change: InboundChange): string[];
}

export interface ReceiverDeps {
  db: Database;
  clock: Clock;
  vault: Vault;
  connectors: readonly Connector[];
  loadInstance: (id: number) => Promise<Instance | undefined>;
}

export interface Receivers {
  /** As it was at most a few seconds ago; undefined when there is no such instance, or its vendor has no webhooks. */
  get(id: number): Promise<Receiver | undefined>;
  /** As it is now, unless that was read within the last second: a forged request must not cost a query each. */
  fresh(id: number): Promise<Receiver | undefined>;
  forget(id: number): void;
}

/**
 * Whatever closes an instance, the database asks again as it stores; what a copy may be late in is a proof that another
 * node set up. With 5 s and 100 busy instances four of ten statements of a node were for these copies.
 */
const RECENT_MS = 15_000;
const FRESH_MS = 1_000;
const MAX_KEPT = 10_000;

/** What is written checks the configuration's version again, so that a copy never accepts for a changed instance. */
export function createReceivers(deps: ReceiverDeps): Receivers {
  const { clock } = deps;
  const copies = new Map<number, { loadedAt: EpochMs; receiver: Promise<Receiver | undefined> }>();

  const get = (id: number, maxAgeMs: number): Promise<Receiver | undefined> => {
    const now = clock.now();
    const copy = copies.get(id);
    if (copy !== undefined && now - copy.loadedAt < maxAgeMs) return copy.receiver;
    const receiver = load(deps, id);
    copies.delete(id);
    copies.set(id, { loadedAt: now, receiver });
    if (copies.size > MAX_KEPT) copies.delete(copies.keys().next().value!);
    // Not kept: an id nobody has must not fill the memory, a failed read must not be remembered.
    const drop = (): void => {
      if (copies.get(id)?.receiver === receiver) copies.delete(id);
    };
    receiver.then((found) => (found === undefined ? drop() : undefined), drop);
    return receiver;
  };

  return {
    get: (id) => get(id, RECENT_MS),
    fresh: (id) => get(id, FRESH_MS),
    forget: (id) => {
      copies.delete(id);
    },
  };
}

async function load(deps: ReceiverDeps, id: number): Promise<Receiver | undefined> {
  const instance = await deps.loadInstance(id);
  if (instance === undefined) return undefined;
  const connector = findElement(deps.connectors, instance.elementKey);
  const webhooks = connector?.webhooks;
  if (connector === undefined || webhooks === undefined) return undefined;
  const settings = readEventSettings(instance);
  const [setup, isActive] = await Promise.all([findSetup(deps.db, id), isOwnerActive(deps.db, id)]);
  return {
    instance,
    connector,
    webhooks,
    settings,
    proofs: proofsOf(deps.vault, instance, settings, webhooks, setup),
    closed: whyClosed(instance, isActive),
    namesOf:
      settings.vendorType === 'both' ? polledNames(connector, settings) : toldNames(connector, settings),
  };
}

function whyClosed(instance: Instance, isOwnerActive: boolean): string | null {
  if (!isOwnerActive) return `The user or account of instance ${instance.id} is deactivated.`;
  if (instance.disabled) return `Instance ${instance.id} is disabled.`;
  if (!instance.eventsEnabled) {
    return `Events are not enabled for instance ${instance.id}: set event.notification.enabled to true.`;
  }
  return null;
}

/** Every secret there is counts: the vendor's, those of the configuration, and the one we gave the vendor ourselves. */
export function proofsOf(
  vault: Vault,
  instance: Instance,
  settings: EventSettings,
  { signatures }: Webhooks,
  setup: Pick<SetupRow, 'secret' | 'proof'> | undefined,
): Proofs {
  const { inbound } = settings;
  const ours = setup?.proof == null ? undefined : openSecret(vault, instance.id, setup.secret);
  const key = signatures?.secret === 'configured' ? inbound.signatureKey : null;
  const signatureKey = setup?.proof === 'signature' ? ours?.secret : (key ?? undefined);
  const basic = inbound.basic ?? (setup?.proof === 'basic' && ours !== undefined ? basicOf(ours) : null);
  const token = inbound.token ?? (setup?.proof === 'token' ? ours?.secret : null);
  return {
    ...(signatures !== undefined &&
      signatureKey !== undefined && { signature: { schemes: signatures.schemes, key: signatureKey } }),
    ...(basic !== null && { basic }),
    ...(token != null && { token }),
  };
}

/** `event.objects` chooses, by the vendor's object or our resource, singular or plural; what nobody understands stays. */
function toldNames(connector: Connector, { objects }: EventSettings): Receiver['namesOf'] {
  const wanted = objects.map((name) => ({ key: keyOf(name), resource: findResource(connector, name) }));
  const isWanted = (name: string): boolean =>
    wanted.length === 0 ||
    wanted.some(
      ({ key, resource }) =>
        key === keyOf(name) || resource?.name === name || keyOf(resource?.vendorObject ?? '') === keyOf(name),
    );
  return ({ vendorObject, resources }) => {
    if (vendorObject === UNKNOWN_OBJECT) return [vendorObject];
    const chosen = (resources.length === 0 ? [vendorObject] : resources).find(isWanted);
    return chosen === undefined ? [] : [chosen];
  };
}

/** The resources the detector reads that the change is of: one record may be in several of them. */
function polledNames(connector: Connector, settings: EventSettings): Receiver['namesOf'] {
  const { polled } = readPollerConfiguration(connector, settings);
  return ({ vendorObject, resources }) =>
    polled.flatMap(({ name, resource }) =>
      resources.includes(resource.name) || keyOf(resource.vendorObject) === keyOf(vendorObject) ? [name] : [],
    );
}

/** Case and number do not count. */
function keyOf(name: string): string {
  return name.trim().toLowerCase().replace(/ies$/, 'y').replace(/s$/, '');
}
