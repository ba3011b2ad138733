import { Fault } from '../kernel/errors.ts';
import type { Queryable, Session, StatementLimit } from './session.ts';

export interface TransactionOptions extends StatementLimit {
  /**
   * The first statements are sent without waiting for BEGIN to be answered. Only where they would do no harm outside a
   * transaction, which is where they would run if BEGIN alone failed; then nothing after them is sent.
   */
  isEager?: boolean;
}

/** See `Database.transaction`. */
export async function runTransaction<T>(
  session: Session,
  fn: (tx: Queryable) => Promise<T>,
  { isEager = false, ...limit }: TransactionOptions = {},
): Promise<T> {
  const begun = session.execute('begin', [], limit);
  let notBegun: { why: unknown } | undefined;
  begun.catch((why: unknown) => (notBegun = { why }));
  if (!isEager) await begun;
  let open = true;
  const assertOpen = () => {
    if (!open) throw new Fault('internal', 'A statement was sent to a transaction that is already over.');
    if (notBegun !== undefined) throw notBegun.why;
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
    await begun;
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
