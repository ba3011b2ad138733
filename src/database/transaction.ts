import { Fault } from '../kernel/errors.ts';
import type { Queryable, Session, StatementLimit } from './session.ts';

/** See `Database.transaction`. */
export async function runTransaction<T>(
  session: Session,
  fn: (tx: Queryable) => Promise<T>,
  limit: StatementLimit = {},
): Promise<T> {
  await session.execute('begin', [], limit);
  let open = true;
  const assertOpen = () => {
    if (!open) throw new Fault('internal', 'A statement was sent to a transaction that is already over.');
  };
  const tx: Queryable = {
    query: async (text, values, options) => {
      assertOpen();
      return session.query(text, values, { ...limit, ...options });
    },
    execute: async (text, values, options) => {
      assertOpen();
      return session.execute(text, values, { ...limit, ...options });
    },
  };
  try {
    const result = await fn(tx);
    open = false;
    await session.commit(limit);
    return result;
  } catch (error) {
    open = false;
    // Where it cannot be said any more, the end of the connection is the rollback.
    if (!session.isSpoilt()) await session.execute('rollback', [], limit).catch(() => {});
    throw error;
  }
}
