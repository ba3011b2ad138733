import type { Connector, ConnectorContext } from '../connectors/define-connector.ts';
import { GiveUp } from '../connectors/failures.ts';
import type { Feed } from '../connectors/feed.ts';
import type { VendorRequest, VendorResponse } from '../connectors/vendor-http.ts';
import type { Contexts } from '../hubs/contexts.ts';
import type { EventSettings } from '../instances/event-configuration.ts';
import type { Instance } from '../instances/instance.ts';
import type { EpochMs } from '../kernel/clock.ts';
import { attempt, type AttemptDeps } from './attempt.ts';
import { shapeOf } from './fingerprint.ts';
import { WHY_ABORTED } from './leases.ts';
import { Interrupted, type PollDeps, type ResourceRun } from './page.ts';
import type { PassFacts } from './pass-facts.ts';
import { createRecordReader, type PolledResource } from './polled-resource.ts';

const MAX_WARNINGS = 20;
const MAX_WARNING_LENGTH = 300;

/** The vendor of an instance, within its budgets. */
export interface PollerVendor {
  call(
    instance: Instance,
    request: VendorRequest,
    options: { signal: AbortSignal; isReconcile?: boolean },
  ): Promise<VendorResponse>;
  /** Which part of the tightest daily allowance this much takes; absent: allowances are nobody's concern. */
  shareOf?(instance: Instance, spent: { calls: number; units: number }): number;
}

export interface ReadDeps extends PollDeps, AttemptDeps {
  vendor: PollerVendor;
  contexts: Pick<Contexts, 'of' | 'forget'>;
}

/** One poll of one instance, under a lease. */
export interface Poll {
  instance: Instance;
  connector: Connector;
  settings: EventSettings;
  lease: string;
  startedAt: EpochMs;
  /** Read to the vendor's present state, even where an earlier poll left a pass half done. */
  isManual: boolean;
  /** While the request that turned polling on waits for its baseline. */
  isSilent: () => boolean;
  /** Aborted when the lease is lost or the process stops. */
  signal: AbortSignal;
}

/** Collects warnings, each once, for a poller record. */
export function createWarn(warnings: string[]): (text: string) => void {
  return (text) => {
    const short = text.slice(0, MAX_WARNING_LENGTH);
    if (warnings.length < MAX_WARNINGS && !warnings.includes(short)) warnings.push(short);
  };
}

/** One resource of a poll, with all that reading it needs. `isReconcile`: within the share of work that can wait. */
export function createRun(
  deps: ReadDeps,
  poll: Poll,
  given: Pick<ResourceRun, 'polled' | 'resource' | 'warn'> & {
    context: ConnectorContext;
    isReconcile?: boolean;
  },
): ResourceRun {
  const { polled, resource, warn, context, isReconcile = false } = given;
  const { instance, connector, settings, signal } = poll;
  const polling = polled.resource.polling!;
  const feeds = polling.feeds(context);
  warnOfBounds(polled, feeds, warn);
  return {
    hold: { instanceId: instance.id, lease: poll.lease, configVersion: instance.configVersion },
    polled,
    resource,
    feeds,
    readMany: polling.readMany(context),
    shape: shapeOf([polled.resource.shapeVersion, polled.fields, context.discovered]),
    isFullBaseline: settings.baseline === 'full',
    keepsSnapshots: settings.snapshot,
    reader: createRecordReader(polled, warn),
    notification: {
      instance,
      hubKey: connector.hub,
      name: polled.name,
      idField: polled.idField,
      polledAt: poll.startedAt,
      ordered: settings.ordered,
    },
    mode: (): PassFacts['mode'] =>
      resource.is_baseline_done ? 'changes' : poll.isSilent() ? 'silent' : 'continuing',
    ask: (request, read) =>
      attempt(deps, async () => {
        try {
          return read(await deps.vendor.call(instance, request, { signal, isReconcile }));
        } catch (error) {
          // What was discovered of the resource may be out of date, as when a field was removed: discover anew.
          if (isRefused(error)) deps.contexts.forget(instance, polled.resource);
          throw error;
        }
      }),
    warn,
    goOn: () => {
      if (signal.aborted) throw new Interrupted(WHY_ABORTED);
    },
  };
}

/** The vendor refuses the request as it was made. */
export function isRefused(error: unknown): boolean {
  return error instanceof GiveUp && error.status === 400;
}

/** A date template on any other field than the feeds' own change stamps would be a filter we do not have. */
function warnOfBounds(polled: PolledResource, feeds: readonly Feed[], warn: (text: string) => void): void {
  const known = new Set(feeds.flatMap((feed) => feed.changeFields).map(lastName));
  for (const field of polled.boundFields) {
    if (known.has(lastName(field))) continue;
    warn(`the date condition on ${field} is not applied: changes are asked for by the vendor's own stamp`);
  }
}

/** `properties.lastmodifieddate` and `LastModifiedDate` are one field. */
function lastName(field: string): string {
  return field.slice(field.lastIndexOf('.') + 1).toLowerCase();
}
