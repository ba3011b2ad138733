import { setTimeout as sleep } from 'node:timers/promises';
import type { TestServer } from './server.ts';

/**
 * Waits until every delivery that began is settled. To be called before a clock is put forward: a lease that ends while
 * a try is being settled would rightly have it sent again.
 */
export async function untilSettled({ call }: Pick<TestServer, 'call'>): Promise<void> {
  const end = performance.now() + 20_000;
  for (;;) {
    const open = await call<unknown[]>('GET', '/instances/events?status=DISPATCHED&pageSize=1');
    if (open.body.length === 0) return;
    if (performance.now() > end) throw new Error('a delivery is not settled');
    await sleep(10);
  }
}
