import type { Change } from '../core/store.ts';
import { createWebhookSender } from '../core/webhook-sender.ts';
import type { WebhookSender } from '../core/webhook-sender.ts';
import { readCallout, readTrigger, usesClass } from './apex.ts';
import type { ObjectType } from './object-types.ts';
import type { Org } from './org.ts';
import { presentRecord } from './records.ts';
import type { SObject, Values } from './records.ts';

// A callout waits two minutes at most; nothing is sent again (vendor page, 2026-11).
const TIMEOUT_MS = 120_000;
/** Triggers run for so many records at once. */
const CHUNK = 200;

export interface Triggers extends Pick<WebhookSender, 'deliveries' | 'idle' | 'close'> {
  /** Callouts that were not made because no remote site allows their address. */
  blocked(): readonly string[];
}

const VERBS = {
  created: 'insert',
  updated: 'update',
  deleted: 'delete',
  erased: 'delete',
  restored: 'undelete',
} as const;
type Verb = (typeof VERBS)[keyof typeof VERBS];

/**
 * Runs the org's triggers: whose class calls out posts `{objects, action}` there, one request for up to 200 records of
 * one type that were changed at once. `version` stands in the records' addresses.
 */
export function createTriggers(org: Org, options: { version: string; timeoutMs?: number }): Triggers {
  const sender = createWebhookSender(org, { timeoutMs: options.timeoutMs ?? TIMEOUT_MS, retryDelaysMs: [] });
  const blocked: string[] = [];
  let waiting: Array<{ type: ObjectType; verb: Verb; record: SObject }> = [];

  const flush = (): void => {
    const groups = Map.groupBy(waiting, ({ type, verb }) => `${type.name} ${verb}`);
    waiting = [];
    for (const group of groups.values()) {
      const { type, verb } = group[0]!;
      const records = group.map(({ record }) => record);
      for (let start = 0; start < records.length; start += CHUNK) {
        fire(type, verb, records.slice(start, start + CHUNK));
      }
    }
  };

  const fire = (type: ObjectType, action: Verb, records: SObject[]): void => {
    const body = JSON.stringify({
      objects: records.map((one) => serialize(org, type, one, options.version)),
      action,
    });
    for (const { id, fields } of org.tooling.of('ApexTrigger').sorted()) {
      const trigger = readTrigger(String(fields['Body']));
      if (!trigger || trigger.object !== type.name || !trigger.moments.includes(`after ${action}`)) continue;
      const callout = calloutOf(org, String(fields['Body']));
      if (!callout) continue;
      if (!isAllowed(org, callout.url)) {
        blocked.push(callout.url);
        continue;
      }
      const build = (): { body: string; headers: Record<string, string> } => ({
        body,
        headers: callout.headers(body),
      });
      sender.send({ subscriptionId: id, url: callout.url, build });
    }
  };

  org.store.onChange((type: ObjectType, change: Change<string, Values>) => {
    const record = change.after ?? change.before;
    // What is purged from the bin was deleted before.
    if (!record || (change.kind === 'erased' && record.deletedAt !== null)) return;
    if (waiting.length === 0) queueMicrotask(flush);
    waiting.push({ type, verb: VERBS[change.kind], record });
  });

  return {
    deliveries: (id) => sender.deliveries(id),
    idle: () => sender.idle(),
    close: () => sender.close(),
    blocked: () => blocked,
  };
}

function calloutOf(org: Org, triggerBody: string): ReturnType<typeof readCallout> {
  const used = org.tooling
    .of('ApexClass')
    .sorted()
    .find(({ fields }) => usesClass(triggerBody, String(fields['Name'])));
  return used && readCallout(String(used.fields['Body']));
}

/** An active remote site must have the address's scheme, host and port. */
function isAllowed(org: Org, url: string): boolean {
  const { origin } = new URL(url);
  return org.tooling
    .of('RemoteProxy')
    .sorted()
    .some(
      ({ fields }) =>
        fields['IsActive'] === true && URL.parse(String(fields['EndpointUrl']))?.origin === origin,
    );
}

/** `JSON.serialize` of a record leaves out what is empty, and knows nothing of relationships. */
function serialize(org: Org, type: ObjectType, record: SObject, version: string): unknown {
  const paths = type.fields
    .filter((field) => field.type !== 'address' && field.type !== 'location')
    .map((field) => ({ steps: [], field }));
  const whole = presentRecord(org.store, type, record, paths, version);
  return Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== null));
}
