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

export const TestEvent = Type.Object({
  url: Type.String({ minLength: 1, maxLength: 2000, description: 'The callback URL.' }),
  elementKey: Type.String({ maxLength: 100 }),
  instanceId: Type.Optional(Type.Integer({ description: 'Whose headers and signature key to use.' })),
  signatureKey: Type.Optional(Type.String({ maxLength: 1000, description: 'In place of the stored one.' })),
});

export const TestEventView = Type.Object({
  eventId: Type.String(),
  outcome: Type.Enum(['delivered', 'refused', 'gone', 'unreachable']),
  status: Nullable(Type.Integer()),
  latencyMs: Type.Integer(),
  response: Type.String(),
});
export type TestEventView = Type.Static<typeof TestEventView>;

export const ActivityView = Type.Object({
  instanceId: Type.Integer(),
  lastEvent: Nullable(Instant),
  lastPoll: Nullable(Instant),
  heldDeletions: Type.Integer({ description: 'Deletions that wait for a person.' }),
});
export type ActivityView = Type.Static<typeof ActivityView>;

export const SecretsView = Type.Object({ userSecret: Type.String(), organizationSecret: Type.String() });
export type SecretsView = Type.Static<typeof SecretsView>;

export const WhichSecret = Type.Object({ which: Type.Enum(['user', 'organization']) });
