import pg from 'pg';
import { Fault, messageOf } from '../kernel/errors.ts';

/**
 * SQLSTATEs by which a server says that this connection is over (PostgreSQL 18 manual, appendix A). `25006`, read-only
 * transaction, is what a server answers after a failover made it the standby: the next connection finds the primary.
 */
const OVER = new Set(['25006', '25P03', '25P04', '53300', '57P01', '57P02', '57P03', '57P05']);

/** A statement that took too long or was cancelled: nothing is wrong with it. */
const CANCELLED = '57014';

/**
 * Classes by which a server says that it lacks something, that its machine fails it, or that it is not right itself: a
 * full disk is `53100`, a full quota or a file too large `XX000` (PostgreSQL has no code of its own for them).
 */
const IN_TROUBLE = new Set(['53', '58', 'XX']);

/** When a client may ask again; a restarted server answers within a second or two. */
const RETRY_AFTER_S = 1;

/**
 * What a caller sees of a failed statement: an error the server answered stays a `pg.DatabaseError` (its `code` is the
 * SQLSTATE); everything that means "no server there, or it cannot now" becomes `Fault('unavailable')`.
 */
export function callerError(thrown: unknown): unknown {
  if (thrown instanceof Fault) return thrown;
  const details = { retryAfterS: RETRY_AFTER_S, cause: thrown };
  if (!(thrown instanceof pg.DatabaseError) || isOver(thrown)) {
    return new Fault('unavailable', `The database does not answer: ${messageOf(thrown)}`, details);
  }
  const { code = '', message } = thrown;
  if (code !== CANCELLED && !IN_TROUBLE.has(code.slice(0, 2))) return thrown;
  return new Fault('unavailable', `The database cannot do it now: ${message}`, details);
}

function isOver(error: pg.DatabaseError): boolean {
  const code = error.code ?? '';
  return OVER.has(code) || code.startsWith('08');
}

/**
 * Whether the connection that threw this must not be used again. `0A000` is "cached plan must not change result type":
 * a newer release migrated a table this session has prepared statements for.
 */
export function isConnectionSpoilt(thrown: unknown): boolean {
  if (thrown instanceof Fault) return false;
  if (!(thrown instanceof pg.DatabaseError)) return true;
  return (
    thrown.severity === 'FATAL' || thrown.severity === 'PANIC' || thrown.code === '0A000' || isOver(thrown)
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
