import type { Queryable } from '../database/pool.ts';
import { clearAttention, setAttention } from '../instances/queries.ts';
import type { Clock } from '../kernel/clock.ts';
import { listHeldResources } from './held-queries.ts';

/**
 * Asks for a person while deletions of an instance are on hold, and no longer than that. It compares with what is
 * stored, so a process that dies between a hold and this is made good by the next poll.
 */
export async function noteHeld(
  { db, clock }: { db: Queryable; clock: Clock },
  instanceId: number,
): Promise<void> {
  const names = await listHeldResources(db, instanceId);
  if (names.length === 0) return clearAttention(db, instanceId, 'deletions_held');
  const reason =
    `So many ${names.join(', ')} went missing at once that their deletions are on hold. ` +
    'Release them if they are real, else discard them.';
  return setAttention(db, instanceId, { kind: 'deletions_held', reason, at: clock.now() });
}
