import { randomBytes } from 'node:crypto';
import { Registry } from 'prom-client';
import { createTestDatabase } from '../../../test/support/database.ts';
import { createAuthenticate } from '../../accounts/authenticate.ts';
import { ensureFirstUser } from '../../accounts/first-start.ts';
import { createServer } from '../../api/server.ts';
import type { Connector } from '../../connectors/define-connector.ts';
import { createDatabase, type Database } from '../../database/pool.ts';
import { createEgress } from '../../egress/egress.ts';
import { createElementRoutes } from '../../elements/routes.ts';
import { createManualClock, systemClock } from '../../kernel/clock.ts';
import type { Json, JsonObject } from '../../kernel/json.ts';
import { createSilentLog } from '../../kernel/log.ts';
import { createVault } from '../../vault/vault.ts';
import type { Lifecycle } from '../instance.ts';
import { createInstances } from '../instances.ts';
import type { InstanceCheck } from '../plan.ts';
import { createInstanceRoutes } from '../routes.ts';
import { createVendor } from '../vendor.ts';

const USER = 'user+secret/of=tests=';
const ORGANIZATION = 'organization+secret/of=tests=';

export interface Answer {
  status: number;
  headers: Record<string, unknown>;
  body: JsonObject & { message: string; providerMessage?: string };
  list: JsonObject[];
}

/** What is needed to call the instance routes for real: a database of its own, egress to loopback, the server. */
export async function openHouse(
  connectors: readonly Connector[],
  options: { lifecycle?: Lifecycle[]; checks?: InstanceCheck[] } = {},
) {
  const { db, url, drop } = await createTestDatabase();
  const vault = createVault([randomBytes(32)]);
  const clock = createManualClock(systemClock.now());
  const log = createSilentLog();
  const egress = createEgress({ allowPrivate: true, clock, log });
  const { lifecycle = [], checks = [] } = options;
  await ensureFirstUser(
    { db, clock, vault },
    {
      email: 'admin@localhost',
      password: 'correct horse',
      userSecret: USER,
      organizationSecret: ORGANIZATION,
      announcePassword: () => {},
    },
  );
  const deps = { db, vault, egress, clock, log, connectors };
  const instances = createInstances({ ...deps, lifecycle, checks });
  const publicUrl = 'https://tidings.example/base';
  const app = await createServer({
    log,
    clock,
    publicUrl,
    trustProxy: false,
    authenticate: createAuthenticate({ db }),
    api: [createInstanceRoutes({ ...deps, instances, publicUrl }), createElementRoutes(deps)],
    root: [],
    assertReady: async () => {},
    metrics: { registry: new Registry(), token: null },
    version: '0.0.0',
    isApi: true,
  });
  /** Calls as the first user, or as another; `token` adds the Element part. */
  const call = async (
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body?: Json,
    as: { token?: string; user?: string } = {},
  ): Promise<Answer> => {
    const element = as.token === undefined ? '' : `, Element ${as.token}`;
    const answer = await app.inject({
      method,
      url: `/elements/api-v2${path}`,
      headers: { authorization: `User ${as.user ?? USER}, Organization ${ORGANIZATION}${element}` },
      ...(body !== undefined && { payload: body as object }),
    });
    const parsed = (answer.body === '' ? {} : JSON.parse(answer.body)) as Json;
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: parsed as Answer['body'],
      list: parsed as JsonObject[],
    };
  };
  const otherPools: Database[] = [];
  return {
    ...deps,
    instances,
    vendor: createVendor(deps),
    app,
    call,
    /** The vendor room of another process: its own pool, its own memory. */
    otherProcess: () => {
      const other = createDatabase({ connection: { url }, poolSize: 3, log });
      otherPools.push(other);
      return createVendor({ ...deps, db: other });
    },
    close: async () => {
      await app.close();
      await egress.close();
      await Promise.all(otherPools.map((pool) => pool.close()));
      await drop();
    },
  };
}
