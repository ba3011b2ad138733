import Type from 'typebox';
import { ROLES } from './caller.ts';

const Id = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });
const Name = Type.String({ minLength: 1, maxLength: 255 });
const Email = Type.String({
  maxLength: 320,
  pattern: '^[^\\s@]+@[^\\s@]+$',
  description: 'An email address.',
});
const RoleName = Type.Enum([...ROLES], {
  description:
    'organization manages every account, account administers its own, member works with its instances.',
});

export const Account = Type.Object({
  id: Id,
  name: Type.String(),
  description: Type.String(),
  externalId: Type.Optional(Type.String()),
  active: Type.Boolean(),
  companyId: Type.Integer({ description: 'The organization.' }),
  createdDate: Type.String({ format: 'date-time' }),
  defaultAccount: Type.Boolean(),
  type: Type.Enum(['Default', 'CompanyAccount']),
});
export type Account = Type.Static<typeof Account>;

const accountFields = {
  description: Type.Optional(Type.String({ maxLength: 2000 })),
  externalId: Type.Optional(Type.String({ maxLength: 255 })),
};

export const NewAccount = Type.Object({ name: Name, ...accountFields });

export const AccountChange = Type.Object({
  name: Type.Optional(Name),
  active: Type.Optional(Type.Boolean()),
  ...accountFields,
});

export const User = Type.Object({
  id: Id,
  accountId: Id,
  email: Type.String(),
  emailAddress: Type.String(),
  firstName: Type.String(),
  lastName: Type.String(),
  fullName: Type.String(),
  role: RoleName,
  roles: Type.Array(Type.Object({ key: Type.String() })),
  active: Type.Boolean(),
  createdDate: Type.String({ format: 'date-time' }),
  secret: Type.Optional(Type.String({ description: 'Shown once, when the user is created.' })),
});
export type User = Type.Static<typeof User>;

const userFields = {
  email: Type.Optional(Email),
  emailAddress: Type.Optional(Email),
  firstName: Type.Optional(Type.String({ maxLength: 255 })),
  lastName: Type.Optional(Type.String({ maxLength: 255 })),
  password: Type.Optional(Type.String({ minLength: 8, maxLength: 256 })),
  role: Type.Optional(RoleName),
  roles: Type.Optional(
    Type.Array(Type.Object({ key: Type.String({ maxLength: 50 }) }), {
      maxItems: 10,
      description: 'As the old product names them: org-admin, admin, org.',
    }),
  ),
};

export const NewUser = Type.Object(userFields);
export const UserChange = Type.Object({ ...userFields, active: Type.Optional(Type.Boolean()) });
export type UserBody = Type.Static<typeof UserChange>;

export const Settings = Type.Object({
  'notification.webhook.failure.policy': Type.Enum(['retry', 'queue']),
});
export type Settings = Type.Static<typeof Settings>;

export const AccountParams = Type.Object({ id: Id });
export const UserParams = Type.Object({
  id: Id,
  userId: Type.String({ maxLength: 320, description: 'The id or the email address.' }),
});
export const RemovalQuery = Type.Object({
  permanent: Type.Optional(
    Type.Boolean({ description: 'Together with "active": false also removes the instances.' }),
  ),
});

export const Credentials = Type.Object({
  username: Type.String({ minLength: 1, maxLength: 320, description: 'The email address.' }),
  password: Type.String({ minLength: 1, maxLength: 1024 }),
});
export const Token = Type.Object({ token: Type.String() });
export const Secrets = Type.Object({ userSecret: Type.String(), organizationSecret: Type.String() });
export const Organization = Type.Object({ id: Id, name: Type.String(), secret: Type.String() });
