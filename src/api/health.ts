import { setTimeout as sleep } from 'node:timers/promises';
import type { Routes } from '../accounts/app.ts';
import { Fault, messageOf } from '../kernel/errors.ts';

const READY_TIMEOUT_MS = 2_000;

/**
 * `/healthz`: the process runs. `/readyz`: it can work, that is `assertReady` resolves in time (the database answers
 * with the tables of this release); 503 otherwise.
 */
export function createHealthRoutes({ assertReady }: { assertReady: () => Promise<void> }): Routes {
  return (app) => {
    const options = { config: { isProbe: true }, schema: { hide: true } };
    app.get('/healthz', options, () => ({ status: 'ok' }));
    app.get('/readyz', options, async () => {
      const answered = new AbortController();
      try {
        await Promise.race([assertReady(), refuseLater(answered.signal)]);
      } catch (error) {
        throw new Fault('unavailable', `Not ready: ${messageOf(error)}`);
      } finally {
        answered.abort();
      }
      return { status: 'ready' };
    });
  };
}

async function refuseLater(answered: AbortSignal): Promise<void> {
  try {
    await sleep(READY_TIMEOUT_MS, undefined, { signal: answered });
  } catch {
    return;
  }
  throw new Fault('unavailable', `no answer within ${READY_TIMEOUT_MS} ms`);
}
