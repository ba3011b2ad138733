import Type from 'typebox';
import { ROLES } from '../accounts/caller.ts';

const Instant = Type.String({ format: 'date-time' });
const Nullable = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

export const SignIn = Type.Object({
  email: Type.String({ minLength: 1, maxLength: 320 }),
  password: Type.String({ minLength: 1, maxLength: 1024 }),
});

/** A vendor's stand-in on this machine, ready to be connected. */
export const SimulatorOffer = Type.Object({
  elementKey: Type.String(),
  name: Type.String(),
  configuration: Type.Record(Type.String(), Type.Unknown()),
});
export type SimulatorOffer = Type.Static<typeof SimulatorOffer>;

export const SessionView = Type.Object({
  user: Nullable(
    Type.Object({
      id: Type.Integer(),
      accountId: Type.Integer(),
      email: Type.String(),
      firstName: Type.String(),
      lastName: Type.String(),
      role: Type.Enum([...ROLES]),
    }),
  ),
  server: Type.Optional(
    Type.Object({
      version: Type.String(),
      publicUrl: Type.String(),
      retentionDays: Type.Integer(),
      queueRetentionDays: Type.Integer(),
      simulators: Type.Array(SimulatorOffer),
    }),
  ),
});
export type SessionView = Type.Static<typeof SessionView>;

export const OverviewView = Type.Object({
  waiting: Type.Integer({ description: 'Not tried yet.' }),
  retrying: Type.Integer({ description: 'Tried, and to be tried again.' }),
  queued: Type.Integer({ description: 'Kept until somebody asks for them.' }),
  oldestUndelivered: Nullable(Instant),
  delivered: Type.Integer({ description: 'Accepted by a callback within the last hour.' }),
  failed: Type.Integer({ description: 'Tries of the last hour that failed.' }),
  endpoints: Type.Array(
    Type.Object({
      subscriptionId: Type.Integer(),
      instanceId: Nullable(Type.Integer()),
      url: Type.String(),
      active: Type.Boolean(),
      reason: Nullable(Type.String()),
      waiting: Type.Integer(),
      tries: Type.Integer(),
      failures: Type.Integer(),
      p50Ms: Nullable(Type.Number()),
      p95Ms: Nullable(Type.Number()),
    }),
  ),
});
export type OverviewView = Type.Static<typeof OverviewView>;

export const FeedView = Type.Object({
  objectType: Type.String(),
  feed: Type.String(),
  cursor: Nullable(Instant),
  passStarted: Nullable(Instant),
  baselineDone: Type.Boolean(),
  idListComplete: Type.Boolean(),
  knownRecords: Type.Integer(),
  latenessBucketsS: Type.Array(Type.Number()),
  lateness: Type.Array(
    Type.Object({ day: Type.String(), maxMs: Type.Number(), counts: Type.Array(Type.Number()) }),
  ),
});
export type FeedView = Type.Static<typeof FeedView>;
