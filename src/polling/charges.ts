import type { Budget, Connector } from '../connectors/define-connector.ts';
import type { VendorRequest } from '../connectors/vendor-http.ts';
import type { Instance } from '../instances/instance.ts';

const DAY_MS = 86_400_000;

/** What one call draws on an allowance. */
export interface Charge {
  key: string;
  budget: Budget;
  cost: number;
}

export function isDaily({ budget }: Charge): boolean {
  return budget.windowMs >= DAY_MS;
}

/** All that a call draws on. */
export function chargesOf(connector: Connector, instance: Instance, request: VendorRequest): Charge[] {
  return connector.budgets
    .filter((budget) => budget.optIn !== true || request.budgets?.includes(budget.name) === true)
    .map((budget) => ({
      key: budgetKeyOf(connector, budget, instance),
      budget,
      cost: budget.counts === 'units' ? (request.cost ?? 1) : 1,
    }));
}

/** The name under which nodes share what is used of an allowance. Not for people: it names the app's client. */
export function budgetKeyOf(
  connector: Pick<Connector, 'key'>,
  { name, scope }: Pick<Budget, 'name' | 'scope'>,
  instance: Instance,
): string {
  return `${connector.key}:${name}:${sharerOf(scope, instance)}`;
}

/** An instance that names no app, as one with a key of its own, shares the allowance of apps with nobody. */
function sharerOf(scope: Budget['scope'], instance: Instance): string {
  const app = instance.configuration['oauth.api.key'] ?? '';
  if (scope === 'app' && app !== '') return `app:${JSON.stringify(app)}`;
  if (scope === 'account' && instance.tenantId !== null) return `account:${instance.tenantId}`;
  return `instance:${instance.id}`;
}
