import { pino, type Logger } from 'pino';

export type Log = Logger;

/** Paths whose values never reach a log line. Everything else that is secret is simply not logged. */
const SECRET_PATHS = [
  'authorization',
  '*.authorization',
  'headers.authorization',
  'req.headers.authorization',
];

/** A JSON-lines logger on standard output. `level` is one of pino's. */
export function createLog(level: string): Log {
  return pino({ level, redact: { paths: SECRET_PATHS, censor: '[redacted]' }, base: null });
}

/** A logger that says nothing, for tests. */
export function createSilentLog(): Log {
  return pino({ level: 'silent' });
}
