import type { FastifyRequest } from 'fastify';
import type { App } from '../accounts/app.ts';
import { scopeOf } from '../accounts/permissions.ts';
import { Fault } from '../kernel/errors.ts';
import type { Instance } from './instance.ts';
import type { InstanceStore } from './instance-store.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The instance of the `Element <token>` part, on routes behind `requireInstance`; throws elsewhere. */
    readonly instance: Instance;
  }
}

/** Fits a route's `preHandler` and a scope's `addHook('preHandler', …)`. */
export type RequireInstance = (
  request: Pick<FastifyRequest, 'caller' | 'elementToken'>,
  reply: { header(name: string, value: number): unknown },
) => Promise<void>;

const instances = new WeakMap<object, Instance>();

/**
 * A preHandler that finds the instance whose token the request carries. Call it once per `routes.ts`; it prepares the
 * scope. The preHandler throws the Faults `unauthorized` without a token, for one of a deleted instance or of somebody
 * else's, and `forbidden` for a disabled instance unless `acceptDisabled`.
 */
export function requireInstance(
  app: App,
  store: Pick<InstanceStore, 'byToken'>,
  { acceptDisabled = false }: { acceptDisabled?: boolean } = {},
): RequireInstance {
  if (!app.hasRequestDecorator('instance')) {
    app.decorateRequest('instance', {
      getter() {
        const instance = instances.get(this);
        if (instance === undefined) throw new Fault('internal', 'this route has no Element token');
        return instance;
      },
    });
  }
  return async (request, reply) => {
    const { elementToken, caller } = request;
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
    instances.set(request, instance);
    reply.header('elements-element-instance-id', instance.id);
  };
}
