import type { Database } from '../database/pool.ts';
import { mergeSettings } from './account-queries.ts';
import { requireAccount } from './account-routes.ts';
import type { Routes } from './app.ts';
import type { Caller } from './caller.ts';
import { assertAdministers, scopeOf } from './permissions.ts';
import { AccountParams, Settings } from './schema.ts';
import { readSettings } from './settings.ts';

const tags = ['accounts'];

/** `/accounts/settings` (the caller's own account) and `/accounts/{id}/settings`. */
export function createSettingsRoutes({ db }: { db: Database }): Routes {
  const read = async (caller: Caller, id: number): Promise<Settings> =>
    readSettings((await requireAccount(db, caller, id)).settings);

  const change = async (caller: Caller, id: number, settings: Settings): Promise<Settings> => {
    await requireAccount(db, caller, id);
    assertAdministers(caller);
    const merged = await mergeSettings(db, scopeOf(caller), id, readSettings(settings));
    return readSettings(merged ?? settings);
  };

  return (app) => {
    const answers = { tags, response: { 200: Settings } };
    app.get(
      '/accounts/settings',
      { schema: { ...answers, summary: "The settings of the caller's account" } },
      async ({ caller }) => read(caller, caller.accountId),
    );
    app.get(
      '/accounts/:id/settings',
      { schema: { ...answers, summary: 'The settings of an account', params: AccountParams } },
      async ({ caller, params }) => read(caller, params.id),
    );
    app.route({
      method: ['PATCH', 'POST', 'PUT'],
      url: '/accounts/settings',
      schema: { ...answers, summary: "Change the settings of the caller's account", body: Settings },
      handler: async ({ caller, body }) => change(caller, caller.accountId, body),
    });
    app.route({
      method: ['PATCH', 'POST', 'PUT'],
      url: '/accounts/:id/settings',
      schema: {
        ...answers,
        summary: 'Change the settings of an account',
        params: AccountParams,
        body: Settings,
      },
      handler: async ({ caller, params, body }) => change(caller, params.id, body),
    });
  };
}
