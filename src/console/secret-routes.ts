import { organizationSecretPlace, userSecretPlace } from '../accounts/add-user.ts';
import type { Routes } from '../accounts/app.ts';
import type { Caller } from '../accounts/caller.ts';
import { assertManagesOrganization } from '../accounts/permissions.ts';
import { findSignInById } from '../accounts/user-queries.ts';
import type { Queryable } from '../database/pool.ts';
import { Fault } from '../kernel/errors.ts';
import { randomSecret } from '../kernel/ids.ts';
import { hashToken } from '../vault/hash-token.ts';
import type { Vault } from '../vault/vault.ts';
import { updateOrganizationSecret, updateUserSecret } from './queries.ts';
import { SecretsView, WhichSecret } from './schema.ts';

const tags = ['console'];

/** `/console/secrets`: the caller's two secrets on demand, and each replaced by another. */
export function createSecretRoutes({ db, vault }: { db: Queryable; vault: Vault }): Routes {
  const read = async ({ userId }: Caller): Promise<SecretsView> => {
    const row = await findSignInById(db, userId);
    if (row === undefined) throw new Fault('unauthorized');
    return {
      userSecret: vault.openText(row.secret_sealed, userSecretPlace(row.id)),
      organizationSecret: vault.openText(
        row.organization_secret_sealed,
        organizationSecretPlace(row.organization_id),
      ),
    };
  };

  return (app) => {
    const shown = { tags, summary: "The caller's secrets", response: { 200: SecretsView } };
    app.get('/console/secrets', { schema: shown }, async ({ caller }) => read(caller));

    app.post(
      '/console/secrets/:which/rotate',
      {
        schema: {
          tags,
          summary: 'Replace a secret',
          description: 'The old one is refused from now on.',
          params: WhichSecret,
          response: { 200: SecretsView },
        },
      },
      async ({ caller, params }) => {
        const secret = randomSecret();
        const sealedFor = (place: string) => ({
          hash: hashToken(secret),
          sealed: vault.seal(secret, place),
        });
        if (params.which === 'user') {
          await updateUserSecret(db, caller.userId, sealedFor(userSecretPlace(caller.userId)));
        } else {
          assertManagesOrganization(caller);
          const { organizationId } = caller;
          await updateOrganizationSecret(
            db,
            organizationId,
            sealedFor(organizationSecretPlace(organizationId)),
          );
        }
        return read(caller);
      },
    );
  };
}
