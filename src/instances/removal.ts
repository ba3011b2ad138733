import type { InstanceOwner } from '../accounts/owned-instances.ts';
import { messageOf } from '../kernel/errors.ts';
import { chooseMethod } from './choose-method.ts';
import { readStoredCredentials } from './credentials.ts';
import { tell, type ProvisioningDeps } from './provisioning.ts';
import { deleteInstance, listOwnedIds } from './queries.ts';
import type { InstanceRecord } from './record.ts';
import { exchange } from './vendor-exchange.ts';

/** Somebody waits, and it is best effort. */
const REVOKE_TIMEOUT_MS = 10_000;

/**
 * Removes an instance: the others first (polling stops, subscriptions at the vendor go), then its tokens at the
 * vendor, as far as the vendor lets us, then its rows. Interrupted, it can be repeated.
 */
export async function removeInstance(deps: ProvisioningDeps, record: InstanceRecord): Promise<void> {
  const { id } = record.instance;
  for (const listener of deps.lifecycle.toReversed()) {
    await tell(deps, id, () => listener.removed(record.instance));
  }
  await revoke(deps, record);
  await deleteInstance(deps.db, id);
  deps.store.forget(id);
  deps.log.info({ instanceId: id }, 'instance deleted');
}

async function revoke(deps: ProvisioningDeps, { instance, connector }: InstanceRecord): Promise<void> {
  const { configuration } = instance;
  const method = chooseMethod(connector, { configuration, hasCode: false });
  if (method.revoke === undefined) return;
  try {
    const credentials = await readStoredCredentials(deps.db, deps.vault, instance.id);
    if (credentials === null) return;
    const request = method.revoke({ configuration, now: deps.clock.now() }, credentials);
    const destination = { connector, method, configuration, credentials };
    const { status } = await exchange(deps, destination, request, { timeoutMs: REVOKE_TIMEOUT_MS });
    if (status >= 400) throw new Error(`the vendor answered with status ${status}`);
  } catch (error) {
    deps.log.warn({ instanceId: instance.id, reason: messageOf(error) }, 'tokens could not be revoked');
  }
}

/** Removes every instance of an account or a user, those too that come meanwhile. */
export async function removeInstancesOf(deps: ProvisioningDeps, owner: InstanceOwner): Promise<void> {
  const wanted = {
    accountId: 'accountId' in owner ? owner.accountId : null,
    userId: 'userId' in owner ? owner.userId : null,
  };
  for (let ids = await listOwnedIds(deps.db, wanted); ids.length > 0;) {
    for (const id of ids) {
      const record = await deps.store.record(id);
      if (record !== undefined) await removeInstance(deps, record);
    }
    ids = await listOwnedIds(deps.db, wanted);
  }
}
