import type { Route, SimulatorReply } from '../core/route.ts';
import { readBodyV1 } from './body-v1.ts';
import { atV1 } from './routes-v1.ts';
import type { Session } from './session.ts';
import { readSubscription } from './subscription.ts';
import type { Subscription } from './subscription.ts';
import type { Subscriptions } from './subscriptions.ts';
import { optionalTimeV1, timeV1 } from './time-format.ts';

/** `/v1/webhooks`: create, list and delete, for both payload versions. */
export function routesWebhooks(session: Session): Route[] {
  return [
    ...atV1('POST', '/webhooks', (request) => {
      const caller = session.callerOf(request);
      const subscription = readSubscription(readBodyV1(request), caller);
      if ('errors' in subscription) return refuse(400, { errors: subscription.errors });
      const all = session.subscriptionsOf(caller.company);
      const added = all.add(subscription);
      if (!added) return refuse(422, { error: 'Webhooks limit reached: at most 40 webhooks per user' });
      return { status: 201, body: { status: 'ok', success: true, data: present(added, all) } };
    }),
    ...atV1('GET', '/webhooks', (request) => {
      const { company } = session.callerOf(request);
      const all = session.subscriptionsOf(company);
      const data = all.list().map((one) => present(one, all));
      return { status: 200, body: { status: 'ok', success: true, data } };
    }),
    ...atV1('DELETE', '/webhooks/:id', (request) => {
      const { company } = session.callerOf(request);
      const removed = session.subscriptionsOf(company).remove(Number(request.params['id']));
      if (!removed) return refuse(404, { error: 'Webhook not found' });
      return { status: 200, body: { status: 'ok', success: true } };
    }),
  ];
}

const refuse = (status: number, what: object): SimulatorReply => ({
  status,
  body: { status: 'error', success: false, ...what },
});

function present(subscription: Subscription, all: Subscriptions): Record<string, unknown> {
  const { addedAt, removedAt, removeReason, ...shown } = subscription;
  const { lastAt, lastStatus } = all.health(subscription.id);
  return {
    ...shown,
    is_active: 1,
    add_time: timeV1(addedAt),
    remove_time: optionalTimeV1(removedAt),
    type: 'general',
    remove_reason: removeReason,
    last_delivery_time: optionalTimeV1(lastAt),
    last_http_status: lastStatus,
    admin_id: subscription.owner_id,
  };
}
