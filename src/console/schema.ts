import Type from 'typebox';
import { ROLES } from '../accounts/caller.ts';
import { EVENT_STATUSES } from '../events/schema.ts';
import { InstanceView } from '../instances/schema.ts';

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

const Callback = {
  subscriptionId: Type.Integer(),
  instanceId: Nullable(Type.Integer()),
  url: Type.String(),
};

export const OverviewView = Type.Object({
  waiting: Type.Integer({ description: 'Not tried yet.' }),
  retrying: Type.Integer({ description: 'Tried, and to be tried again.' }),
  queued: Type.Integer({ description: 'Kept until somebody asks for them.' }),
  isMore: Type.Boolean({ description: 'There is more than was counted.' }),
  oldestUndelivered: Nullable(Instant),
  windowSeconds: Type.Integer({ description: 'What follows is of this long: less where much is sent.' }),
  delivered: Type.Integer({ description: 'Tries that a callback accepted.' }),
  failed: Type.Integer({ description: 'Tries that failed.' }),
  slowest: Type.Array(
    Type.Object({
      ...Callback,
      tries: Type.Integer(),
      failures: Type.Integer(),
      p95Ms: Type.Number({ description: 'Of a hundred tries 95 were answered within it.' }),
    }),
  ),
  stopped: Type.Array(Type.Object({ ...Callback, reason: Nullable(Type.String()) }), {
    description: 'Deactivated callbacks, the last ones first.',
  }),
});
export type OverviewView = Type.Static<typeof OverviewView>;

/** A callback URL, how it does, and what waits for it. */
export const EndpointView = Type.Object({
  ...Callback,
  active: Type.Boolean(),
  reason: Nullable(Type.String()),
  waiting: Type.Integer(),
  isMore: Type.Boolean({ description: 'More waits than was counted.' }),
  tries: Type.Integer({ description: 'Within the last hour, the newest ones.' }),
  failures: Type.Integer(),
  p95Ms: Nullable(Type.Number()),
});
export type EndpointView = Type.Static<typeof EndpointView>;

export const EndpointQuery = Type.Object({
  show: Type.Optional(Type.Enum(['waiting', 'all'], { description: 'Default: all.' })),
  instanceId: Type.Optional(Type.Integer()),
  search: Type.Optional(
    Type.String({ maxLength: 255, description: 'In the address and the instance’s name.' }),
  ),
});

/** An instance with the little that lists show of it. */
export const InstanceRowView = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  elementKey: Type.String(),
  elementName: Type.String(),
  tags: Type.Array(Type.String()),
  disabled: Type.Boolean(),
  eventsEnabled: Type.Boolean(),
  eventType: Type.Enum(['polling', 'webhook', 'both']),
  signed: Type.Boolean({ description: 'Its webhooks must prove where they come from.' }),
  attention: InstanceView.properties.attention,
});
export type InstanceRowView = Type.Static<typeof InstanceRowView>;

export const InstanceRowQuery = Type.Object({
  after: Type.Optional(Type.Integer({ minimum: 0, description: 'The last id of the page before.' })),
});

/** A webhook as it came in. */
export const InboundView = Type.Object({
  eventId: Type.String(),
  date: Instant,
  status: Type.Enum([...EVENT_STATUSES]),
  isHint: Type.Boolean({ description: 'It told what to read and was no change by itself.' }),
  changes: Type.Array(
    Type.Object({ eventType: Type.String(), objectType: Type.String(), objectId: Type.String() }),
  ),
});
export type InboundView = Type.Static<typeof InboundView>;

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
});
export type ActivityView = Type.Static<typeof ActivityView>;

export const ActivityQuery = Type.Object({
  ids: Type.String({
    pattern: '^\\d{1,15}(?:,\\d{1,15}){0,99}$',
    description: 'Of a hundred instances at most.',
  }),
});

export const SecretsView = Type.Object({ userSecret: Type.String(), organizationSecret: Type.String() });
export type SecretsView = Type.Static<typeof SecretsView>;

export const WhichSecret = Type.Object({ which: Type.Enum(['user', 'organization']) });
