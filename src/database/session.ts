import { hash } from 'node:crypto';
import type pg from 'pg';
import { Fault } from '../kernel/errors.ts';
import { callerError, isConnectionSpoilt } from './errors.ts';

/**
 * What queries run on: the pool or a transaction; `queries.ts` files take one and need not know which.
 *
 * Columns as read            | values as sent (`$1`)
 * ---------------------------|------------------------------------------------------------------
 * timestamptz → EpochMs      | `toDate(at)` of kernel/clock.ts; arrays of them for `timestamptz[]`
 * int8 → number (or throws)  | number
 * jsonb → parsed JSON        | `JSON.stringify(value)`: pg makes a bare array a PostgreSQL array
 * numeric, date → text       | text (note: `sum(int8)` is numeric, cast it `::int8`)
 * bytea → Buffer             | Buffer
 * text[] … → array           | array; `= any($1)` and `unnest($1::int8[], $2::text[])` take whole batches
 *
 * A failed statement throws `pg.DatabaseError` (see errors.ts for the ones callers expect) or, where the server
 * does not answer, `Fault('unavailable')`. Nothing is repeated here: callers know whether that is safe.
 */
export interface Queryable {
  query<Row extends object>(text: string, values?: unknown[], options?: StatementOptions): Promise<Row[]>;
  /** Runs a statement for its effect; the number of rows it touched. */
  execute(text: string, values?: unknown[], options?: StatementOptions): Promise<number>;
}

export interface StatementOptions extends StatementLimit {
  /** Prepares the statement once per connection: for constant texts of the hot path. The name is what logs show. */
  name?: string;
}

export interface StatementLimit {
  /** Without an answer after this, or up to a second later, it is `unavailable`, done or not, and the connection is given up. */
  answerTimeoutMs?: number;
}

/** One connection taken from the pool. */
export interface Session extends Queryable {
  /** Throws when PostgreSQL answers COMMIT with a rollback, as it does after a failed statement. */
  commit(limit: StatementLimit): Promise<void>;
  /** Whether it met an error after which it must not go back into the pool. */
  isSpoilt(): boolean;
}

const preparedNames = new Map<string, string>();

/** Two texts under one name would be an error of the server's; so the text is part of it. At most 63 characters. */
function preparedName(name: string, text: string): string {
  const known = preparedNames.get(text);
  if (known !== undefined) return known;
  const unique = `${name.slice(0, 48)}-${hash('sha1', text).slice(0, 12)}`;
  preparedNames.set(text, unique);
  return unique;
}

/** `wait` begins to wait for an answer, for the usual time unless told, and returns how to end it. */
export function createSession(client: pg.ClientBase, wait: (limitMs?: number) => () => void): Session {
  let spoilt = false;
  const run = async <Row extends object>(
    text: string,
    values: unknown[] = [],
    options: StatementOptions = {},
  ) => {
    const { name, answerTimeoutMs } = options;
    const answered = wait(answerTimeoutMs);
    try {
      return await client.query<Row>({
        text,
        values,
        ...(name !== undefined && { name: preparedName(name, text) }),
      });
    } catch (error) {
      spoilt ||= isConnectionSpoilt(error);
      throw callerError(error);
    } finally {
      answered();
    }
  };
  return {
    query: async <Row extends object>(text: string, values?: unknown[], options?: StatementOptions) =>
      (await run<Row>(text, values, options)).rows,
    execute: async (text, values, options) => (await run(text, values, options)).rowCount ?? 0,
    commit: async (limit) => {
      const { command } = await run('commit', [], limit);
      if (command !== 'COMMIT')
        throw new Fault('internal', 'A statement of this transaction failed: it was rolled back.');
    },
    isSpoilt: () => spoilt,
  };
}
