import type { Static } from 'typebox';
import type { Database } from '../database/pool.ts';
import type { Clock } from '../kernel/clock.ts';
import { Fault } from '../kernel/errors.ts';
import { verifyPassword } from '../vault/hash-password.ts';
import type { Vault } from '../vault/vault.ts';
import { organizationSecretPlace, userSecretPlace } from './add-user.ts';
import type { Routes } from './app.ts';
import { parseBearer } from './parse-authorization.ts';
import { findOrganization } from './queries.ts';
import { Credentials, Organization, Secrets, Token } from './schema.ts';
import { issueSignInToken, passwordStamp, readSignInToken } from './sign-in-token.ts';
import { findSignInByEmail, findSignInById } from './user-queries.ts';

const tags = ['authentication'];

/** From one address: enough for people who mistype, too few to guess. Counted by each process for itself. */
const SIGN_IN_LIMIT = { max: 20, timeWindow: '1 minute' };

interface SignInDeps {
  db: Database;
  clock: Clock;
  vault: Vault;
}

/** `/authentication`, `/authentication/secrets` and `/organizations/me`. */
export function createSignInRoutes(deps: SignInDeps): Routes {
  const { db, vault } = deps;

  return (app) => {
    app.post(
      '/authentication',
      {
        config: { access: 'public', rateLimit: SIGN_IN_LIMIT },
        schema: {
          tags,
          summary: 'Exchange e-mail address and password for a token',
          body: Credentials,
          response: { 200: Token },
        },
      },
      async ({ body }) => {
        const user = await findSignInByEmail(db, body.username);
        const isRight = await verifyPassword(body.password, user?.password_hash ?? undefined);
        if (user === undefined || !isRight) throw new Fault('unauthorized', 'Wrong user name or password.');
        return { token: issueSignInToken(deps, user) };
      },
    );

    app.get(
      '/authentication/secrets',
      {
        config: { access: 'public' },
        schema: {
          tags,
          summary: "The signed-in user's secrets, for the Authorization header",
          response: { 200: Secrets },
        },
      },
      async ({ headers }) => readSecrets(deps, headers.authorization),
    );

    app.get(
      '/organizations/me',
      { schema: { tags, summary: "The caller's organization", response: { 200: Organization } } },
      async ({ caller }) => {
        const organization = await findOrganization(db, caller.organizationId);
        if (organization === undefined) throw new Fault('unauthorized');
        const { id, name, secret_sealed: sealed } = organization;
        return { id, name, secret: vault.openText(sealed, organizationSecretPlace(id)) };
      },
    );
  };
}

/** The secrets of the user whom the token was given to. @throws Fault `unauthorized` for any other. */
async function readSecrets(
  deps: SignInDeps,
  authorization: string | undefined,
): Promise<Static<typeof Secrets>> {
  const { db, vault } = deps;
  const bearer = parseBearer(authorization);
  if (bearer === null) {
    throw new Fault('unauthorized', 'Send "Authorization: Bearer <token of POST /authentication>".');
  }
  const token = readSignInToken(deps, bearer);
  const user = token === null ? undefined : await findSignInById(db, token.userId);
  if (user === undefined || token?.password !== passwordStamp(user.password_hash)) {
    throw new Fault('unauthorized', 'The token is wrong or has ended: sign in again.');
  }
  return {
    userSecret: vault.openText(user.secret_sealed, userSecretPlace(user.id)),
    organizationSecret: vault.openText(
      user.organization_secret_sealed,
      organizationSecretPlace(user.organization_id),
    ),
  };
}
