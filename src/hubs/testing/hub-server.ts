import { Registry } from 'prom-client';
import {
  createPipedriveSimulator,
  type PipedriveSimulator,
} from '../../../simulators/pipedrive/simulator.ts';
import { createServer } from '../../api/server.ts';
import { connectors } from '../../connectors/registry.ts';
import type { Instance } from '../../instances/instance.ts';
import { systemClock } from '../../kernel/clock.ts';
import { Fault } from '../../kernel/errors.ts';
import type { Json, JsonObject } from '../../kernel/json.ts';
import { createSilentLog } from '../../kernel/log.ts';
import { createVault } from '../../vault/vault.ts';
import { createHubs } from '../hubs.ts';
import { createHubRoutes } from '../routes.ts';
import { createDirectVendor } from './direct-vendor.ts';
import { pipedriveInstance } from './instances.ts';

const BASE = '/elements/api-v2';
const CALLER = { organizationId: 2, accountId: 2, userId: 2, role: 'member' } as const;

export interface Answer {
  status: number;
  body: Json;
  headers: { [name: string]: string };
}

export interface HubServer {
  simulator: PipedriveSimulator;
  /** Requests that reached the vendor. */
  asked: ReturnType<typeof createDirectVendor>['asked'];
  /** By Element token: `main` and more. */
  instances: { [token: string]: Instance };
  /** A request with the Element token of an instance; null sends none. */
  request: (
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    options?: { body?: Json; token?: string | null },
  ) => Promise<Answer>;
  close(): Promise<void>;
}

/** The API with resource routes and two platform routes, its instances connected to a Pipedrive simulator. */
export async function startHubServer(
  options: Parameters<typeof createPipedriveSimulator>[0] = {},
): Promise<HubServer> {
  const simulator = await createPipedriveSimulator({ limits: { enforced: false }, ...options });
  const configuration = {
    'base.url': simulator.url,
    'pipedrive.api.token': simulator.credentials.apiToken,
  };
  const instances: HubServer['instances'] = {
    main: pipedriveInstance(1, configuration),
    other: pipedriveInstance(2, configuration),
    keepsNulls: pipedriveInstance(3, { ...configuration, 'filter.response.nulls': 'false' }),
    disabled: pipedriveInstance(4, configuration, { disabled: true }),
    wrong: pipedriveInstance(5, { ...configuration, 'pipedrive.api.token': 'revoked' }),
  };
  const vendor = createDirectVendor(systemClock);
  const vault = createVault([Buffer.alloc(32, 7)]);
  const hubs = createHubs({ vendor, vault, clock: systemClock, connectors });
  const app = await createServer({
    log: createSilentLog(),
    clock: systemClock,
    publicUrl: 'http://localhost:8080',
    trustProxy: false,
    authenticate: async (authorization) => ({
      caller: CALLER,
      elementToken: /Element (\w+)/.exec(authorization ?? '')?.[1] ?? null,
    }),
    api: [
      (scope) => {
        scope.get('/instances', () => ({ platform: true }));
        scope.get('/accounts', () => ({ platform: true }));
      },
      createHubRoutes({
        hubs,
        connectors,
        instanceOf: async ({ elementToken }) => {
          const instance = instances[elementToken ?? ''];
          if (instance === undefined) throw new Fault('unauthorized');
          return instance;
        },
      }),
    ],
    root: [],
    assertReady: async () => {},
    metrics: { registry: new Registry(), token: null },
    version: '0.0.0',
    isApi: true,
  });
  return {
    simulator,
    asked: vendor.asked,
    instances,
    request: async (method, path, { body, token = 'main' } = {}) => {
      const element = token === null ? '' : `, Element ${token}`;
      const answer = await app.inject({
        method,
        url: `${BASE}${path}`,
        headers: {
          authorization: `User a, Organization b${element}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { payload: JSON.stringify(body) }),
      });
      const headers = Object.entries(answer.headers).map(([name, value]) => [name, String(value)]);
      return { status: answer.statusCode, body: answer.json(), headers: Object.fromEntries(headers) };
    },
    close: async () => {
      await app.close();
      await simulator.close();
    },
  };
}

/** The parameters as a query string. */
export function query(parameters: Record<string, string>): string {
  return new URLSearchParams(parameters).toString();
}

/** The ids of a list's records. */
export function idsOf({ body }: Answer): Json[] {
  return (body as JsonObject[]).map((record) => record['id'] ?? null);
}

/** An error's text. */
export function messageOf({ body }: Answer): string {
  return textIn(body, 'message');
}

/** What the vendor said. */
export function providerMessageOf({ body }: Answer): string {
  return textIn(body, 'providerMessage');
}

function textIn(body: Json, key: string): string {
  const text = (body as JsonObject)[key];
  return typeof text === 'string' ? text : '';
}
