import type { FastifyRequest } from 'fastify';
import { scopeOf } from '../accounts/permissions.ts';
import { Fault } from '../kernel/errors.ts';
import type { Instance } from './instance.ts';
import type { InstanceStore } from './instance-store.ts';

/**
 * The instance of the request's `Element <token>` part.
 * @throws Fault `unauthorized` without a token, for one of a deleted instance and for one of another account;
 * `forbidden` for a disabled instance, unless `acceptDisabled` (what manages instances may go on).
 */
export async function requireInstance(
  store: Pick<InstanceStore, 'byToken'>,
  { elementToken, caller }: Pick<FastifyRequest, 'elementToken' | 'caller'>,
  { acceptDisabled = false }: { acceptDisabled?: boolean } = {},
): Promise<Instance> {
  if (elementToken === null) {
    throw new Fault(
      'unauthorized',
      'The instance token is missing: send "Authorization: User <secret>, Organization <secret>, Element <token>".',
    );
  }
  const instance = await store.byToken(elementToken);
  const { accountId } = scopeOf(caller);
  if (instance === undefined || (accountId !== null && accountId !== instance.accountId)) {
    throw new Fault('unauthorized', 'The instance token is wrong, or its instance was deleted.');
  }
  if (instance.disabled && !acceptDisabled) {
    throw new Fault('forbidden', `Instance ${instance.id} is disabled.`);
  }
  return instance;
}
