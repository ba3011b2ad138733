import { dated, hintedRows, hintFacts } from '../follow-hints.ts';
import type { EpochMs } from '../../kernel/clock.ts';
import type { Confirmation } from '../pass-facts.ts';
import type { Held, Mistake, ModelCore } from './model-core.ts';
import type { ModelVendor } from './model-vendor.ts';

export interface ModelHint {
  object_id: string;
  is_deletion: boolean;
  received_at: EpochMs;
}

const HINTS_AT_ONCE = 4;
const CONTROLS = 3;

/** The hints of webhooks over memory: stored as they come, read by id, sent through the detector. */
export function createModelFollower(
  core: ModelCore,
  { now, vendor, mistake }: { now: () => EpochMs; vendor: ModelVendor; mistake: Mistake | null },
) {
  let open: ModelHint[] = [];

  /** As many do it: the webhook is the event. */
  const tellAtOnce = ({ object_id: id, is_deletion: isDeletion }: ModelHint): void => {
    const answer = core.ask([id]).get(id);
    const row = answer?.state === 'present' ? answer.row : undefined;
    if (row === undefined && !isDeletion) return;
    const type = isDeletion ? 'DELETED' : core.known.has(id) ? 'UPDATED' : 'CREATED';
    const gone = { id, objectId: id, deleted: true, fp: null, record: null };
    core.events.push({ type, date: now(), row: isDeletion ? gone : row! });
  };

  return {
    arrive: (told: Omit<ModelHint, 'received_at'>): void => {
      const hint = { ...told, received_at: now() };
      if (mistake === 'hint_as_event') tellAtOnce(hint);
      else open.push(hint);
    },
    isAtRest: () => open.length === 0,
    /** A worker takes over and reads what is hinted at, without writing it yet. */
    read: (): Held => {
      const hints = open.slice(0, HINTS_AT_ONCE);
      const answers = core.ask([...new Set(hints.map((hint) => hint.object_id))]);
      const { rows, confirmed, isDoubtful } = hintedRows(hints, answers, ({ id }) => !vendor.hidden.has(id));
      const others = [...core.known].filter(([id, { kind }]) => kind !== 'deleted' && !answers.has(id));
      const controls = isDoubtful
        ? core.ask(others.slice(0, CONTROLS).map(([id]) => id))
        : new Map<string, Confirmation>();
      const isDenied = controls.size > 0 && [...controls.values()].every(({ state }) => state === 'absent');
      if (isDenied) return core.hold(() => {});
      return core.hold(() => {
        const told = rows.map((row) => dated(row, hints, core.resource));
        core.record(told, hintFacts(core, now()), { confirmed });
        open = open.filter((hint) => !hints.includes(hint));
      });
    },
  };
}
