import type { Connector } from '../connectors/define-connector.ts';
import type { Database, Queryable } from '../database/pool.ts';
import { readEventSettings, type EventSettings } from '../instances/event-configuration.ts';
import type { Instance } from '../instances/instance.ts';
import { clearAttention } from '../instances/queries.ts';
import type { Clock, EpochMs } from '../kernel/clock.ts';
import { Fault } from '../kernel/errors.ts';
import { noteHeld } from './held-attention.ts';
import { LEASE_MS } from './page.ts';
import { nextSlot } from './phase.ts';
import { identityOf, type PolledResource } from './polled-resource.ts';
import { readPollerConfiguration } from './poller-configuration.ts';
import { BASELINE_REACH_MS } from './read-resource.ts';
import {
  deleteResources,
  insertResource,
  readResources,
  rescheduleResources,
  restartBaselines,
  type ResourceRow,
} from './resource-queries.ts';
import { dropSnapshots } from './snapshot-queries.ts';
import { lockPoller, savePoller, type Off, type PollerRow } from './schedule-queries.ts';

/** How `syncPoller` comes to the lease under which the caller goes on. */
export interface SyncRequest {
  lease: string;
  /**
   * `take`: from whoever has it (its pages are thrown away, nothing is lost). `if_free`: only when nobody polls;
   * a sweep makes way.
   * `held`: it is the caller's already.
   */
  how: 'take' | 'if_free' | 'held';
  /** A person asked for it: polling that was disabled after failures begins again. */
  resume: boolean;
}

export type Synced =
  | { state: 'on'; settings: EventSettings; polled: PolledResource[]; fresh: string[] }
  | { state: 'off'; why: Off; reason: string | null }
  | { state: 'busy' };

/**
 * Makes an instance's poller what its configuration says, in one transaction: resources that came get a row and a
 * baseline to be read (`fresh` names them), those that went lose theirs with all that was known. It compares what is
 * stored with what is wanted, so a process that dies in between is made good by the next call.
 */
export async function syncPoller(
  { db, clock }: { db: Database; clock: Clock },
  instance: Instance,
  connector: Connector,
  request: SyncRequest,
): Promise<Synced> {
  const settings = readEventSettings(instance);
  const { polled } = readPollerConfiguration(connector, settings);
  return db.transaction(async (tx) => {
    const now = clock.now();
    const row = await lockPoller(tx, instance.id);
    if (row === undefined) throw new Fault('not_found', 'The instance is deleted.');
    if (!mayHave(row, request, now)) return { state: 'busy' };
    if (!row.is_owner_active) {
      // Looked at again at the next slot: it goes on from its cursor when they are activated again.
      const at = nextSlot(instance.id, settings.refreshIntervalMinutes * 60_000, now);
      await rescheduleResources(tx, instance.id, { at, resetFailures: false });
      return { state: 'off', why: 'instance_disabled', reason: null };
    }
    const stored = await readResources(tx, instance.id);
    const { kept, gone } = sort(stored, polled, isOtherAccount(row, instance));
    await deleteResources(
      tx,
      gone.map(({ id }) => id),
    );
    const off = offOf(row, instance, settings, request.resume);
    const isOn = off === null;
    const begun = isOn ? polled.filter(({ name }) => !kept.some((one) => one.name === name)) : [];
    await beginResources(tx, instance, begun, { isFirst: row.config_version === 0, now });
    const isNewStart = isOn && row.off === 'events_off' && kept.length > 0;
    if (isNewStart) {
      const resourceIds = kept.map(({ id }) => id);
      await restartBaselines(tx, { resourceIds, enabledAt: now, baselineFrom: now - BASELINE_REACH_MS });
    } else if (isOn && (row.off !== null || row.config_version !== instance.configVersion)) {
      // What was off is due at once; a changed interval counts from now.
      const at =
        row.off === null ? nextSlot(instance.id, settings.refreshIntervalMinutes * 60_000, now) : now;
      await rescheduleResources(tx, instance.id, { at, resetFailures: row.off !== null });
    }
    if (isOn && row.off === 'polling_disabled') await clearAttention(tx, instance.id, 'polling_disabled');
    await noteHeldAsStored({ db: tx, clock }, instance, isNewStart ? [] : kept);
    const wasOff = off !== null && row.off === off;
    const isAsStored =
      row.off === off && row.config_version === instance.configVersion && row.lease === request.lease;
    if (!isAsStored || begun.length + gone.length > 0)
      await savePoller(tx, {
        instanceId: instance.id,
        configVersion: instance.configVersion,
        tenantId: instance.tenantId ?? row.tenant_id,
        off,
        offReason: wasOff ? row.off_reason : null,
        offAt: off === null ? null : wasOff ? row.off_at : now,
        lease: isOn ? request.lease : null,
        leaseUntil: isOn ? now + LEASE_MS : null,
      });
    if (!settings.snapshot && row.config_version !== instance.configVersion)
      await dropSnapshots(tx, instance.id);
    if (off !== null) return { state: 'off', why: off, reason: wasOff ? row.off_reason : null };
    const again = isNewStart ? kept : kept.filter((one) => !one.is_baseline_done);
    return { state: 'on', settings, polled, fresh: [...begun, ...again].map(({ name }) => name) };
  });
}

/** Resources that begin to be polled. */
async function beginResources(
  tx: Queryable,
  instance: Instance,
  begun: readonly PolledResource[],
  { isFirst, now }: { isFirst: boolean; now: EpochMs },
): Promise<void> {
  // The row is made at the creation; a process that died right then must not move the beginning.
  const enabledAt = isFirst ? Math.max(instance.createdAt, now - BASELINE_REACH_MS) : now;
  const baselineFrom = enabledAt - BASELINE_REACH_MS;
  for (const one of begun) {
    const { name } = one;
    const identity = identityOf(one);
    await insertResource(tx, { instanceId: instance.id, name, identity, enabledAt, baselineFrom });
  }
}

/** Deletions on hold that nobody was told of, or told of and no longer there. */
async function noteHeldAsStored(
  deps: { db: Queryable; clock: Clock },
  { id, attention }: Instance,
  rows: readonly ResourceRow[],
): Promise<void> {
  if (attention !== null && attention.kind !== 'deletions_held') return;
  if (rows.some((row) => row.has_held) !== (attention !== null)) await noteHeld(deps, id);
}

function mayHave(row: PollerRow, { lease, how }: SyncRequest, now: number): boolean {
  if (how === 'take') return true;
  if (how === 'held') return row.lease === lease;
  if (row.is_background) return true;
  return row.lease === null || row.lease_until === null || row.lease_until <= now;
}

/** Ids of another vendor account mean other records. */
function isOtherAccount(row: PollerRow, instance: Instance): boolean {
  return row.tenant_id !== null && instance.tenantId !== null && row.tenant_id !== instance.tenantId;
}

function sort(
  stored: readonly ResourceRow[],
  polled: readonly PolledResource[],
  isOtherAccount: boolean,
): { kept: ResourceRow[]; gone: ResourceRow[] } {
  const isKept = (row: ResourceRow): boolean =>
    !isOtherAccount && polled.some((one) => one.name === row.name && identityOf(one) === row.identity);
  return { kept: stored.filter(isKept), gone: stored.filter((row) => !isKept(row)) };
}

/**
 * Why an instance is not polled. Events that are off win over everything: what happens meanwhile is nobody's, so
 * the next start is a new beginning. An instance that was disabled resumes where it stopped.
 */
function offOf(row: PollerRow, instance: Instance, settings: EventSettings, resume: boolean): Off | null {
  if (!instance.eventsEnabled || settings.vendorType === 'webhook') return 'events_off';
  if (instance.disabled) return row.off === 'events_off' ? 'events_off' : 'instance_disabled';
  const needsSignIn = instance.attention?.kind === 'reauthorize';
  return row.off === 'polling_disabled' && (!resume || needsSignIn) ? 'polling_disabled' : null;
}
