import type { Connector } from '../connectors/define-connector.ts';
import type { VendorRequest, VendorResponse } from '../connectors/vendor-http.ts';
import { findElement } from '../elements/catalogue.ts';
import type { Instance } from '../instances/instance.ts';
import type { Vendor } from '../instances/vendor.ts';
import { createAllowances, type AllowanceDeps, type Allowances } from './allowances.ts';
import { RECONCILE_SHARE, SHARE } from './budget-window.ts';
import { budgetKeyOf, chargesOf, isDaily, type Charge } from './charges.ts';
import { createTurns } from './turns.ts';

export interface BudgetDeps extends AllowanceDeps {
  vendor: Pick<Vendor, 'call'>;
  connectors: readonly Connector[];
}

/** The vendor, with what its allowances have left in mind. */
export interface BudgetedVendor {
  /**
   * For background work: keeps within its share of every allowance.
   * @throws RetryAt with `quota` when that is used up, and whatever `Vendor.call` throws.
   */
  within: BackgroundVendor;
  /** For what a client waits for: counted, and held back only where the vendor takes few calls at a time. */
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

/** How a call keeps to the allowances. */
type Manner = 'held_back' | 'reconcile' | 'counted';

export function createBudgets(deps: BudgetDeps): BudgetedVendor {
  const { vendor, connectors } = deps;
  const allowances = createAllowances(deps);
  const turns = createTurns();
  const connectorOf = (instance: Instance): Connector | undefined =>
    findElement(connectors, instance.elementKey);
  const chargesFor = (instance: Instance, request: VendorRequest): Charge[] => {
    const connector = connectorOf(instance);
    return connector === undefined ? [] : chargesOf(connector, instance, request);
  };

  /** Where a vendor takes few calls at a time, this node's wait for each other; other nodes' are met as refusals. */
  const takeTurn = async (instance: Instance, signal: AbortSignal | undefined): Promise<() => void> => {
    const connector = connectorOf(instance);
    if (connector?.concurrency === undefined) return () => {};
    const { scope, limit } = connector.concurrency;
    const key = budgetKeyOf(connector, { name: 'at a time', scope }, instance);
    return turns.take(key, Math.max(1, Math.floor(limit * SHARE)), signal);
  };

  const call = async (
    how: Manner,
    instance: Instance,
    request: VendorRequest,
    options: CallOptions,
  ): Promise<VendorResponse> => {
    const charges = chargesFor(instance, request);
    const all = how === 'reconcile' ? [...charges, ...reconcileCharges(allowances, charges)] : charges;
    const endTurn = await takeTurn(instance, options.signal);
    try {
      if (how !== 'counted') await allowances.admit(all);
      allowances.spend(all);
      void allowances.tell();
      return await vendor.call(instance, request, {
        ...options,
        onResponse: (response) => {
          allowances.listen(charges, response);
          options.onResponse?.(response);
        },
      });
    } finally {
      endTurn();
    }
  };

  return {
    within: {
      call: (instance, request, { isReconcile = false, ...options } = {}) =>
        call(isReconcile ? 'reconcile' : 'held_back', instance, request, options),
      shareOf: (instance, { calls, units }) => {
        const charges = chargesFor(instance, { method: 'GET', path: '' }).filter(isDaily);
        const shares = charges.map(
          (charge) => (charge.budget.counts === 'units' ? units : calls) / allowances.windowOf(charge).limit,
        );
        return Math.max(0, ...shares);
      },
    },
    counted: { call: (instance, request, options = {}) => call('counted', instance, request, options) },
  };
}

/** A window beside each daily one, as large as the share of reconciling. */
function reconcileCharges({ windowOf }: Pick<Allowances, 'windowOf'>, charges: readonly Charge[]): Charge[] {
  return charges.filter(isDaily).map((charge) => {
    const { key, budget, cost } = charge;
    const own: Charge = { key: `${key}:reconcile`, budget, cost };
    const allowance = windowOf(charge).limit * RECONCILE_SHARE;
    // No answer speaks of it, so no call goes out to hear whether it is full still.
    Object.assign(windowOf(own), { allowance, heardAt: Infinity });
    return own;
  });
}
