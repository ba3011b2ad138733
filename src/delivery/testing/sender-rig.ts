import { Registry } from 'prom-client';
import { createTestDatabase, type TestDatabase } from '../../../test/support/database.ts';
import { insertAccount, insertInstance } from '../../../test/support/rows.ts';
import { createEgress, type Egress } from '../../egress/egress.ts';
import type { NewEvent } from '../../events/event.ts';
import { createIngest, type Ingest } from '../../events/ingest.ts';
import { createRecorder, type Recorder } from '../../events/record.ts';
import { createWakeUps, type WakeUps } from '../../events/wake-ups.ts';
import { createManualClock, type ManualClock } from '../../kernel/clock.ts';
import { createSilentLog } from '../../kernel/log.ts';
import { createDeliveryMetrics } from '../metrics.ts';
import { startSender, type Sender } from '../sender.ts';
import { upsertInstanceSubscription } from '../subscription-queries.ts';

export const RIG_START = Date.UTC(2026, 10, 21, 9);

/** Events and senders on a database of their own, without HTTP in front; the clock stands still until moved. */
export interface SenderRig {
  database: TestDatabase;
  clock: ManualClock;
  wakeUps: WakeUps;
  recorder: Recorder;
  /** Hands over to the sender started last. */
  ingest: Ingest;
  /** Where its senders count. */
  registry: Registry;
  /** An instance whose notifications go to `url`; its id. */
  addInstance(url: string): Promise<number>;
  start(): Sender;
  event(instanceId: number, more?: Partial<NewEvent>): NewEvent;
  close(): Promise<void>;
}

export async function createSenderRig(): Promise<SenderRig> {
  const database = await createTestDatabase();
  const clock = createManualClock(RIG_START);
  const log = createSilentLog();
  const egress: Egress = createEgress({ allowPrivate: true, log, clock });
  const wakeUps = createWakeUps({ connection: { url: database.url }, log });
  const owner = await insertAccount(database.db);
  const urls = new Map<number, string>();
  const senders: Sender[] = [];
  const registry = new Registry();
  const metrics = createDeliveryMetrics({ db: database.db, clock, registry });
  const onCommitted = [wakeUps.committed];
  return {
    database,
    clock,
    wakeUps,
    registry,
    recorder: createRecorder({ clock, onCommitted }),
    ingest: createIngest({
      db: database.db,
      clock,
      log,
      handOff: () => senders.at(-1)?.handOff,
      onCommitted,
    }),
    addInstance: async (url) => {
      const instanceId = await insertInstance(database.db, owner);
      urls.set(instanceId, url);
      const { accountId } = owner;
      await upsertInstanceSubscription(database.db, {
        accountId,
        instanceId,
        topic: 't',
        url,
        now: RIG_START,
      });
      return instanceId;
    },
    start: () => {
      const sender = startSender({
        db: database.db,
        egress,
        clock,
        log,
        userAgent: 'Tidings/test',
        random: () => 0.5,
        target: (id, configVersion) => ({
          configVersion,
          url: urls.get(id) ?? '',
          headers: {},
          snapshot: {
            instance_id: id,
            account_id: owner.accountId,
            user_id: owner.userId,
            element_key: 'pipedrive',
            instance_name: 'An instance',
            instance_tags: ['tag'],
          },
        }),
        wakeUps,
        metrics,
      });
      senders.push(sender);
      return sender;
    },
    event: (instanceId, more = {}) => ({
      instanceId,
      configVersion: 1,
      source: 'webhook',
      receivedAt: clock.now(),
      payload: Buffer.from('{"a":1}'),
      payloadType: 'json',
      events: [
        {
          objectId: '1',
          objectType: 'contacts',
          eventType: 'CREATED',
          date: '2026-11-21T09:00:00Z',
          elementKey: 'pipedrive',
          hubKey: 'crm',
        },
      ],
      ...more,
    }),
    close: async () => {
      await Promise.all(senders.map((sender) => sender.stop()));
      await egress.close();
      await database.drop();
    },
  };
}
