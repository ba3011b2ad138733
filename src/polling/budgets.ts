import type { Budget, Connector } from '../connectors/define-connector.ts';
import { RetryAt } from '../connectors/failures.ts';
import type { VendorRequest, VendorResponse } from '../connectors/vendor-http.ts';
import type { Database } from '../database/pool.ts';
import { findElement } from '../elements/catalogue.ts';
import type { Instance } from '../instances/instance.ts';
import type { Vendor } from '../instances/vendor.ts';
import type { Clock, EpochMs } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { admitAt, hear, openWindow, RECONCILE_SHARE, type BudgetWindow } from './budget-window.ts';
import { shareBudgets } from './budget-queries.ts';

/** A call waits this long for room; beyond it the poll pauses. */
const LONGEST_WAIT_MS = 5_000;
/** At most one write a second tells the other nodes. */
const TELL_EVERY_MS = 1_000;
/** Shorter windows are over before anybody could be told. */
const SHORTEST_SHARED_MS = 10_000;
const MAX_WINDOWS = 50_000;
const DAY_MS = 86_400_000;

export interface BudgetDeps {
  db: Database;
  clock: Clock;
  log: Log;
  vendor: Pick<Vendor, 'call'>;
  connectors: readonly Connector[];
  wait: (ms: number) => Promise<void>;
}

/** The vendor, with what its allowances have left in mind. */
export interface BudgetedVendor {
  /**
   * For background work: keeps within its share of every allowance.
   * @throws RetryAt with `quota` when that is used up, and whatever `Vendor.call` throws.
   */
  within: BackgroundVendor;
  /** For what a client waits for: counted, never held back. */
  counted: Pick<Vendor, 'call'>;
}

type CallOptions = NonNullable<Parameters<Vendor['call']>[2]>;

export interface BackgroundVendor {
  /** `isReconcile`: work that can wait for another day, and gets only its share of a day's allowance. */
  call(
    instance: Instance,
    request: VendorRequest,
    options?: CallOptions & { isReconcile?: boolean },
  ): Promise<VendorResponse>;
  /** Which part of the tightest daily allowance this much takes: 0 without any, 2 for twice the day's. */
  shareOf(instance: Instance, spent: { calls: number; units: number }): number;
}

interface Charge {
  key: string;
  budget: Budget;
  cost: number;
}

export function createBudgets(deps: BudgetDeps): BudgetedVendor {
  const { db, clock, log, vendor, connectors, wait } = deps;
  const windows = new Map<string, BudgetWindow>();
  let toldAt: EpochMs = 0;

  const windowOf = ({ key, budget }: Charge): BudgetWindow => {
    const now = clock.now();
    let window = windows.get(key);
    if (window === undefined || now >= window.resetsAt) {
      window = openWindow(budget, now);
      windows.delete(key);
      windows.set(key, window);
      for (const oldest of windows.keys()) {
        if (windows.size <= MAX_WINDOWS) break;
        windows.delete(oldest);
      }
    }
    return window;
  };

  /** Waits for room in every budget at once; what is waited for may be gone when the wait is over. */
  const admit = async (charges: readonly Charge[]): Promise<void> => {
    for (;;) {
      const now = clock.now();
      const times = charges.map((charge) => admitAt(windowOf(charge), charge.cost, now));
      const at = Math.max(now, ...times);
      if (at <= now) return;
      if (at - now > LONGEST_WAIT_MS) {
        const { budget } = charges[times.indexOf(at)]!;
        throw new RetryAt(at, `the share of polling in the vendor's allowance (${budget.name}) is used up`, {
          quota: true,
        });
      }
      await wait(at - now);
    }
  };

  const spend = (charges: readonly Charge[]): void => {
    for (const charge of charges) {
      const window = windowOf(charge);
      window.used += charge.cost;
      window.untold += charge.cost;
    }
  };

  const listen = (charges: readonly Charge[], response: VendorResponse): void => {
    const now = clock.now();
    for (const charge of charges) {
      const said = charge.budget.read?.(response.headers, now);
      if (said !== undefined) hear(windowOf(charge), charge.budget, said, now);
    }
  };

  const tell = async (): Promise<void> => {
    const now = clock.now();
    if (now < toldAt + TELL_EVERY_MS && now >= toldAt) return;
    toldAt = now;
    const spent = [...windows]
      .filter(([, { untold, resetsAt }]) => untold > 0 && resetsAt - now >= SHORTEST_SHARED_MS)
      .map(([key, { allowance, untold, resetsAt }]) => ({ key, allowance, untold, resetsAt }));
    if (spent.length === 0) return;
    try {
      const shared = await shareBudgets(db, spent, now);
      for (const { key, untold } of spent) {
        const window = windows.get(key);
        const all = shared.find((row) => row.key === key);
        if (window === undefined || all === undefined) continue;
        window.untold -= untold;
        window.used = all.used + window.untold;
      }
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'the use of vendor allowances could not be shared');
    }
  };

  const chargesFor = (instance: Instance, request: VendorRequest): Charge[] => {
    const connector = findElement(connectors, instance.elementKey);
    return connector === undefined ? [] : chargesOf(connector, instance, request);
  };

  /** A window beside each daily one, as large as the share of reconciling. */
  const reconcileCharges = (charges: readonly Charge[]): Charge[] =>
    charges.filter(isDaily).map((charge) => {
      const { key, budget, cost } = charge;
      const own: Charge = { key: `${key}:reconcile`, budget, cost };
      const allowance = windowOf(charge).limit * RECONCILE_SHARE;
      // No answer speaks of it, so no call goes out to hear whether it is full still.
      Object.assign(windowOf(own), { allowance, heardAt: Infinity });
      return own;
    });

  const call = async (
    how: 'held_back' | 'reconcile' | 'counted',
    instance: Instance,
    request: VendorRequest,
    options: CallOptions,
  ): Promise<VendorResponse> => {
    const charges = chargesFor(instance, request);
    const all = how === 'reconcile' ? [...charges, ...reconcileCharges(charges)] : charges;
    if (how !== 'counted') await admit(all);
    spend(all);
    void tell();
    return vendor.call(instance, request, {
      ...options,
      onResponse: (response) => {
        listen(charges, response);
        options.onResponse?.(response);
      },
    });
  };

  return {
    within: {
      call: (instance, request, { isReconcile = false, ...options } = {}) =>
        call(isReconcile ? 'reconcile' : 'held_back', instance, request, options),
      shareOf: (instance, { calls, units }) => {
        const charges = chargesFor(instance, { method: 'GET', path: '' }).filter(isDaily);
        const shares = charges.map(
          (charge) => (charge.budget.counts === 'units' ? units : calls) / windowOf(charge).limit,
        );
        return Math.max(0, ...shares);
      },
    },
    counted: { call: (instance, request, options = {}) => call('counted', instance, request, options) },
  };
}

function isDaily({ budget }: Charge): boolean {
  return budget.windowMs >= DAY_MS;
}

/** What a call draws on. */
function chargesOf(connector: Connector, instance: Instance, request: VendorRequest): Charge[] {
  return connector.budgets
    .filter((budget) => budget.optIn !== true || request.budgets?.includes(budget.name) === true)
    .map((budget) => ({
      key: budgetKeyOf(connector, budget, instance),
      budget,
      cost: budget.counts === 'units' ? (request.cost ?? 1) : 1,
    }));
}

/** The name under which nodes share what is used of an allowance. Not for people: it names the app's client. */
export function budgetKeyOf(connector: Pick<Connector, 'key'>, budget: Budget, instance: Instance): string {
  return `${connector.key}:${budget.name}:${sharerOf(budget, instance)}`;
}

function sharerOf({ scope }: Budget, instance: Instance): string {
  if (scope === 'app') return `app:${JSON.stringify(instance.configuration['oauth.api.key'] ?? null)}`;
  if (scope === 'account' && instance.tenantId !== null) return `account:${instance.tenantId}`;
  return `instance:${instance.id}`;
}
