import Type, { type Static } from 'typebox';

export const PolledView = Type.Object({
  polled: Type.Array(
    Type.Object({
      objectType: Type.String(),
      records: Type.Integer({ description: 'Rows read, deletions included.' }),
      events: Type.Integer(),
      error: Type.Optional(Type.String()),
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
});
export type PollerRecordView = Static<typeof PollerRecordView>;
