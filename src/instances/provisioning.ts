import type { AuthMethod, Credentials } from '../connectors/auth/method.ts';
import type { Connector } from '../connectors/define-connector.ts';
import type { Database, Queryable } from '../database/pool.ts';
import type { Egress } from '../egress/egress.ts';
import type { Clock } from '../kernel/clock.ts';
import { Fault } from '../kernel/errors.ts';
import { randomSecret } from '../kernel/ids.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { Log } from '../kernel/log.ts';
import { hashToken } from '../vault/hash-token.ts';
import type { Vault } from '../vault/vault.ts';
import { afterConsent, type Consented } from './after-consent.ts';
import { readStoredCredentials } from './credentials.ts';
import type { Instance, Lifecycle } from './instance.ts';
import type { InstanceRequest } from './instance-request.ts';
import type { InstanceStore } from './instance-store.ts';
import { planChange, planCreation, type InstanceCheck, type Plan } from './plan.ts';
import {
  findInstance,
  insertInstance,
  lockActiveOwner,
  lockInstance,
  storeSignIn,
  takeInstanceId,
  updateInstance,
} from './queries.ts';
import { recordOf, withDefaults, type InstanceRecord } from './record.ts';
import { credentialsPlace, tokenPlace } from './sealed-places.ts';
import { signIn, type SignedIn } from './sign-in.ts';
import { writeEntries } from './write-entries.ts';

export interface ProvisioningDeps {
  db: Database;
  vault: Vault;
  egress: Egress;
  clock: Clock;
  log: Log;
  connectors: readonly Connector[];
  store: InstanceStore;
  /** What must happen elsewhere, in this order; a removal goes through them backwards. */
  lifecycle: readonly Lifecycle[];
  checks: readonly InstanceCheck[];
}

export type Owner = Pick<Instance, 'accountId' | 'userId'>;

/** A change of an instance: a request merged (`patch`) or put in place (`replace`). */
export interface InstanceChange {
  request: InstanceRequest;
  mode: 'replace' | 'patch';
}

/**
 * Creates an instance: checks, signs in at the vendor, stores, then tells the others and waits for them.
 * @throws Fault `bad_request` naming all that is missing or wrong, or with the vendor's words when it refuses;
 * `vendor_failed`, `vendor_timeout` when it is down. Nothing is stored then, no id is used up.
 */
export async function createInstance(
  deps: ProvisioningDeps,
  connector: Connector,
  owner: Owner,
  sent: InstanceRequest,
): Promise<InstanceRecord> {
  const { accountId } = owner;
  const { values } = planCreation(connector, sent, owner, deps.checks);
  const consented = await afterConsent(deps, { connector, accountId, request: sent, values, kept: {} });
  const plan = planCreation(connector, consented.request, owner, deps.checks);
  const signedIn = await signInAs(deps, connector, plan, consented);
  const id = await deps.db.transaction((tx) => insertAll(tx, deps, { connector, owner, plan, signedIn }));
  const created = await requireRecord(deps.store, id);
  deps.log.info({ instanceId: id, elementKey: connector.key }, 'instance created');
  for (const listener of deps.lifecycle) {
    await tell(deps, id, () => listener.started(created.instance));
  }
  return requireRecord(deps.store, id);
}

async function signInAs(
  deps: ProvisioningDeps,
  connector: Connector,
  { method, values }: Plan,
  { request: { code }, codeVerifier }: Consented,
): Promise<SignedIn> {
  const configuration = withDefaults(connector, values);
  return signIn(deps, { connector, method, configuration, code, codeVerifier });
}

interface NewInstance {
  connector: Connector;
  owner: Owner;
  plan: Plan;
  signedIn: SignedIn;
}

async function insertAll(
  tx: Queryable,
  { vault, clock }: ProvisioningDeps,
  { connector, owner, plan, signedIn }: NewInstance,
): Promise<number> {
  // The sign-in took its time: whoever removes an owner's instances must find this one, or refuse it.
  if (!(await lockActiveOwner(tx, owner))) {
    throw new Fault('unauthorized', 'The user or its account was deactivated.');
  }
  const id = await takeInstanceId(tx);
  const token = randomSecret();
  await insertInstance(tx, {
    ...owner,
    id,
    elementKey: connector.key,
    name: plan.name,
    tokenHash: hashToken(token),
    tokenSealed: vault.seal(token, tokenPlace(id)),
    tags: plan.tags,
    eventsEnabled: plan.eventsEnabled,
    tenantId: signedIn.tenant.id,
    facts: signedIn.tenant.facts,
    credentials: sealCredentials(vault, id, signedIn.credentials),
    createdAt: clock.now(),
  });
  const after = withDerived(plan.values, plan.method, signedIn.credentials);
  const before = { values: {}, keys: [] };
  await writeEntries(tx, vault, { instanceId: id, connector, before, after });
  return id;
}

/**
 * Changes an instance. What needs the vendor comes first, outside of any transaction; then the row is locked and the
 * change applied to what it holds by then, so that of two changes at once none is lost.
 * @throws Fault as `createInstance`; `not_found` when it is deleted meanwhile, `conflict` when a change at the same
 * time makes another sign-in necessary.
 */
export async function changeInstance(
  deps: ProvisioningDeps,
  record: InstanceRecord,
  change: InstanceChange,
): Promise<InstanceRecord> {
  const { connector, values: kept } = record;
  const { id, accountId } = record.instance;
  const { values } = planChange(record, change.request, change.mode, deps.checks);
  const consented = await afterConsent(deps, { connector, accountId, request: change.request, values, kept });
  const asked = { ...change, request: consented.request };
  const plan = planChange(record, asked.request, asked.mode, deps.checks);
  const signedIn = plan.needsSignIn ? await signInAs(deps, connector, plan, consented) : null;
  const before = await deps.db.transaction((tx) => applyChange(tx, deps, id, asked, signedIn));
  return announceChange(deps, before);
}

/** Enables or disables an instance; nothing else of it is looked at. @throws Fault `not_found` */
export async function switchInstance(
  deps: ProvisioningDeps,
  { instance }: InstanceRecord,
  { disabled }: { disabled: boolean },
): Promise<InstanceRecord> {
  const before = await deps.db.transaction(async (tx) => {
    const locked = await lockedRecord(tx, deps, instance.id);
    if (locked.instance.disabled !== disabled) {
      await updateInstance(tx, { ...locked.instance, disabled });
    }
    return locked.instance;
  });
  return announceChange(deps, before);
}

async function announceChange(deps: ProvisioningDeps, before: Instance): Promise<InstanceRecord> {
  const { id } = before;
  deps.store.forget(id);
  const after = await requireRecord(deps.store, id);
  for (const listener of deps.lifecycle) {
    await tell(deps, id, () => listener.changed(before, after.instance));
  }
  return requireRecord(deps.store, id);
}

/** What the instance was when the change was applied to it. */
async function applyChange(
  tx: Queryable,
  deps: ProvisioningDeps,
  id: number,
  change: InstanceChange,
  signedIn: SignedIn | null,
): Promise<Instance> {
  const fresh = await lockedRecord(tx, deps, id);
  const { instance, connector } = fresh;
  const plan = planChange(fresh, change.request, change.mode, deps.checks);
  if (plan.needsSignIn && signedIn === null) {
    throw new Fault('conflict', `Instance ${id} was changed at the same time; send the request again.`);
  }
  const credentials = signedIn?.credentials ?? (await readStoredCredentials(tx, deps.vault, id));
  const isWritten = await writeEntries(tx, deps.vault, {
    instanceId: id,
    connector,
    before: { values: fresh.values, keys: fresh.entryIds.keys() },
    after: credentials === null ? plan.values : withDerived(plan.values, plan.method, credentials),
  });
  if (signedIn !== null) {
    await storeSignIn(tx, {
      id,
      credentials: sealCredentials(deps.vault, id, signedIn.credentials),
      tenantId: signedIn.tenant.id,
      facts: signedIn.tenant.facts,
      now: deps.clock.now(),
    });
  }
  const isSame = plan.name === instance.name && JSON.stringify(plan.tags) === JSON.stringify(instance.tags);
  if (isWritten || signedIn !== null || !isSame) {
    const { name, tags, eventsEnabled } = plan;
    await updateInstance(tx, { id, name, tags, disabled: instance.disabled, eventsEnabled });
  }
  return instance;
}

/** The instance as it is now, kept from every other change until the transaction ends. */
async function lockedRecord(tx: Queryable, deps: ProvisioningDeps, id: number): Promise<InstanceRecord> {
  const row = (await lockInstance(tx, id)) ? await findInstance(tx, id) : undefined;
  if (row === undefined) throw new Fault('not_found', `There is no instance ${id}.`);
  return recordOf(deps, row);
}

function withDerived(values: JsonObject, method: AuthMethod, credentials: Credentials): JsonObject {
  return { ...values, ...method.derived?.(credentials) };
}

function sealCredentials(vault: Vault, id: number, credentials: Credentials): Buffer {
  return vault.seal(JSON.stringify(credentials), credentialsPlace(id));
}

async function requireRecord(store: InstanceStore, id: number): Promise<InstanceRecord> {
  const record = await store.record(id);
  if (record === undefined) throw new Fault('not_found', `There is no instance ${id}.`);
  return record;
}

/**
 * The change is committed: what a listener fails at must not make the client repeat the request. Listeners note the
 * vendor's failures themselves; anything else is a fault of ours.
 */
export async function tell(
  { log }: Pick<ProvisioningDeps, 'log'>,
  instanceId: number,
  call: () => Promise<void>,
): Promise<void> {
  try {
    await call();
  } catch (error) {
    log.error({ err: error, instanceId }, 'what follows from a changed instance failed');
  }
}
