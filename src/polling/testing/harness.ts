import { randomUUID } from 'node:crypto';
import { insertAccount, insertInstance } from '../../../test/support/rows.ts';
import { createTestDatabase } from '../../../test/support/database.ts';
import type { Connector } from '../../connectors/define-connector.ts';
import type { VendorRequest, VendorResponse } from '../../connectors/vendor-http.ts';
import type { Database } from '../../database/pool.ts';
import { createRecorder } from '../../events/record.ts';
import { createContexts } from '../../hubs/contexts.ts';
import type { Instance } from '../../instances/instance.ts';
import { createManualClock, type EpochMs, type ManualClock } from '../../kernel/clock.ts';
import type { Json, JsonObject } from '../../kernel/json.ts';
import { createSilentLog } from '../../kernel/log.ts';
import { createVault } from '../../vault/vault.ts';
import { LEASE_MS } from '../page.ts';
import { createPoller, type Poller, type PollerDeps } from '../poller.ts';
import type { PollerVendor } from '../resource-run.ts';
import { claimDue } from '../schedule-queries.ts';
import {
  createModelVendor,
  modelConnector,
  type ModelConnectorOptions,
  type ModelVendor,
} from './model-vendor.ts';

export const START: EpochMs = Date.UTC(2026, 10, 21, 9, 0, 0);

/** One instance of the model vendor, polled against a real database under a clock that stands still. */
export interface Harness {
  db: Database;
  clock: ManualClock;
  model: ModelVendor;
  poller: Poller;
  instance: () => Instance;
  /** Called before every answer of the vendor; throws what the vendor's failure is. */
  onCall: (hook: ((request: VendorRequest, count: number) => void | Promise<void>) | null) => void;
  /** Called inside a page's transaction when its events are recorded; throws as a dying process does. */
  onRecord: (hook: (() => void) | null) => void;
  /** Turns polling on, as the creation of the instance does. */
  begin(): Promise<void>;
  change(change: Partial<Instance>): Promise<void>;
  /** Polls what is due; the number of instances. */
  pollDue(poller?: Poller): Promise<number>;
  /** Moves the clock to the next poll and polls. */
  next(): Promise<void>;
  /** A webhook that tells of a record, as `event.vendor.type: both` stores it. */
  hint(id: string, how?: { isDeletion?: boolean; objectType?: string }): Promise<void>;
  /** Events recorded since the last call, one line each: `CREATED items 7`. */
  lines(): Promise<string[]>;
  payloads(): Promise<JsonObject[]>;
  one<Row extends object>(sql: string): Promise<Row>;
  /** Another process on the same database. */
  secondPoller(vendor?: PollerVendor): Poller;
  close(): Promise<void>;
}

export async function createHarness(
  options: ModelConnectorOptions & {
    connector?: Connector;
    configuration?: JsonObject;
    vendor?: PollerVendor;
    baselineWaitMs?: number;
  } = {},
): Promise<Harness> {
  const test = await createTestDatabase();
  const { db } = test;
  const clock = createManualClock(START);
  const model = createModelVendor(() => clock.now());
  const connector = options.connector ?? modelConnector(options);
  const id = await insertInstance(db, await insertAccount(db), { elementKey: connector.key });
  let instance = instanceOf(id, connector.key, options.configuration ?? {});
  let hook: ((request: VendorRequest, count: number) => void | Promise<void>) | null = null;
  let recordHook: (() => void) | null = null;
  const recorder = createRecorder({ clock, onCommitted: [] });
  let calls = 0;
  const modelPort: PollerVendor = {
    call: async (_instance, request): Promise<VendorResponse> => {
      calls += 1;
      await hook?.(request, calls);
      return model.answer(request);
    },
  };
  const makePoller = (vendor: PollerVendor): Poller => {
    const deps: PollerDeps = {
      db,
      clock,
      log: createSilentLog(),
      recorder: {
        ...recorder,
        record: async (tx, events) => {
          const recorded = await recorder.record(tx, events);
          recordHook?.();
          return recorded;
        },
      },
      random: () => 0.5,
      vault: createVault([Buffer.alloc(32, 9)]),
      vendor,
      contexts: createContexts({
        vendor: { call: (of, request) => vendor.call(of, request, { signal: new AbortController().signal }) },
        clock,
      }),
      connectors: [connector],
      loadInstance: async (wanted) => (wanted === id ? instance : undefined),
      ...(options.baselineWaitMs === undefined ? {} : { baselineWaitMs: options.baselineWaitMs }),
    };
    return createPoller(deps);
  };
  const pollers: Poller[] = [];
  const another = (vendor?: PollerVendor): Poller => {
    const made = makePoller(vendor ?? options.vendor ?? modelPort);
    pollers.push(made);
    return made;
  };
  const poller = another();
  let seen = 0;

  const payloads = async (): Promise<JsonObject[]> => {
    const rows = await db.query<{ payload: Buffer }>('select payload from events order by tableoid, ctid');
    return rows.map((row) => JSON.parse(row.payload.toString()) as JsonObject);
  };
  const harness: Harness = {
    db,
    clock,
    model,
    poller,
    instance: () => instance,
    onCall: (to) => {
      hook = to;
      calls = 0;
    },
    onRecord: (to) => {
      recordHook = to;
    },
    begin: () => poller.lifecycle.started(instance),
    change: async (change) => {
      const before = instance;
      instance = { ...instance, ...change, configVersion: instance.configVersion + 1 };
      await db.execute(
        'update instances set config_version = $2, events_enabled = $3, disabled = $4 where id = $1',
        [id, instance.configVersion, instance.eventsEnabled, instance.disabled],
      );
      await poller.lifecycle.changed(before, instance);
    },
    pollDue: async (by = poller) => {
      const lease = randomUUID();
      const now = clock.now();
      const claimed = await claimDue(db, { lease, now, leaseUntil: now + LEASE_MS, limit: 10 });
      for (const one of claimed) await by.pollClaimed(one, lease);
      return claimed.length;
    },
    next: async () => {
      const row = await harness.one<{ at: EpochMs | null }>('select next_poll_at as at from pollers');
      if (row.at === null) throw new Error('nothing is scheduled');
      clock.set(Math.max(clock.now(), row.at));
      await harness.pollDue();
    },
    hint: async (objectId, { isDeletion = false, objectType = 'items' } = {}) => {
      await db.execute(
        `insert into hints (event_id, instance_id, object_type, object_id, is_deletion, received_at)
         values ($1, $2, $3, $4, $5, $6)`,
        [randomUUID(), id, objectType, objectId, isDeletion, new Date(clock.now())],
      );
    },
    lines: async () => {
      const events = (await payloads()).flatMap((payload) => payload['events'] as JsonObject[]);
      const fresh = events.slice(seen);
      seen = events.length;
      return fresh.map(
        (event) => `${text(event['eventType'])} ${text(event['objectType'])} ${text(event['objectId'])}`,
      );
    },
    payloads,
    one: async <Row extends object>(sql: string) => (await db.query<Row>(sql))[0]!,
    secondPoller: another,
    close: async () => {
      for (const one of pollers) await one.stop();
      await test.drop();
    },
  };
  return harness;
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function instanceOf(id: number, elementKey: string, configuration: JsonObject): Instance {
  return {
    id,
    accountId: 2,
    userId: 2,
    name: 'An instance',
    elementKey,
    tags: [],
    configuration: {
      'event.notification.enabled': true,
      'event.poller.refresh_interval': 5,
      ...configuration,
    },
    disabled: false,
    eventsEnabled: true,
    configVersion: 1,
    tenantId: 'account-1',
    facts: {},
    attention: null,
    createdAt: START,
  };
}
