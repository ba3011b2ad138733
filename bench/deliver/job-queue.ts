/* The comparison: one job per event in graphile-worker, installed on demand into a temporary directory. */
import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import { mkdtemp } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { Pool } from 'undici';
import { clientConfig } from '../../src/database/connection.ts';
import { signBody } from '../../src/delivery/sign.ts';
import type { NodeOrder } from './node.ts';

const JOBS_AT_A_TIME = 64;

interface Worker {
  run: (options: object) => Promise<{ addJob(task: string, payload: unknown): Promise<unknown> }>;
}

/** Where graphile-worker is, installed if need be. */
export async function installJobQueue(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'tidings-bench-queue-'));
  execFileSync('npm', ['install', '--prefix', directory, '--no-audit', '--no-fund', 'graphile-worker@0.16'], {
    stdio: 'ignore',
  });
  return join(directory, 'node_modules', 'graphile-worker', 'dist', 'index.js');
}

/** A webhook is answered when its job is stored; the worker signs and posts it. */
export async function startJobQueue({ callbackPort, connection, jobQueue }: NodeOrder): Promise<number> {
  const loaded = (await import(pathToFileURL(jobQueue).href)) as { default?: Worker } & Worker;
  const { run } = loaded.default ?? loaded;
  const out = new Pool(`http://127.0.0.1:${callbackPort}`, { connections: 256, pipelining: 1 });
  const pgPool = new pg.Pool({ ...clientConfig(connection, 'bench queue'), max: 20 });
  const quiet = (): void => {};
  const logger = { scope: () => logger, error: quiet, warn: quiet, info: quiet, debug: quiet };
  const runner = await run({
    pgPool,
    concurrency: JOBS_AT_A_TIME,
    noHandleSignals: true,
    logger,
    taskList: {
      deliver: async (payload: unknown) => {
        const body = Buffer.from(JSON.stringify(payload));
        const headers = {
          'content-type': 'application/json',
          'elements-webhook-signature': signBody('key', body)!,
        };
        const answer = await out.request({ path: '/', method: 'POST', headers, body });
        await answer.body.dump();
      },
    },
  });
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const payload: unknown = JSON.parse(Buffer.concat(chunks).toString());
      void runner.addJob('deliver', payload).then(() => {
        response.writeHead(200, { 'content-length': 2 }).end('{}');
      });
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}
