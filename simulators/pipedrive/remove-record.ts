import type { SimulatorReply, SimulatorRequest } from '../core/route.ts';
import { forbidden, notFound } from './errors.ts';
import type { Kind } from './records.ts';
import type { Session } from './session.ts';
import { findReadable } from './visibility.ts';

/** DELETE in both versions: 200, and 410 with the very same body for one that is deleted already. */
export function removeRecord(
  session: Session,
  kind: Kind,
  request: SimulatorRequest,
  version: 'v1' | 'v2',
): SimulatorReply {
  const { company, userId } = session.callerOf(request);
  const store = company.store.of(kind);
  const id = Number(request.params['id']);
  const found = findReadable(company, userId, store.get(id), session.clock.now());
  if (found === 'missing') return notFound(kind, version);
  if (found === 'forbidden') return forbidden();
  const body = { success: true, data: { id } };
  if (found.deletedAt !== null) return { status: 410, body };
  store.remove(id, { context: { source: 'api', userId } });
  return { status: 200, body };
}
