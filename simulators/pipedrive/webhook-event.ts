import type { EpochMs } from '../core/clock.ts';
import type { Random } from '../core/random.ts';
import type { Change } from '../core/store.ts';
import type { Kind } from './records.ts';
import type { ChangeContext } from './store.ts';

export const ACTIONS = {
  '1.0': ['added', 'updated', 'deleted', 'merged'],
  '2.0': ['create', 'change', 'delete'],
} as const;
export type Version = keyof typeof ACTIONS;

/** One change as webhooks tell it, before it takes a version's form. */
export interface WebhookEvent {
  entity: Kind | 'user';
  entityId: number;
  action: { '1.0': (typeof ACTIONS)['1.0'][number]; '2.0': (typeof ACTIONS)['2.0'][number] };
  change: Change<number, object>;
  context: ChangeContext;
  at: EpochMs;
  /** The same for every try and every subscription. */
  eventId: string;
  correlationId: string;
  /** Unique, even within one millisecond. */
  micros: number;
}

const PLAIN = {
  created: { '1.0': 'added', '2.0': 'create' },
  updated: { '1.0': 'updated', '2.0': 'change' },
  // A restored record is told as a change (not documented; it is no creation, its id is old).
  restored: { '1.0': 'updated', '2.0': 'change' },
  deleted: { '1.0': 'deleted', '2.0': 'delete' },
  erased: { '1.0': 'deleted', '2.0': 'delete' },
} as const;

/**
 * The event of a change. A merge tells of the loser's deletion and, in v1, of the winner's merging; the
 * deletion of a user comes as a change (vendor page, 2026-11).
 */
export function webhookEvent(
  entity: Kind | 'user',
  change: Change<number, object>,
  random: Random,
  sequence: number,
): WebhookEvent {
  const context = change.context as ChangeContext;
  const plain = PLAIN[entity === 'user' && change.kind === 'deleted' ? 'updated' : change.kind];
  const action = context.mergedFrom === undefined ? plain : ({ '1.0': 'merged', '2.0': 'change' } as const);
  return {
    entity,
    entityId: (change.after ?? change.before)?.id ?? 0,
    action,
    change,
    context,
    at: change.at,
    eventId: random.uuid(),
    correlationId: random.uuid(),
    micros: change.at * 1000 + (sequence % 1000),
  };
}
