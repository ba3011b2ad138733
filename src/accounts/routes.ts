import type { Database } from '../database/pool.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Vault } from '../vault/vault.ts';
import { createAccountRoutes } from './account-routes.ts';
import type { Routes } from './app.ts';
import type { OwnedInstances } from './owned-instances.ts';
import { createSettingsRoutes } from './settings-routes.ts';
import { createSignInRoutes } from './sign-in-routes.ts';
import { createUserRoutes } from './user-routes.ts';

/** Everything under `/accounts`, `/organizations` and `/authentication`. */
export function createAccountsRoutes(deps: {
  db: Database;
  clock: Clock;
  vault: Vault;
  instances: OwnedInstances;
}): Routes {
  const parts = [
    createSignInRoutes(deps),
    createAccountRoutes(deps),
    createSettingsRoutes(deps),
    createUserRoutes(deps),
  ];
  return async (app) => {
    for (const part of parts) await part(app);
  };
}
