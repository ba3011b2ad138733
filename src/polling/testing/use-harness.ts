import { afterEach } from 'node:test';
import type { EpochMs } from '../../kernel/clock.ts';
import { createHarness, type Harness } from './harness.ts';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** For a test file: makes harnesses, and closes each after its test. */
export function useHarness(): typeof createHarness {
  const open: Harness[] = [];
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close();
  });
  return async (options) => {
    const made = await createHarness(options);
    open.push(made);
    return made;
  };
}

/** The row of the only resource. */
export const resourceOf = (h: Harness) =>
  h.one<{
    status: string;
    failures: number;
    last_error: string | null;
    warnings: string[];
    next_poll_at: EpochMs;
  }>('select * from polled_resources order by id limit 1');

/** The row of the feed that shows changes. */
export const feedOf = (h: Harness) =>
  h.one<{ cursor_at: EpochMs | null; pass_position: object | null }>(
    "select * from polled_feeds where name in ('changes', 'all') limit 1",
  );
