import pg from 'pg';
import { Fault, messageOf } from '../kernel/errors.ts';

/** SQLSTATEs by which a server says "not now" (PostgreSQL 18 manual, appendix A). */
const NOT_NOW = new Set(['53300', '57P01', '57P02', '57P03', '57P05', '25P03', '25P04']);

/**
 * What a caller sees of a failed statement: an error the server answered stays a `pg.DatabaseError` (its `code` is the
 * SQLSTATE); everything that means "no server there, or not now" becomes `Fault('unavailable')`.
 */
export function callerError(thrown: unknown): unknown {
  if (thrown instanceof Fault) return thrown;
  if (thrown instanceof pg.DatabaseError && !isNotNow(thrown)) return thrown;
  return new Fault('unavailable', `The database does not answer: ${messageOf(thrown)}`, { cause: thrown });
}

function isNotNow(error: pg.DatabaseError): boolean {
  const code = error.code ?? '';
  return NOT_NOW.has(code) || code.startsWith('08');
}

/**
 * Whether the connection that threw this must not be used again. `0A000` is "cached plan must not change result type":
 * a newer release migrated a table this session has prepared statements for.
 */
export function isConnectionSpoilt(thrown: unknown): boolean {
  if (thrown instanceof Fault) return false;
  if (!(thrown instanceof pg.DatabaseError)) return true;
  return (
    thrown.severity === 'FATAL' || thrown.severity === 'PANIC' || thrown.code === '0A000' || isNotNow(thrown)
  );
}

/** Whether a statement failed because a unique index (any, or the named one) already has the key. */
export function isUniqueViolation(thrown: unknown, constraint?: string): boolean {
  return hasCode(thrown, '23505') && (constraint === undefined || thrown.constraint === constraint);
}

/** Whether a statement failed because a row it refers to is not (or is still) there. */
export function isForeignKeyViolation(thrown: unknown, constraint?: string): boolean {
  return hasCode(thrown, '23503') && (constraint === undefined || thrown.constraint === constraint);
}

/** Whether repeating the whole transaction may succeed: a deadlock or a serialization failure. */
export function isWorthRepeating(thrown: unknown): boolean {
  return hasCode(thrown, '40P01') || hasCode(thrown, '40001');
}

function hasCode(thrown: unknown, code: string): thrown is pg.DatabaseError {
  return thrown instanceof pg.DatabaseError && thrown.code === code;
}
