import type { Queryable } from '../database/pool.ts';
import { Fault } from '../kernel/errors.ts';
import { hashToken } from '../vault/hash-token.ts';
import type { Authentication } from './caller.ts';
import { parseAuthorization } from './parse-authorization.ts';
import { findCaller } from './queries.ts';

const FORM = 'Send "Authorization: User <secret>, Organization <secret>".';

/**
 * Finds out who calls. The organization part may be left out when an Element part is there, as the documentation of
 * the old product shows it for resource calls; the token must then be of the user's account. Nothing is cached:
 * a deactivated user is refused from its next request on.
 * @throws Fault `unauthorized`, saying which part is missing, but not which is wrong.
 */
export function createAuthenticate({ db }: { db: Queryable }) {
  return async (header: string | undefined): Promise<Authentication> => {
    const { user, organization, element } = parseAuthorization(header);
    if (user === null && organization === null) throw new Fault('unauthorized');
    if (user === null)
      throw new Fault('unauthorized', `The User part of the credentials is missing. ${FORM}`);
    if (organization === null && element === null) {
      throw new Fault('unauthorized', `The Organization part of the credentials is missing. ${FORM}`);
    }
    const row = await findCaller(db, {
      user: hashToken(user),
      organization: organization === null ? null : hashToken(organization),
      element: element === null ? null : hashToken(element),
    });
    if (row === undefined) {
      throw new Fault(
        'unauthorized',
        'Wrong credentials: the secrets do not belong together, or the user or its account is deactivated.',
      );
    }
    return {
      caller: {
        organizationId: row.organization_id,
        accountId: row.account_id,
        userId: row.user_id,
        role: row.role,
      },
      elementToken: element,
    };
  };
}
