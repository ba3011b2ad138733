import Type from 'typebox';

/** How an instance hears of changes by webhook. */
export const WebhookView = Type.Object({
  instanceId: Type.Integer(),
  supported: Type.Boolean({ description: 'false: the vendor has no webhooks.' }),
  url: Type.Optional(
    Type.String({ description: 'The address of this instance; a token is shown as ********.' }),
  ),
  appUrl: Type.Optional(
    Type.String({ description: 'One address for all accounts of the element: events find their instance.' }),
  ),
  signed: Type.Boolean({ description: 'false: whoever guesses the address can send events.' }),
  proofs: Type.Array(Type.Enum(['signature', 'basic', 'token']), {
    description: 'What every webhook must carry.',
  }),
  state: Type.Enum(['off', 'manual', 'set_up', 'failed'], {
    description:
      'off: webhooks are not used. manual: a person sets them up. set_up, failed: we did, or could not.',
  }),
  reason: Type.Optional(
    Type.String({ description: 'Why it failed, or what did not work at the last look.' }),
  ),
  subscriptions: Type.Array(Type.Object({ kind: Type.String(), id: Type.String(), name: Type.String() }), {
    description: 'What exists at the vendor.',
  }),
  manual: Type.Optional(
    Type.Object({
      steps: Type.Array(Type.String()),
      subscriptions: Type.Optional(
        Type.Array(Type.Object({ eventType: Type.String(), propertyName: Type.Optional(Type.String()) }), {
          description: 'The exact list to enter at the vendor.',
        }),
      ),
    }),
  ),
  package: Type.Optional(
    Type.Object(
      { path: Type.String({ description: 'Below the base path.' }), steps: Type.Array(Type.String()) },
      { description: 'What an administrator of the vendor account can deploy instead.' },
    ),
  ),
  checkedDate: Type.Optional(Type.String({ format: 'date-time' })),
  nextCheckDate: Type.Optional(Type.String({ format: 'date-time' })),
  lastReceivedDate: Type.Optional(Type.String({ format: 'date-time' })),
});
export type WebhookView = Type.Static<typeof WebhookView>;
