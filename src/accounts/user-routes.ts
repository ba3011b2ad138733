import Type from 'typebox';
import type { Database } from '../database/pool.ts';
import type { Clock } from '../kernel/clock.ts';
import { Fault } from '../kernel/errors.ts';
import type { Vault } from '../vault/vault.ts';
import { requireAccount } from './account-routes.ts';
import type { Routes } from './app.ts';
import type { Caller } from './caller.ts';
import type { OwnedInstances } from './owned-instances.ts';
import { answerPage, PAGE_QUERY, readPage } from './page.ts';
import { presentUser } from './present.ts';
import { AccountParams, NewUser, RemovalQuery, User, UserChange, UserParams } from './schema.ts';
import { changeUser, createUser } from './user-changes.ts';
import { deleteUser, findUser, listUsers } from './user-queries.ts';
import type { UserRow } from './user-queries.ts';

const tags = ['users'];

export interface UserRoutesDeps {
  db: Database;
  clock: Clock;
  vault: Vault;
  instances: OwnedInstances;
}

/** `/accounts/{id}/users` and `/accounts/{id}/users/{idOrEmail}`. */
export function createUserRoutes(deps: UserRoutesDeps): Routes {
  const all = routesOfAll(deps);
  const one = routesOfOne(deps);
  return async (app) => {
    await all(app);
    await one(app);
  };
}

function routesOfAll(deps: UserRoutesDeps): Routes {
  const { db } = deps;
  return (app) => {
    app.get(
      '/accounts/:id/users',
      {
        schema: {
          tags,
          summary: 'The users of an account',
          params: AccountParams,
          querystring: Type.Object(PAGE_QUERY),
          response: { 200: Type.Array(User) },
        },
      },
      async ({ caller, params, query }, reply) => {
        const account = await requireAccount(db, caller, params.id);
        const page = readPage(query);
        return answerPage(reply, await listUsers(db, account.id, page), page).map(presentUser);
      },
    );

    app.post(
      '/accounts/:id/users',
      {
        schema: {
          tags,
          summary: 'Create a user, whose secret is shown this once',
          params: AccountParams,
          body: NewUser,
          response: { 200: User },
        },
      },
      async ({ caller, params, body }) => {
        const account = await requireAccount(db, caller, params.id);
        return createUser(deps, caller, account.id, body);
      },
    );
  };
}

function routesOfOne({ db, instances }: UserRoutesDeps): Routes {
  const requireUser = async (caller: Caller, params: { id: number; userId: string }): Promise<UserRow> => {
    const account = await requireAccount(db, caller, params.id);
    const which = /^\d{1,15}$/.test(params.userId) ? { id: Number(params.userId) } : { email: params.userId };
    const user = await findUser(db, account.id, which);
    if (user === undefined) {
      throw new Fault('not_found', `There is no user ${params.userId} in account ${params.id}.`);
    }
    return user;
  };

  return (app) => {
    app.get(
      '/accounts/:id/users/:userId',
      { schema: { tags, summary: 'One user', params: UserParams, response: { 200: User } } },
      async ({ caller, params }) => presentUser(await requireUser(caller, params)),
    );

    app.route({
      method: ['PATCH', 'PUT'],
      url: '/accounts/:id/users/:userId',
      schema: {
        tags,
        summary: 'Change or deactivate a user',
        params: UserParams,
        querystring: RemovalQuery,
        body: UserChange,
        response: { 200: User },
      },
      handler: async ({ caller, params, query, body }) => {
        const user = await requireUser(caller, params);
        await changeUser(db, caller, user, body);
        if (body.active === false && query.permanent === true) await instances.removeAll({ userId: user.id });
        return presentUser(await requireUser(caller, { id: user.account_id, userId: String(user.id) }));
      },
    });

    app.delete(
      '/accounts/:id/users/:userId',
      {
        schema: {
          tags,
          summary: 'Delete a user with its instances',
          params: UserParams,
          querystring: RemovalQuery,
        },
      },
      async ({ caller, params }) => {
        const user = await requireUser(caller, params);
        // Deactivated first: it adds no instance any more, and a DELETE cut short here can be repeated.
        await changeUser(db, caller, user, { active: false });
        await instances.removeAll({ userId: user.id });
        await deleteUser(db, user.account_id, user.id);
      },
    );
  };
}
