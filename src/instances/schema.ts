import Type from 'typebox';
import { ElementSummary } from '../elements/schema.ts';

const Id = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });

export const InstanceView = Type.Object({
  id: Id,
  name: Type.String(),
  createdDate: Type.String({ format: 'date-time' }),
  token: Type.String(),
  element: ElementSummary,
  elementId: Type.Integer(),
  tags: Type.Array(Type.String()),
  provisionInteractions: Type.Array(Type.Unknown()),
  valid: Type.Boolean(),
  disabled: Type.Boolean(),
  maxCacheSize: Type.Integer(),
  cacheTimeToLive: Type.Integer(),
  configuration: Type.Optional(
    Type.Record(Type.String(), Type.Unknown(), { description: 'Secrets are shown as ********.' }),
  ),
  eventsEnabled: Type.Boolean(),
  traceLoggingEnabled: Type.Boolean(),
  cachingEnabled: Type.Boolean(),
  externalAuthentication: Type.String(),
  user: Type.Object({
    id: Id,
    emailAddress: Type.String(),
    firstName: Type.String(),
    lastName: Type.String(),
  }),
  webhookUrl: Type.String({ description: 'Where the vendor sends its webhooks.' }),
  attention: Type.Optional(
    Type.Object(
      {
        kind: Type.Enum(['reauthorize', 'polling_disabled', 'webhook_setup', 'deletions_held']),
        reason: Type.String(),
        since: Type.String({ format: 'date-time' }),
      },
      { description: 'Why a person must act; absent when all is well.' },
    ),
  ),
});
export type InstanceView = Type.Static<typeof InstanceView>;

export const EntryView = Type.Object({
  id: Id,
  key: Type.String(),
  name: Type.String(),
  propertyValue: Type.String({ description: 'Always text; a secret is shown as ********.' }),
  description: Type.String(),
  type: Type.String(),
  required: Type.Boolean(),
  hideFromConsole: Type.Boolean(),
  active: Type.Boolean(),
});
export type EntryView = Type.Static<typeof EntryView>;

export const CountView = Type.Object({
  totalInstances: Type.Integer(),
  elementInstances: Type.Array(
    Type.Object({
      elementId: Type.Integer(),
      elementKey: Type.String(),
      elementName: Type.String(),
      count: Type.Integer(),
    }),
  ),
});
export type CountView = Type.Static<typeof CountView>;

/** Loose on purpose: what existing clients send has more in it, and what is unusable is named all at once. */
export const InstanceBody = Type.Object(
  {
    element: Type.Optional(Type.Unknown({ description: '{"key": "pipedrive"}' })),
    providerData: Type.Optional(
      Type.Unknown({ description: '{"code": …}: what the vendor gave after the consent page.' }),
    ),
    configuration: Type.Optional(Type.Unknown({ description: 'Entries by dotted key.' })),
    tags: Type.Optional(Type.Unknown({ description: 'A list of texts.' })),
    name: Type.Optional(Type.Unknown({ description: 'What people call it.' })),
    externalAuthentication: Type.Optional(Type.Unknown({ description: '"none" or "initial".' })),
  },
  { description: 'Unknown fields are ignored.' },
);

export const InstanceParams = Type.Object({ id: Id });
export const ElementParams = Type.Object({ keyOrId: Type.String({ maxLength: 100 }) });
export const ElementInstanceParams = Type.Object({ keyOrId: Type.String({ maxLength: 100 }), id: Id });
export const EntryParams = Type.Object({ id: Id, configId: Id });
export const OwnEntryParams = Type.Object({ configId: Id });
export const EntryBody = Type.Object({ propertyValue: Type.Optional(Type.Unknown()) });
