import Type from 'typebox';
import type { Database } from '../database/pool.ts';
import type { Clock } from '../kernel/clock.ts';
import { Fault } from '../kernel/errors.ts';
import { deleteAccount, findAccount, insertAccount, listAccounts, updateAccount } from './account-queries.ts';
import type { AccountRow } from './account-queries.ts';
import type { Routes } from './app.ts';
import type { Caller } from './caller.ts';
import type { OwnedInstances } from './owned-instances.ts';
import { answerPage, PAGE_QUERY, readPage } from './page.ts';
import { assertAdministers, assertManagesOrganization, scopeOf } from './permissions.ts';
import { presentAccount } from './present.ts';
import { Account, AccountChange, AccountParams, NewAccount, RemovalQuery } from './schema.ts';

const tags = ['accounts'];

/** Finds an account that the caller may see. @throws Fault `not_found` */
export async function requireAccount(db: Database, caller: Caller, id: number): Promise<AccountRow> {
  const account = await findAccount(db, scopeOf(caller), id);
  if (account === undefined) throw new Fault('not_found', `There is no account ${id}.`);
  return account;
}

export interface AccountRoutesDeps {
  db: Database;
  clock: Clock;
  instances: OwnedInstances;
}

/** `/accounts` and `/accounts/{id}`. */
export function createAccountRoutes(deps: AccountRoutesDeps): Routes {
  const all = routesOfAll(deps);
  const one = routesOfOne(deps);
  return async (app) => {
    await all(app);
    await one(app);
  };
}

function routesOfAll({ db, clock }: AccountRoutesDeps): Routes {
  return (app) => {
    app.get(
      '/accounts',
      {
        schema: {
          tags,
          summary: 'The accounts the caller may see',
          querystring: Type.Object(PAGE_QUERY),
          response: { 200: Type.Array(Account) },
        },
      },
      async ({ caller, query }, reply) => {
        const page = readPage(query);
        const rows = await listAccounts(db, scopeOf(caller), page);
        return answerPage(reply, rows, page).map(presentAccount);
      },
    );

    app.post(
      '/accounts',
      { schema: { tags, summary: 'Create an account', body: NewAccount, response: { 200: Account } } },
      async ({ caller, body }) => {
        assertManagesOrganization(caller);
        const id = await insertAccount(db, {
          organizationId: caller.organizationId,
          name: body.name,
          description: body.description ?? '',
          externalId: body.externalId ?? null,
          createdAt: clock.now(),
        });
        return presentAccount(await requireAccount(db, caller, id));
      },
    );
  };
}

function routesOfOne({ db, instances }: AccountRoutesDeps): Routes {
  return (app) => {
    app.get(
      '/accounts/:id',
      { schema: { tags, summary: 'One account', params: AccountParams, response: { 200: Account } } },
      async ({ caller, params }) => presentAccount(await requireAccount(db, caller, params.id)),
    );

    app.route({
      method: ['PATCH', 'PUT'],
      url: '/accounts/:id',
      schema: {
        tags,
        summary: 'Change or deactivate an account',
        params: AccountParams,
        querystring: RemovalQuery,
        body: AccountChange,
        response: { 200: Account },
      },
      handler: async ({ caller, params: { id }, query, body }) => {
        await requireAccount(db, caller, id);
        assertAdministers(caller);
        if (body.active !== undefined) {
          assertManagesOrganization(caller);
          if (!body.active) assertNotOwn(caller, id);
        }
        await updateAccount(db, scopeOf(caller), id, body);
        if (body.active === false && query.permanent === true) await instances.removeAll({ accountId: id });
        return presentAccount(await requireAccount(db, caller, id));
      },
    });

    app.delete(
      '/accounts/:id',
      {
        schema: {
          tags,
          summary: 'Delete an account with its users and instances',
          params: AccountParams,
          querystring: RemovalQuery,
        },
      },
      async ({ caller, params: { id } }) => {
        await requireAccount(db, caller, id);
        assertManagesOrganization(caller);
        assertNotOwn(caller, id);
        // Deactivated first: nobody adds an instance any more, and a DELETE cut short here can be repeated.
        await updateAccount(db, scopeOf(caller), id, { active: false });
        await instances.removeAll({ accountId: id });
        await deleteAccount(db, scopeOf(caller), id);
      },
    );
  };
}

function assertNotOwn(caller: Caller, accountId: number): void {
  if (caller.accountId === accountId) {
    throw new Fault('conflict', 'You cannot deactivate or delete the account that you belong to.');
  }
}
