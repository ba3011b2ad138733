import type { Feed, FeedPage, Position } from '../../connectors/feed.ts';
import type { VendorResponse } from '../../connectors/vendor-http.ts';
import type { EpochMs } from '../../kernel/clock.ts';
import { holdReason } from '../missing.ts';
import { goneRow, sweepFacts } from '../sweep.ts';
import type { Held, Mistake, ModelCore } from './model-core.ts';

/** A sweep under way; `position` null: everything is listed. */
interface Sweep {
  position: Position | null;
  missing: number;
  known: number;
  confirmedTo: string;
}

/** Small, so that much can happen between two steps. */
const CONFIRM_AT_ONCE = 3;
const SAMPLE = 20;
const CONTROLS = 3;

export interface ModelSweeperOptions {
  now: () => EpochMs;
  answer: (feed: Feed, position: Position) => VendorResponse;
  mistake: Mistake | null;
}

/** The steps of sweeps over memory: list a page, confirm some of the missing, confirm what a person released. */
export function createModelSweeper(core: ModelCore, { now, answer, mistake }: ModelSweeperOptions) {
  /** Deletions on hold, with whether a person has released them. */
  const held = new Map<string, boolean>();
  let sweep: Sweep | null = null;

  const facts = (): ReturnType<typeof sweepFacts> => sweepFacts(core, now());
  const isCandidate = (id: string): boolean =>
    core.known.get(id)?.kind !== 'deleted' && !core.outside.has(id);
  const missingIds = (): string[] =>
    [...core.known.keys()]
      .filter((id) => isCandidate(id) && !core.listing!.ids.has(id) && !held.has(id))
      .toSorted();

  const bury = (gone: readonly string[], outside: readonly string[]): void => {
    const confirmed = new Map(gone.map((id) => [id, { state: 'gone' as const }]));
    core.record(gone.map(goneRow), { ...facts(), mode: 'changes' }, { confirmed });
    for (const id of outside) if (isCandidate(id)) core.outside.add(id);
  };

  const askOf = (ids: readonly string[]) => {
    const answers = core.ask(ids);
    const of = (state: string) => ids.filter((id) => answers.get(id)?.state === state);
    return { gone: of('gone'), absent: of('absent'), present: of('present') };
  };

  const begin = (): Sweep => {
    core.listing = { ids: new Set(), count: 0 };
    return {
      position: core.sweepFeed.start({ filter: null, fields: [] }),
      missing: 0,
      known: 0,
      confirmedTo: '',
    };
  };

  const end = (): void => {
    core.resource.id_list_complete = true;
    core.listing = null;
    sweep = null;
  };

  const readPage = (under: Sweep): Held => {
    const page = core.sweepFeed.read(answer(core.sweepFeed, under.position!), under.position!) as FeedPage;
    const rows = core.see(page.rows);
    return core.hold(() => {
      core.record(rows, facts());
      under.position = page.next;
      if (page.next !== null) return;
      const { ids, count } = core.listing!;
      if (ids.size !== count) {
        sweep = begin();
        return;
      }
      for (const id of ids) {
        core.outside.delete(id);
        held.delete(id);
      }
      if (!core.resource.id_list_complete) forgetUnlisted();
      under.missing = missingIds().length;
      under.known = [...core.known.keys()].filter(isCandidate).length;
    });
  };

  const forgetUnlisted = (): void => {
    for (const [id, { kind, changedAt }] of core.known) {
      const isOld = changedAt !== null && changedAt < core.resource.baseline_from;
      if (kind !== 'deleted' && isOld && !core.listing!.ids.has(id)) core.known.delete(id);
    }
  };

  const confirmMissing = (under: Sweep): Held => {
    const ids = missingIds()
      .filter((id) => id > under.confirmedTo)
      .slice(0, CONFIRM_AT_ONCE);
    if (ids.length === 0) return core.hold(end);
    if (mistake === 'unconfirmed_sweep') {
      return core.hold(() => {
        bury(ids, []);
        under.confirmedTo = ids.at(-1)!;
      });
    }
    const { gone, absent, present } = askOf(ids);
    const controls = [...core.listing!.ids].filter((id) => core.known.has(id) && isCandidate(id));
    const isBelieved = absent.length > 0 && askOf(controls.slice(0, CONTROLS)).present.length > 0;
    return core.hold(() => {
      bury([...gone, ...(isBelieved ? absent : [])], present);
      under.confirmedTo = ids.at(-1)!;
    });
  };

  const readMissing = (under: Sweep): Held => {
    const reason = under.confirmedTo === '' ? holdReason(under) : null;
    if (reason === null || mistake === 'unconfirmed_sweep') return confirmMissing(under);
    const { gone, present } = askOf(missingIds().slice(0, SAMPLE));
    if (reason === 'all' && gone.length > 0) return confirmMissing(under);
    return core.hold(() => {
      bury(gone, present);
      for (const id of missingIds()) held.set(id, false);
      end();
    });
  };

  const releasedIds = () => [...held].flatMap(([id, isReleased]) => (isReleased ? [id] : []));
  const readReleased = (ids: readonly string[]): Held => {
    const { gone, absent, present } = askOf(ids);
    return core.hold(() => {
      bury([...gone, ...absent], present);
      for (const id of ids) held.delete(id);
    });
  };

  return {
    hasReleased: () => releasedIds().length > 0,
    isAtRest: () => sweep === null && releasedIds().length === 0,
    /** A worker takes over and does the next part of the sweep, without writing it yet. */
    read: (): Held => {
      const released = releasedIds();
      if (released.length > 0) return readReleased(released.slice(0, CONFIRM_AT_ONCE));
      sweep ??= begin();
      return sweep.position === null ? readMissing(sweep) : readPage(sweep);
    },
    release: (): void => {
      for (const id of held.keys()) held.set(id, true);
    },
    discard: (): void => {
      for (const [id, isReleased] of held) {
        if (isReleased) continue;
        held.delete(id);
        if (isCandidate(id)) core.outside.add(id);
      }
    },
    /** A crash of the database empties the work table of sweeps. */
    loseListing: (): void => {
      core.listing?.ids.clear();
    },
  };
}
