import { createHash, randomUUID } from 'node:crypto';
import type { Connector } from '../connectors/define-connector.ts';
import { RetryAt } from '../connectors/failures.ts';
import type { Present, SetupContext, WebhookSetup } from '../connectors/webhooks.ts';
import type { Database } from '../database/pool.ts';
import { findElement } from '../elements/catalogue.ts';
import { readEventSettings, type EventSettings } from '../instances/event-configuration.ts';
import type { Instance } from '../instances/instance.ts';
import { clearAttention } from '../instances/queries.ts';
import type { Vendor } from '../instances/vendor.ts';
import type { Clock } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import { randomSecret } from '../kernel/ids.ts';
import type { Log } from '../kernel/log.ts';
import type { Vault } from '../vault/vault.ts';
import { nextCheck, RETRY_MS } from './next-check.ts';
import {
  ensureSetup,
  findSetup,
  leaseSetup,
  markApplied,
  saveSetup,
  type SetupResult,
  type SetupRow,
  type StoredPiece,
} from './queries.ts';
import { setUpVendor, tearDownVendor, type SetupOutcome } from './set-up-vendor.ts';
import { basicOf, openSecret, sealSecret, type SetupSecret } from './setup-secret.ts';
import { noteFailure } from './setup-attention.ts';
import { LEASE_MS, LeaseLost, vendorSideOf } from './vendor-side.ts';
import { elementUrl, instanceUrl } from './urls.ts';

export interface SetupDeps {
  db: Database;
  clock: Clock;
  log: Log;
  vault: Vault;
  connectors: readonly Connector[];
  vendor: Pick<Vendor, 'call'>;
  site: { readonly publicUrl: string };
  wait: (ms: number) => Promise<void>;
}

export interface Setups {
  /**
   * Brings what exists at the vendor in step with the instance. `isForced`: also where nothing was changed. Resolves
   * to whether something had to be made anew; a failure of the vendor's is noted on the instance, never thrown.
   */
  apply(instance: Instance, how: { isForced: boolean }): Promise<{ isChanged: boolean }>;
  /** Before the instance is deleted; best effort. */
  remove(instance: Instance): Promise<void>;
  /** The context a package is made from; makes the secret where there is none. */
  contextOf(instance: Instance): Promise<SetupContext>;
}

const REMOVAL_TRIES = 20;
const REMOVAL_WAIT_MS = 500;

interface Work {
  instance: Instance;
  settings: EventSettings;
  setup: WebhookSetup;
  row: SetupRow;
  secret: SetupSecret;
  context: SetupContext;
  lease: string;
}

export function createSetups(deps: SetupDeps): Setups {
  const { db, log } = deps;

  const apply: Setups['apply'] = async (instance, { isForced }) => {
    const { settings, setup, isAuto } = wishesOf(deps, instance);
    if (setup === undefined) return { isChanged: false };
    await ensureRow(deps, instance);
    const before = await findSetup(db, instance.id);
    if (!isAuto && (before?.state === 'off' || before?.state === 'manual')) {
      await clearAttention(db, instance.id, 'webhook_setup');
      await markApplied(db, { instanceId: instance.id, configVersion: instance.configVersion });
      return { isChanged: false };
    }
    const lease = randomUUID();
    const row = await takeRow(deps, instance, lease);
    // Whoever has it brings an older version in step: the watchdog finds that and does it again.
    if (row === undefined) return { isChanged: false };
    const secret = openSecret(deps.vault, instance.id, row.secret);
    const context = contextFor(deps, instance, settings, secret);
    const work: Work = { instance, settings, setup, row, secret, context, lease };
    if (!isAuto) {
      await switchOff(deps, work);
      return { isChanged: false };
    }
    return setUp(deps, work, isForced);
  };

  return {
    apply,
    remove: async (instance) => {
      const { settings, setup } = wishesOf(deps, instance);
      const row = await findSetup(db, instance.id);
      if (setup === undefined || row === undefined) return;
      const lease = randomUUID();
      if (!(await waitForLease(deps, instance, lease))) {
        log.warn({ instanceId: instance.id }, 'webhooks are being set up and may stay behind at the vendor');
        return;
      }
      const secret = openSecret(deps.vault, instance.id, row.secret);
      const context = contextFor(deps, instance, settings, secret);
      const side = vendorSideOf(deps, { instance, setup, context, lease });
      const left = await tearDownVendor(side, ownPieces(row, instance));
      if (left.length > 0) {
        log.warn(
          { instanceId: instance.id, left: left.map(({ name }) => name) },
          'webhooks stay behind at the vendor',
        );
      }
    },
    contextOf: async (instance) => {
      await ensureRow(deps, instance);
      const row = await findSetup(db, instance.id);
      const secret = openSecret(deps.vault, instance.id, row!.secret);
      return contextFor(deps, instance, readEventSettings(instance), secret);
    },
  };
}

/** What an instance wants of its vendor's webhooks. */
export function wishesOf(
  { connectors }: Pick<SetupDeps, 'connectors'>,
  instance: Instance,
): { settings: EventSettings; setup: WebhookSetup | undefined; isAuto: boolean } {
  const settings = readEventSettings(instance);
  const setup = findElement(connectors, instance.elementKey)?.webhooks?.setup;
  const isOn = instance.eventsEnabled && !instance.disabled && settings.vendorType !== 'polling';
  const isNamed = setup?.needsObjects !== true || settings.objects.length > 0;
  return { settings, setup, isAuto: isOn && isNamed && settings.vendorSetup === 'auto' };
}

async function setUp(deps: SetupDeps, work: Work, isForced: boolean): Promise<{ isChanged: boolean }> {
  const { instance, settings, row, lease } = work;
  const wanted = wantedHash(work);
  if (!isForced && row.state === 'set_up' && row.wanted?.equals(wanted) === true) {
    await save(deps, work, { ...row, nextCheckAt: row.next_check_at, checkedAt: row.checked_at });
    return { isChanged: false };
  }
  let outcome: SetupOutcome;
  try {
    const demandsOwnProof = settings.inbound.basic !== null;
    outcome = await setUpVendor(vendorSideOf(deps, work), {
      pieces: ownPieces(row, instance),
      demandsOwnProof,
    });
  } catch (error) {
    if (error instanceof LeaseLost) return { isChanged: false };
    await fail(deps, work, error);
    return { isChanged: false };
  }
  if (outcome.state !== 'set_up') {
    const state = outcome.state === 'manual' ? 'manual' : 'failed';
    await save(deps, work, {
      state,
      reason: outcome.reason,
      pieces: [],
      proof: row.proof,
      nextCheckAt: null,
    });
    await noteFailure(deps, instance, outcome.reason);
    return { isChanged: false };
  }
  const { basic } = outcome;
  const proof = basic === null ? null : work.setup.proof;
  const nextCheckAt = await nextCheck(deps, instance.id, deps.clock.now());
  const sealed =
    basic == null ? row.secret : sealSecret(deps.vault, instance.id, { secret: work.secret.secret, basic });
  const isSaved = await save(deps, work, {
    state: 'set_up',
    reason: null,
    pieces: outcome.pieces.map(({ kind, id, name }) => ({ kind, id, name })),
    proof,
    nextCheckAt,
    wanted,
    secret: sealed,
  });
  if (isSaved) await clearAttention(deps.db, instance.id, 'webhook_setup');
  deps.log.info({ instanceId: instance.id, lease, pieces: outcome.pieces.length }, 'webhooks are set up');
  return { isChanged: outcome.isChanged };
}

/** What was there before stays in force: a vendor that is down for a minute has not forgotten it. */
async function fail(deps: SetupDeps, work: Work, error: unknown): Promise<void> {
  const { row, instance } = work;
  const reason = messageOf(error);
  const isPassing = error instanceof RetryAt;
  const wasSetUp = row.state === 'set_up';
  deps.log.warn({ instanceId: instance.id, reason }, 'webhooks could not be set up');
  const now = deps.clock.now();
  await save(deps, work, {
    state: wasSetUp ? 'set_up' : 'failed',
    reason,
    pieces: row.pieces,
    proof: wasSetUp || row.state === 'manual' ? row.proof : null,
    nextCheckAt: isPassing ? Math.max(error.at, now + RETRY_MS) : await nextCheck(deps, instance.id, now),
  });
  if (!wasSetUp || !isPassing) await noteFailure(deps, instance, reason);
}

async function switchOff(deps: SetupDeps, work: Work): Promise<void> {
  const { instance, row } = work;
  const left = await tearDownVendor(vendorSideOf(deps, work), ownPieces(row, instance));
  await save(deps, work, {
    state: 'off',
    reason: left.length === 0 ? null : `still at the vendor: ${left.map(({ name }) => name).join(', ')}`,
    pieces: left.map(({ kind, id, name }) => ({ kind, id, name })),
    proof: null,
    nextCheckAt: null,
  });
  await clearAttention(deps.db, instance.id, 'webhook_setup');
}

type Saved = Partial<Omit<SetupResult, 'instanceId' | 'lease' | 'tenantId' | 'checkedAt' | 'configVersion'>> &
  Pick<SetupResult, 'state' | 'reason' | 'pieces' | 'proof' | 'nextCheckAt'>;

async function save(
  deps: SetupDeps,
  work: Work,
  result: Saved & { checkedAt?: number | null },
): Promise<boolean> {
  const { instance, row, lease } = work;
  return saveSetup(deps.db, {
    wanted: null,
    ...result,
    secret: result.secret ?? row.secret,
    instanceId: instance.id,
    lease,
    tenantId: instance.tenantId,
    configVersion: instance.configVersion,
    checkedAt: result.checkedAt ?? deps.clock.now(),
  });
}

async function ensureRow({ db, vault }: SetupDeps, { id, tenantId }: Instance): Promise<void> {
  await ensureSetup(db, { instanceId: id, secret: sealSecret(vault, id, { secret: newSecret() }), tenantId });
}

/** Its characters need no escaping in a URL, a Basic header or Apex. */
function newSecret(): string {
  return Buffer.from(randomSecret(), 'base64').toString('base64url');
}

/** The row under our lease; undefined while another works on it. */
async function takeRow(deps: SetupDeps, instance: Instance, lease: string): Promise<SetupRow | undefined> {
  const now = deps.clock.now();
  const isTaken = await leaseSetup(deps.db, { instanceId: instance.id, lease, now, until: now + LEASE_MS });
  return isTaken ? findSetup(deps.db, instance.id) : undefined;
}

/** Somebody sets up what is to be removed: it is waited for, but not for long. */
async function waitForLease(deps: SetupDeps, instance: Instance, lease: string): Promise<boolean> {
  for (let nth = 1; nth <= REMOVAL_TRIES; nth += 1) {
    if ((await takeRow(deps, instance, lease)) !== undefined) return true;
    await deps.wait(REMOVAL_WAIT_MS);
  }
  return false;
}

/** Ids of another vendor account are somebody else's webhooks. */
function ownPieces(row: SetupRow, { tenantId }: Instance): Present[] {
  if (row.tenant_id !== tenantId) return [];
  return row.pieces.map(({ kind, id, name }: StoredPiece) => ({ kind, id, name, state: 'live' }));
}

function contextFor(
  { site }: Pick<SetupDeps, 'site'>,
  instance: Instance,
  { inbound, objects }: EventSettings,
  secret: SetupSecret,
): SetupContext {
  return {
    configuration: instance.configuration,
    instanceId: instance.id,
    objects,
    url: instanceUrl(site.publicUrl, instance),
    elementUrl: elementUrl(site.publicUrl, instance),
    token: inbound.token ?? secret.secret,
    basic: inbound.basic ?? basicOf(secret),
    signatureKey: secret.secret,
  };
}

/** Anything of it changed: the vendor is asked again. */
function wantedHash({ context, instance }: Work): Buffer {
  const { url, objects, token, basic, signatureKey } = context;
  const wanted = [url, objects, token, basic, signatureKey, instance.tenantId];
  return createHash('sha256').update(JSON.stringify(wanted)).digest();
}
