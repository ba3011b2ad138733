/* One job per event in graphile-worker, a well-kept job queue on PostgreSQL. */
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import type { Post, QueueOrder } from './rival.ts';

const JOBS_AT_A_TIME = 64;

interface Worker {
  run: (options: object) => Promise<{ addJob(task: string, payload: unknown): Promise<unknown> }>;
}

/** A webhook is done when its job is stored; the worker posts it. */
export async function startJobQueue({ databaseUrl, module }: QueueOrder, post: Post): Promise<Post> {
  const loaded = (await import(pathToFileURL(module).href)) as { default?: Worker } & Worker;
  const { run } = loaded.default ?? loaded;
  const quiet = (): void => {};
  const logger = { scope: () => logger, error: quiet, warn: quiet, info: quiet, debug: quiet };
  const runner = await run({
    pgPool: new pg.Pool({ connectionString: databaseUrl, max: 20 }),
    concurrency: JOBS_AT_A_TIME,
    noHandleSignals: true,
    logger,
    taskList: { deliver: (payload: unknown) => post(Buffer.from(JSON.stringify(payload))) },
  });
  return async (body) => {
    await runner.addJob('deliver', JSON.parse(body.toString()));
  };
}
