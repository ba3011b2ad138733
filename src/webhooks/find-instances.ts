import { textOf } from '../connectors/configuration-text.ts';
import type { InboundChange } from '../connectors/webhooks.ts';
import type { Database } from '../database/pool.ts';
import type { Clock, EpochMs } from '../kernel/clock.ts';
import { atPath } from '../kernel/json.ts';
import { elementsOf, type Inbound } from './inbound.ts';
import { findByEntry, findByTenant, listFinders } from './queries.ts';

export interface Finder {
  /** Which changes of a body are whose, by instance. */
  find(inbound: Inbound, changes: readonly InboundChange[]): Promise<Map<number, InboundChange[]>>;
  /** Some instance was made or changed. */
  forget(): void;
}

/** How long an account's instances are remembered: one more request in a burst asks nothing. */
const REMEMBERED_MS = 5_000;
const MAX_REMEMBERED = 10_000;

/**
 * Finds the instances of a webhook that came to the URL of a whole app: by the vendor account each change is of, or by
 * the `event.notification.instance.finder` (`configKey|payload.path`) of instances that have one.
 */
export function createFinder({ db, clock }: { db: Database; clock: Clock }): Finder {
  const byAccount = createMemory<number[]>(clock);
  const findersOf = createMemory<string[]>(clock);

  const instancesIn = (elementKey: string, tenantId: string): Promise<number[]> =>
    byAccount.get(`${elementKey} ${tenantId}`, async () =>
      (await findByTenant(db, elementKey, [tenantId])).map(({ id }) => id),
    );

  const find: Finder['find'] = async (inbound, changes) => {
    const { key } = inbound.connector;
    const found = new Map<number, InboundChange[]>();
    const give = (id: number, change: InboundChange): void => {
      const present = found.get(id);
      if (present === undefined) found.set(id, [change]);
      else if (!present.includes(change)) present.push(change);
    };
    for (const tenantId of new Set(changes.flatMap((change) => change.tenantId ?? []))) {
      for (const id of await instancesIn(key, tenantId)) {
        for (const change of changes) if (change.tenantId === tenantId) give(id, change);
      }
    }
    const finders = await findersOf.get(key, () => listFinders(db, key));
    for (const finder of finders) {
      for (const { id, change } of await byFinder(db, inbound, changes, finder)) give(id, change);
    }
    return found;
  };
  return {
    find,
    forget: () => {
      byAccount.clear();
      findersOf.clear();
    },
  };
}

async function byFinder(
  db: Database,
  inbound: Inbound,
  changes: readonly InboundChange[],
  finder: string,
): Promise<{ id: number; change: InboundChange }[]> {
  const [configKey = '', path = ''] = finder.split('|').map((part) => part.trim());
  const elements = elementsOf(inbound);
  // The path may begin at the element or at the body.
  const valueOf = (change: InboundChange): string | undefined =>
    textOf(atPath(elements[change.element], path)) ?? textOf(atPath(inbound.body, path));
  const values = [...new Set(changes.flatMap((change) => valueOf(change) ?? []))];
  if (values.length === 0) return [];
  const rows = await findByEntry(db, { elementKey: inbound.connector.key, finder, configKey, values });
  return rows.flatMap(({ id, value }) =>
    changes.filter((change) => valueOf(change) === value).map((change) => ({ id, change })),
  );
}

interface Memory<T> {
  get(key: string, ask: () => Promise<T>): Promise<T>;
  clear(): void;
}

/** Answers remembered for a few seconds; nothing of a failed question, and no more than so many. */
function createMemory<T>(clock: Clock): Memory<T> {
  const known = new Map<string, { askedAt: EpochMs; answer: Promise<T> }>();
  return {
    get: (key, ask) => {
      const now = clock.now();
      const copy = known.get(key);
      if (copy !== undefined && now - copy.askedAt < REMEMBERED_MS) return copy.answer;
      const answer = ask();
      known.delete(key);
      known.set(key, { askedAt: now, answer });
      if (known.size > MAX_REMEMBERED) known.delete(known.keys().next().value!);
      answer.catch(() => {
        if (known.get(key)?.answer === answer) known.delete(key);
      });
      return answer;
    },
    clear: () => known.clear(),
  };
}
