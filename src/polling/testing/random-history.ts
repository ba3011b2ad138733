import fc from 'fast-check';

/** What happens, in the order in which it happens. */
export type Step =
  | { do: 'write'; id: number; lateS: number; stamp: 'now' | 'future' | 'past'; hints: number }
  | { do: 'delete'; id: number; lateS: number; hints: number }
  | { do: 'wait'; ms: number }
  | { do: 'page' }
  /** A worker reads and is slow to write; another may take over meanwhile. */
  | { do: 'stall'; over: 'page' | 'sweep' | 'hints' }
  | { do: 'wake' }
  | { do: 'crash' }
  /** The next parts of a sweep. */
  | { do: 'sweep'; parts: number }
  | { do: 'lose_listing' }
  /** What a person makes of deletions on hold. */
  | { do: 'person'; says: 'release' | 'discard' }
  | { do: 'rights'; of: 'hide' | 'show' | 'forbid' | 'permit'; id: number }
  | { do: 'blind' | 'see' }
  /** Twenty-five old records at once, never to come back. */
  | { do: 'erase_crowd' }
  /** The nth webhook on its way arrives; those that never do are lost. */
  | { do: 'arrive'; nth: number }
  | { do: 'follow' }
  /** A webhook of something that did not happen. */
  | { do: 'false_hint'; id: number; isDeletion: boolean };

/** How the vendor behaves, how it is read, and what happens. */
export interface History {
  kind: 'window' | 'scan';
  late: 'index' | 'commit';
  pageSize: number;
  /** Every so many answers one comes from a replica that lags. */
  staleEvery: number;
  /** What shows deletions. */
  deletions: 'feed' | 'sweep' | 'feed_and_sweep';
  /** Lists lag behind what is read by id. */
  isReadAhead: boolean;
  /** What is deleted is answered with 404 in place of 410. */
  isForgetful: boolean;
  /** Old records whose ids only a sweep learns. */
  crowd: number;
  before: Step[];
  after: Step[];
}

const id = fc.integer({ min: 1, max: 6 });
const lateS = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 60 }));
const stamp = fc.oneof(
  { weight: 12, arbitrary: fc.constant('now' as const) },
  fc.constantFrom('future' as const, 'past' as const),
);

type Weighted = { weight: number; arbitrary: fc.Arbitrary<Step> };
const weighted = (weight: number, arbitrary: fc.Arbitrary<Step>): Weighted => ({ weight, arbitrary });
const always = (...steps: Step[]): fc.Arbitrary<Step> => fc.constantFrom(...steps);

/** Webhooks sent of a change: some are repeated. */
const webhooks = (isHinted: boolean): fc.Arbitrary<number> =>
  isHinted ? fc.constantFrom(0, 1, 1, 1, 2) : fc.constant(0);

function changes(isHinted: boolean): Weighted[] {
  const hints = webhooks(isHinted);
  const ms = fc.oneof(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 0, max: 200_000 }));
  return [
    weighted(5, fc.record({ do: fc.constant('write' as const), id, lateS, stamp, hints })),
    weighted(isHinted ? 2 : 1, fc.record({ do: fc.constant('delete' as const), id, lateS, hints })),
    weighted(4, fc.record({ do: fc.constant('wait' as const), ms })),
  ];
}

const PAGES: Weighted[] = [
  weighted(5, always({ do: 'page' })),
  weighted(4, always({ do: 'stall', over: 'page' }, { do: 'wake' }, { do: 'wake' }, { do: 'crash' })),
];

const parts = fc.oneof(fc.integer({ min: 1, max: 3 }), fc.constant(40));
const SWEEPS: Weighted[] = [
  weighted(4, fc.record({ do: fc.constant('sweep' as const), parts })),
  weighted(1, always({ do: 'stall', over: 'sweep' }, { do: 'lose_listing' })),
];

const rights = fc.constantFrom('hide' as const, 'show' as const, 'forbid' as const, 'permit' as const);
const MOODS: Weighted[] = [
  weighted(1, always({ do: 'person', says: 'release' }, { do: 'person', says: 'discard' })),
  weighted(1, fc.record({ do: fc.constant('rights' as const), of: rights, id })),
  weighted(1, always({ do: 'blind' }, { do: 'see' }, { do: 'see' }, { do: 'erase_crowd' })),
];

const HINTS: Weighted[] = [
  weighted(4, fc.record({ do: fc.constant('arrive' as const), nth: fc.nat(9) })),
  weighted(3, always({ do: 'follow' })),
  weighted(
    1,
    fc.oneof(
      always({ do: 'stall', over: 'hints' }),
      fc.record({ do: fc.constant('false_hint' as const), id, isDeletion: fc.boolean() }),
    ),
  ),
];

function historyOf(deletions: History['deletions'], isHinted: boolean): fc.Arbitrary<History> {
  const isSweepAlone = deletions === 'sweep';
  const steps = fc.oneof(
    ...changes(isHinted),
    ...PAGES,
    ...(deletions === 'feed' ? [] : SWEEPS),
    ...(isSweepAlone ? MOODS : []),
    ...(isHinted ? HINTS : []),
  );
  return fc.record({
    kind: fc.constantFrom('window', 'window', 'scan'),
    late: fc.constantFrom('index', 'commit'),
    pageSize: fc.integer({ min: 1, max: 4 }),
    staleEvery: fc.constantFrom(0, 0, 3, 5),
    deletions: fc.constant(deletions),
    isReadAhead: isHinted ? fc.boolean() : fc.constant(false),
    isForgetful: deletions === 'feed' && !isHinted ? fc.constant(false) : fc.boolean(),
    crowd: isSweepAlone ? fc.constantFrom(0, 0, 0, 25) : fc.constant(0),
    before: fc.array(fc.oneof(...changes(false)), { maxLength: 8 }),
    after: fc.array(steps, { maxLength: 60 }),
  });
}

/** Histories of feeds alone, with sweeps beside them or in place of a deletion feed, each with webhooks and without. */
export const randomHistory: fc.Arbitrary<History> = fc.oneof(
  { weight: 3, arbitrary: historyOf('feed', false) },
  { weight: 2, arbitrary: historyOf('feed', true) },
  { weight: 3, arbitrary: historyOf('sweep', false) },
  { weight: 2, arbitrary: historyOf('sweep', true) },
  { weight: 1, arbitrary: historyOf('feed_and_sweep', true) },
);
