import Type from 'typebox';

export const ElementSummary = Type.Object({
  id: Type.Integer(),
  key: Type.String(),
  name: Type.String(),
  hub: Type.String(),
  description: Type.String(),
  active: Type.Boolean(),
  deleted: Type.Boolean(),
  typeOauth: Type.Boolean({ description: 'Signs in through a consent page.' }),
  trialAccount: Type.Boolean(),
  authentication: Type.Object({ type: Type.String() }),
});
export type ElementSummary = Type.Static<typeof ElementSummary>;

export const ElementEntryView = Type.Object({
  key: Type.String(),
  name: Type.String({ description: 'The label people see.' }),
  description: Type.String(),
  type: Type.String(),
  required: Type.Boolean({ description: 'With the default way of signing in.' }),
  requiredFor: Type.Array(Type.String(), { description: 'Values of authentication.type that require it.' }),
  secret: Type.Boolean(),
  options: Type.Optional(Type.Array(Type.String())),
  defaultValue: Type.Optional(Type.String()),
  displayOrder: Type.Integer(),
  hideFromConsole: Type.Boolean(),
  active: Type.Boolean(),
});
export type ElementEntryView = Type.Static<typeof ElementEntryView>;

export const ElementConfiguration = Type.Object({ configuration: Type.Array(ElementEntryView) });
export type ElementConfiguration = Type.Static<typeof ElementConfiguration>;

export const ElementDetail = Type.Object({
  ...ElementSummary.properties,
  configuration: Type.Array(ElementEntryView),
});
export type ElementDetail = Type.Static<typeof ElementDetail>;

export const ElementMetadata = Type.Object({
  id: Type.Integer(),
  key: Type.String(),
  name: Type.String(),
  description: Type.String(),
  hub: Type.String(),
  authentication: Type.Object({ type: Type.String(), types: Type.Array(Type.String()) }),
  resources: Type.Array(Type.Object({ name: Type.String(), vendorObject: Type.String() })),
  events: Type.Object({
    supported: Type.Boolean(),
    methods: Type.Array(Type.String()),
    defaultMethod: Type.String(),
    polling: Type.Unknown({ description: 'What is polled by default, as event.poller.configuration.' }),
  }),
});
export type ElementMetadata = Type.Static<typeof ElementMetadata>;

export const ConsentUrl = Type.Object({ element: Type.String(), oauthUrl: Type.String() });

export const ElementParams = Type.Object({ keyOrId: Type.String({ maxLength: 100 }) });

const Text = Type.Optional(Type.String({ maxLength: 1000 }));

export const ConsentQuery = Type.Object(
  { apiKey: Text, apiSecret: Text, callbackUrl: Text, scope: Text, siteAddress: Text, state: Text },
  { description: 'apiKey, apiSecret and callbackUrl are required; other configuration entries may follow.' },
);
