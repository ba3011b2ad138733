import type { InboundChange } from '../connectors/webhooks.ts';
import type { NewEvent } from '../events/event.ts';
import type { Ingest } from '../events/ingest.ts';
import type { Clock } from '../kernel/clock.ts';
import { Fault } from '../kernel/errors.ts';
import type { Finder } from './find-instances.ts';
import type { Inbound } from './inbound.ts';
import { toNewEvents } from './notifications.ts';
import type { Receiver, Receivers } from './receiver.ts';
import { verify } from './verify.ts';

export interface ReceiveDeps {
  clock: Clock;
  ingest: Pick<Ingest, 'ingest' | 'knownKeys'>;
  receivers: Receivers;
  finder: Pick<Finder, 'find'>;
}

/** What one instance makes of a webhook. */
type Admission =
  | { outcome: 'admitted'; receiver: Receiver; isProven: boolean; changes: InboundChange[] }
  | { outcome: 'unknown' | 'unproven' }
  | { outcome: 'closed'; why: string };

/** An event is tried this often when its instance changes, or a repeat arrives, at the very moment. */
const TRIES = 3;

/**
 * Stores a webhook for every instance it is for and that takes it; resolves once it is committed.
 * @throws Fault `not_found` when no instance is known, `unauthorized` when none verifies it, `forbidden` when those
 * that do take nothing, `unavailable` when it could not be stored in time.
 */
export async function receive(deps: ReceiveDeps, inbound: Inbound): Promise<void> {
  const changes = inbound.webhooks.parse(inbound.body);
  const addressed = await address(deps, inbound, changes);
  const admissions = await Promise.all(
    [...addressed].map(([id, own]) => admit(deps, inbound, id, own, 'get')),
  );
  const admitted = admissions.flatMap((one) => (one.outcome === 'admitted' ? [one] : []));
  if (admitted.length === 0) throw refusalOf(inbound, admissions);
  const outcomes = await store(deps, inbound, admitted);
  if (outcomes.every(({ outcome }) => outcome !== 'admitted')) throw refusalOf(inbound, outcomes);
}

async function address(
  { finder }: ReceiveDeps,
  inbound: Inbound,
  changes: InboundChange[],
): Promise<Map<number, InboundChange[]>> {
  const { instanceIds } = inbound;
  if (instanceIds === null) return finder.find(inbound, changes);
  return new Map(instanceIds.map((id) => [id, changes]));
}

async function admit(
  deps: ReceiveDeps,
  inbound: Inbound,
  id: number,
  changes: InboundChange[],
  how: 'get' | 'fresh',
): Promise<Admission> {
  const receiver = await deps.receivers[how](id);
  if (receiver === undefined || receiver.connector !== inbound.connector) return { outcome: 'unknown' };
  const verdict = verify(receiver.proofs, inbound.evidence, deps.clock.now());
  // The secret may be one that another node has just set up.
  if (verdict === 'refused') {
    return how === 'get' ? admit(deps, inbound, id, changes, 'fresh') : { outcome: 'unproven' };
  }
  if (receiver.closed !== null) {
    return how === 'get'
      ? admit(deps, inbound, id, changes, 'fresh')
      : { outcome: 'closed', why: receiver.closed };
  }
  const own = ownChanges(receiver, changes);
  if (own.length === 0) return { outcome: 'unknown' };
  return { outcome: 'admitted', receiver, isProven: verdict === 'proven', changes: own };
}

/** A list may tell of several vendor accounts: what is another's is never shown. */
function ownChanges({ instance, webhooks, settings }: Receiver, changes: InboundChange[]): InboundChange[] {
  if (webhooks.list?.key !== null || instance.tenantId === null || settings.instanceFinder !== null) {
    return changes;
  }
  return changes.filter(({ tenantId }) => tenantId === null || tenantId === instance.tenantId);
}

/** All instances' events go in with one statement. */
async function store(
  deps: ReceiveDeps,
  inbound: Inbound,
  admitted: Extract<Admission, { outcome: 'admitted' }>[],
): Promise<Admission[]> {
  const { ingest, receivers } = deps;
  let open = admitted;
  const done: Admission[] = [];
  for (let nth = 1; open.length > 0; nth += 1) {
    const receivedAt = deps.clock.now();
    const made: { admission: (typeof open)[number]; events: NewEvent[] }[] = [];
    for (const admission of open) {
      const fresh = await withoutRepeats(deps, admission);
      made.push({ admission, events: toNewEvents(inbound, { ...admission, changes: fresh }, receivedAt) });
    }
    const outcomes = await ingest.ingest(made.flatMap(({ events }) => events));
    open = [];
    let at = 0;
    for (const { admission, events } of made) {
      const { id } = admission.receiver.instance;
      const own = outcomes.slice(at, at + events.length);
      at += events.length;
      const isRefused = own.some(({ outcome }) => outcome === 'refused');
      // Of several changes, some may have been stored by a request at the same time, and not all.
      const isPartial = own.some(
        ({ outcome }, index) => outcome === 'repeated' && (events[index]!.keys?.length ?? 0) > 1,
      );
      if (!isRefused && !isPartial) done.push(admission);
      else if (nth === TRIES)
        throw new Fault('unavailable', 'The instance is being changed.', { retryAfterS: 1 });
      else {
        receivers.forget(id);
        // What was refused was so as a whole; beside a partial repeat, everything that is none is stored by now.
        const rest = isRefused ? admission.changes : admission.changes.filter(isSuspect);
        const again = await admit(deps, inbound, id, rest, 'fresh');
        if (again.outcome === 'admitted') open.push(again);
        else done.push(again);
      }
    }
  }
  return done;
}

/** Leaves out what is known to be stored already; a single one is compared as it is stored. */
async function withoutRepeats(
  { ingest }: ReceiveDeps,
  { receiver, changes }: Extract<Admission, { outcome: 'admitted' }>,
): Promise<InboundChange[]> {
  const suspects = changes.filter(isSuspect);
  if (suspects.length < 2) return changes;
  const keys = suspects.map(({ repeat }) => repeat!.key);
  const known = await ingest.knownKeys(receiver.instance.id, keys);
  const seen = new Set<string>();
  return changes.filter(({ repeat }) => {
    if (repeat?.isSuspect !== true) return true;
    if (known.has(repeat.key) || seen.has(repeat.key)) return false;
    seen.add(repeat.key);
    return true;
  });
}

function isSuspect({ repeat }: InboundChange): boolean {
  return repeat?.isSuspect === true;
}

function refusalOf({ connector, instanceIds }: Inbound, admissions: readonly Admission[]): Fault {
  if (admissions.some(({ outcome }) => outcome === 'unproven')) {
    return new Fault(
      'unauthorized',
      'The signature, the user name and password, or the token of this webhook is missing or wrong.',
    );
  }
  const closed = admissions.find((one) => one.outcome === 'closed');
  if (closed !== undefined) return new Fault('forbidden', closed.why);
  return new Fault(
    'not_found',
    instanceIds === null
      ? `No instance of ${connector.key} belongs to the account of this webhook.`
      : `There is no such instance of ${connector.key}.`,
  );
}
