import Type, { type Static } from 'typebox';

export const PolledView = Type.Object({
  polled: Type.Array(
    Type.Object({
      objectType: Type.String(),
      records: Type.Integer({ description: 'Rows read, deletions included.' }),
      events: Type.Integer(),
      error: Type.Optional(Type.String()),
      reconcile: Type.Optional(
        Type.Object(
          {
            records: Type.Integer(),
            events: Type.Integer(),
            missing: Type.Integer({ description: 'Known records that the complete listing did not show.' }),
            held: Type.Integer({ description: 'Deletions put on hold.' }),
            isDone: Type.Boolean({ description: 'False: it goes on in the background.' }),
            error: Type.Optional(Type.String()),
          },
          { description: 'The sweep, when one was asked for.' },
        ),
      ),
    }),
  ),
});

export const PollerRecordView = Type.Object({
  id: Type.Integer(),
  instanceId: Type.Integer(),
  objectType: Type.String(),
  lastPollDate: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
  nextPollDate: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
  status: Type.Enum(['waiting', 'ok', 'failing', 'paused', 'stopped']),
  consecutiveFailures: Type.Integer(),
  lastError: Type.Optional(Type.String()),
  warnings: Type.Array(Type.String()),
  polls: Type.Array(
    Type.Object({
      date: Type.String({ format: 'date-time', description: 'When it began.' }),
      records: Type.Integer({ description: 'Rows read, deletions included.' }),
      events: Type.Integer(),
      durationMs: Type.Integer(),
      error: Type.Optional(Type.String({ description: 'Why it was not read to the end.' })),
    }),
    { description: 'The last 24 polls, the latest last; those that failed or were broken off too.' },
  ),
  reconcile: Type.Optional(
    Type.Object(
      {
        intervalMinutes: Type.Integer({
          description: 'As stretched to fit into its share of the allowance.',
        }),
        lastDate: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
        nextDate: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
        note: Type.Optional(Type.String()),
      },
      { description: 'Sweeps for deletions; absent where there are none.' },
    ),
  ),
});
export type PollerRecordView = Static<typeof PollerRecordView>;

export const PollBody = Type.Union([
  Type.Object({ reconcile: Type.Optional(Type.Boolean({ description: 'Sweep for deletions too.' })) }),
  Type.Null(),
]);

export const HeldDeletionView = Type.Object({
  objectType: Type.String(),
  objectId: Type.String(),
  heldDate: Type.String({ format: 'date-time' }),
  status: Type.Enum(['held', 'released']),
});
export type HeldDeletionView = Static<typeof HeldDeletionView>;

export const CountView = Type.Object({ count: Type.Integer() });

export const ResetBody = Type.Object({
  objectType: Type.String({
    minLength: 1,
    maxLength: 200,
    description: 'A resource, as the poller record names it.',
  }),
  from: Type.String({
    minLength: 1,
    maxLength: 100,
    description: 'An ISO-8601 date-time, UTC without a zone.',
  }),
  dryRun: Type.Optional(Type.Boolean({ description: 'Only says what would be read and given.' })),
});

export const ResetView = Type.Object({
  objectType: Type.String(),
  from: Type.String({ format: 'date-time' }),
  records: Type.Optional(Type.Integer({ description: 'Of a dry run: what would be read.' })),
  events: Type.Optional(Type.Integer({ description: 'Of a dry run: what would be given.' })),
  isComplete: Type.Optional(
    Type.Boolean({
      description: 'Of a dry run. False: it was cut after 20 pages or 30 seconds, there is more.',
    }),
  ),
});
export type ResetView = Static<typeof ResetView>;

export const BudgetView = Type.Object({
  name: Type.String({ description: 'As the vendor calls it: "daily tokens".' }),
  sharedBy: Type.Enum(['app', 'account', 'token'], { description: 'Who draws on it together.' }),
  counts: Type.Enum(['calls', 'units'], { description: 'Units: calls weighed by what they cost.' }),
  used: Type.Integer({ description: 'By polling within the present window, on all nodes.' }),
  allowance: Type.Integer({ description: 'What polling may use of it; the rest is left to other clients.' }),
  resetsDate: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], {
    description: 'When the window ends; null while nothing is used.',
  }),
  pausedUntil: Type.Optional(
    Type.String({ format: 'date-time', description: 'Present while it is used up: when polling goes on.' }),
  ),
});
export type BudgetView = Static<typeof BudgetView>;
