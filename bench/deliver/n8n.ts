/* The same job in n8n: a workflow of a webhook and an HTTP request, on the bench's own PostgreSQL, in turns with Tidings. */
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { median, pairedRatio, short } from '../report/statistics.ts';
import { download } from '../stage/download.ts';
import { callbackUrl } from '../stage/rivals.ts';
import type { Stage } from '../stage/stage.ts';
import type { Section } from './section.ts';

const VERSION = '2.40.7';
/** A library of style sheets the webhook never meets, which registries are missing; its predecessor does as well. */
const OVERRIDES = { cssomnom: 'npm:rrweb-cssom@^0.8.0' };
const GOAL = 100;
const WORKFLOW_ID = 'tidingsbench0001';
const PATH = 'bench';
const START_MS = 180_000;

export const n8n: Section = async ({ stage, report, isQuick }) => {
  const rival = await startN8n(
    stage,
    await download({ name: 'n8n', version: VERSION, overrides: OVERRIDES }),
  );
  const node = await stage.tidings();
  try {
    const target = { ports: [rival.port], paths: [`/webhook/${PATH}`] };
    const theirs: number[] = [];
    const ours: number[] = [];
    for (const connections of isQuick ? [32] : [32, 64, 32, 64]) {
      const order = { connections, seconds: isQuick ? 3 : 10, warmUpSeconds: isQuick ? 2 : 5 };
      const their = await stage.load({ ...order, ...target });
      const run = await stage.load({ connections, seconds: 4, warmUpSeconds: 2, ports: [node.port] });
      theirs.push(their.throughput);
      ours.push(run.throughput);
      report.line(
        `n8n, ${connections} connections: ${short(their.throughput)}/s, p50 ${short(their.p50)} ms, refused ${their.refused}, lost ${their.lost}; ` +
          `Tidings ${short(run.throughput)}/s, p50 ${short(run.p50)} ms`,
      );
    }
    const { ratio } = pairedRatio(ours, theirs);
    report.verdict({
      goal: `≥ ${GOAL} × n8n ${VERSION}'s webhook → HTTP request workflow, its executions kept in PostgreSQL as it comes`,
      measured: `${short(ratio)} ×: ${short(median(ours))}/s to ${short(median(theirs))}/s`,
      verdict: ratio >= GOAL,
    });
  } finally {
    rival.stop();
    await node.stop();
    await sleep(1000);
    await stage.db.execute('drop database n8n with (force)');
  }
};

/** On a database of its own, with the workflow published. */
async function startN8n(stage: Stage, installed: string): Promise<{ port: number; stop: () => void }> {
  await stage.db.execute('create database n8n');
  const directory = join(stage.directory, 'n8n');
  await mkdir(directory, { recursive: true });
  const port = await freePort();
  const env = await environment(stage, directory, port);
  const program = join(installed, 'bin', 'n8n');
  const file = join(directory, 'workflow.json');
  await writeFile(file, JSON.stringify([workflowFor(callbackUrl(stage))]));
  for (const args of [
    ['import:workflow', `--input=${file}`],
    ['publish:workflow', `--id=${WORKFLOW_ID}`],
  ]) {
    const done = spawnSync(process.execPath, [program, ...args], {
      env,
      encoding: 'utf8',
      timeout: START_MS,
    });
    if (done.status !== 0) throw new Error(`n8n ${args[0]} failed: ${done.stdout}${done.stderr}`);
  }
  const logPath = join(directory, 'n8n.log');
  const log = openSync(logPath, 'a');
  const child = spawn(process.execPath, [program, 'start'], { env, stdio: ['ignore', log, log] });
  closeSync(log);
  const until = performance.now() + START_MS;
  while (!(await takesWebhooks(port))) {
    if (child.exitCode !== null || performance.now() > until) {
      child.kill('SIGKILL');
      throw new Error(`n8n did not start: ${readFileSync(logPath, 'utf8').slice(-3000)}`);
    }
    await sleep(500);
  }
  return { port, stop: () => child.kill('SIGKILL') };
}

/** Everything that would leave this machine is switched off; the rest is as n8n comes. */
async function environment(
  { login }: Stage,
  directory: string,
  port: number,
): Promise<Record<string, string | undefined>> {
  return {
    PATH: process.env['PATH'],
    HOME: directory,
    N8N_USER_FOLDER: directory,
    N8N_LISTEN_ADDRESS: '127.0.0.1',
    N8N_PORT: String(port),
    N8N_RUNNERS_BROKER_PORT: String(await freePort()),
    N8N_ENCRYPTION_KEY: 'a-key-of-the-bench',
    N8N_LOG_LEVEL: 'warn',
    DB_TYPE: 'postgresdb',
    DB_POSTGRESDB_HOST: login.host,
    DB_POSTGRESDB_PORT: String(login.port),
    DB_POSTGRESDB_USER: login.user,
    DB_POSTGRESDB_PASSWORD: login.password ?? 'unused',
    DB_POSTGRESDB_DATABASE: 'n8n',
    DB_POSTGRESDB_POOL_SIZE: '10',
    N8N_DIAGNOSTICS_ENABLED: 'false',
    N8N_DIAGNOSTICS_CONFIG_FRONTEND: '',
    N8N_DIAGNOSTICS_CONFIG_BACKEND: '',
    N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
    N8N_VERSION_NOTIFICATIONS_WHATS_NEW_ENABLED: 'false',
    N8N_DYNAMIC_BANNERS_ENABLED: 'false',
    N8N_LICENSE_AUTO_RENEW_ENABLED: 'false',
    N8N_COMMUNITY_PACKAGES_ENABLED: 'false',
    N8N_TEMPLATES_ENABLED: 'false',
    N8N_PERSONALIZATION_ENABLED: 'false',
    N8N_HIRING_BANNER_ENABLED: 'false',
    EXTERNAL_FRONTEND_HOOKS_URLS: '',
  };
}

async function takesWebhooks(port: number): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${port}/webhook/${PATH}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  }).catch(() => undefined);
  return answer?.ok === true;
}

/** Answers at once and posts the body as it came. */
function workflowFor(url: string): object {
  return {
    id: WORKFLOW_ID,
    name: 'bench',
    active: false,
    settings: { executionOrder: 'v1' },
    nodes: [
      {
        id: 'a3c5ad04-7f0e-4b45-9c11-6b7a9d2f0001',
        name: 'Webhook',
        type: 'n8n-nodes-base.webhook',
        typeVersion: 2,
        position: [0, 0],
        webhookId: 'a3c5ad04-7f0e-4b45-9c11-6b7a9d2f0002',
        parameters: { httpMethod: 'POST', path: PATH, responseMode: 'onReceived', options: {} },
      },
      {
        id: 'a3c5ad04-7f0e-4b45-9c11-6b7a9d2f0003',
        name: 'HTTP Request',
        type: 'n8n-nodes-base.httpRequest',
        typeVersion: 4.2,
        position: [220, 0],
        parameters: {
          method: 'POST',
          url,
          sendBody: true,
          specifyBody: 'json',
          jsonBody: '={{ JSON.stringify($json.body) }}',
          options: {},
        },
      },
    ],
    connections: { Webhook: { main: [[{ node: 'HTTP Request', type: 'main', index: 0 }]] } },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => {
    server.once('listening', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}
