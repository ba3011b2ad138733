import { readField } from './fields.ts';
import type { Field } from './fields.ts';

/** One sObject type. */
export interface ObjectType {
  name: string;
  label: string;
  labelPlural: string;
  keyPrefix: string;
  custom: boolean;
  createable: boolean;
  updateable: boolean;
  deletable: boolean;
  /** Has the `updated` and `deleted` resources. */
  replicateable: boolean;
  triggerable: boolean;
  fields: Field[];
}

const STAMPS = `
  CreatedDate datetime readonly
  CreatedById reference ref=User/CreatedBy readonly
  LastModifiedDate datetime readonly
  LastModifiedById reference ref=User/LastModifiedBy readonly
  SystemModstamp datetime readonly`;
const VIEWED = `
  LastActivityDate date readonly
  LastViewedDate datetime readonly
  LastReferencedDate datetime readonly`;
const OWNER = 'OwnerId reference ref=User/Owner defaulted';

const addressFields = (prefix: string): string => `
  ${prefix}Street textarea(255)
  ${prefix}City string(40)
  ${prefix}State string(80)
  ${prefix}PostalCode string(20)
  ${prefix}Country string(80)
  ${prefix}Latitude double
  ${prefix}Longitude double
  ${prefix}Address address`;

interface Declaration {
  keyPrefix: string;
  plural: string;
  fields: string;
  without?: Array<'writes' | 'replication'>;
}

/** Fields as a plain Developer Edition org has them, the rarer ones left out (Object Reference, read 2026-11). */
const DECLARATIONS: Record<string, Declaration> = {
  Account: {
    keyPrefix: '001',
    plural: 'Accounts',
    fields: `MasterRecordId reference ref=Account/MasterRecord readonly
      Name string(255) required
      Type picklist(255)
      ParentId reference ref=Account/Parent
      ${addressFields('Billing')} ${addressFields('Shipping')}
      Phone phone(40)
      Website url(255)
      Industry picklist(255)
      AnnualRevenue currency
      NumberOfEmployees int
      Description textarea(32000)
      Rating picklist(255)
      AccountSource picklist(255)
      External_Id__c string(40) external
      Score__c double
      Regions__c multipicklist(4099)
      ${OWNER}${STAMPS}${VIEWED}`,
  },
  Contact: {
    keyPrefix: '003',
    plural: 'Contacts',
    fields: `MasterRecordId reference ref=Contact/MasterRecord readonly
      AccountId reference ref=Account/Account
      LastName string(80) required
      FirstName string(40)
      Name string(121) readonly
      ${addressFields('Mailing')}
      Phone phone(40)
      MobilePhone phone(40)
      Email email(80)
      Title string(128)
      Department string(80)
      LeadSource picklist(255)
      Birthdate date
      Description textarea(32000)
      HasOptedOutOfEmail boolean
      ${OWNER}${STAMPS}${VIEWED}`,
  },
  Lead: {
    keyPrefix: '00Q',
    plural: 'Leads',
    fields: `MasterRecordId reference ref=Lead/MasterRecord readonly
      LastName string(80) required
      FirstName string(40)
      Name string(121) readonly
      Title string(128)
      Company string(255) required
      Street textarea(255)
      City string(40)
      PostalCode string(20)
      Country string(80)
      Phone phone(40)
      Email email(80)
      LeadSource picklist(255)
      Status picklist(255) defaulted
      Rating picklist(255)
      IsConverted boolean readonly
      ConvertedDate date readonly
      ConvertedAccountId reference ref=Account/ConvertedAccount readonly
      ${OWNER}${STAMPS}${VIEWED}`,
  },
  Opportunity: {
    keyPrefix: '006',
    plural: 'Opportunities',
    fields: `AccountId reference ref=Account/Account
      Name string(120) required
      Description textarea(32000)
      StageName picklist(255) required
      Amount currency
      Probability percent defaulted
      CloseDate date required
      Type picklist(255)
      NextStep string(255)
      LeadSource picklist(255)
      IsClosed boolean readonly
      IsWon boolean readonly
      ${OWNER}${STAMPS}${VIEWED}`,
  },
  Case: {
    keyPrefix: '500',
    plural: 'Cases',
    fields: `CaseNumber string(30) readonly
      AccountId reference ref=Account/Account
      ContactId reference ref=Contact/Contact
      Subject string(255)
      Status picklist(255) defaulted
      Description textarea(32000)
      ${OWNER}${STAMPS}${VIEWED}`,
  },
  User: {
    keyPrefix: '005',
    plural: 'Users',
    fields: `Username string(80) required
      LastName string(80) required
      FirstName string(40)
      Name string(121) readonly
      Email email(128) required
      IsActive boolean
      TimeZoneSidKey picklist(40) defaulted${STAMPS}`,
    without: ['writes'],
  },
  Organization: {
    keyPrefix: '00D',
    plural: 'Organizations',
    fields: `Name string(80) required
      IsSandbox boolean readonly
      OrganizationType picklist(40) readonly
      InstanceName string(5) readonly
      TrialExpirationDate datetime readonly${STAMPS}`,
    without: ['writes', 'replication'],
  },
  Attachment: {
    keyPrefix: '00P',
    plural: 'Attachments',
    fields: `ParentId reference ref=Account/Parent required
      Name string(255) required
      ContentType string(120)
      Body base64 required
      ${OWNER}${STAMPS}`,
  },
  // Rows of history know when they were made and nothing else.
  AccountHistory: {
    keyPrefix: '017',
    plural: 'Account History',
    fields: `AccountId reference ref=Account/Account
      CreatedById reference ref=User/CreatedBy readonly
      CreatedDate datetime readonly
      Field picklist(255)
      OldValue string(255)
      NewValue string(255)`,
    without: ['writes', 'replication'],
  },
  Invoice__c: {
    keyPrefix: 'a00',
    plural: 'Invoices',
    fields: `Name string(80) defaulted
      Account__c reference ref=Account/Account__r
      Amount__c currency
      Due__c date
      Sent_At__c datetime
      Paid__c boolean
      Place__c location
      Place__Latitude__s double
      Place__Longitude__s double
      ${OWNER}${STAMPS}`,
  },
};

/** What the Tooling API has beside: the parts of an org's code that a trigger needs (vendor page, 2026-11). */
const TOOLING: Record<string, Declaration> = {
  RemoteProxy: {
    keyPrefix: '0rp',
    plural: 'Remote Proxies',
    fields: `SiteName string(80) required
      EndpointUrl url(255) required
      IsActive boolean
      Description string(255)${STAMPS}`,
  },
  ApexClass: {
    keyPrefix: '01p',
    plural: 'Apex Classes',
    fields: `Name string(255) required
      Body textarea(1000000) required
      ApiVersion double
      Status picklist(40)${STAMPS}`,
  },
  ApexTrigger: {
    keyPrefix: '01q',
    plural: 'Apex Triggers',
    fields: `Name string(255) required
      TableEnumOrId picklist(40) required
      Body textarea(1000000) required
      ApiVersion double
      Status picklist(40)${STAMPS}`,
  },
};

/** The object types of a fresh org. */
export const createObjectTypes = (): ObjectType[] => read(DECLARATIONS);

/** The object types of the Tooling API. */
export const createToolingTypes = (): ObjectType[] => read(TOOLING);

function read(declarations: Record<string, Declaration>): ObjectType[] {
  return Object.entries(declarations).map(([name, declaration]) => {
    const { keyPrefix, plural, fields, without = [] } = declaration;
    const isWritable = !without.includes('writes');
    const lines = ['Id id readonly', 'IsDeleted boolean readonly', ...fields.trim().split(/\n/)];
    return {
      name,
      label: name.replace(/__c$/, ''),
      labelPlural: plural,
      keyPrefix,
      custom: name.endsWith('__c'),
      createable: isWritable,
      updateable: isWritable,
      deletable: isWritable,
      replicateable: !without.includes('replication'),
      triggerable: isWritable,
      fields: lines
        .map((line) => line.trim())
        .filter(Boolean)
        .map(readField),
    };
  });
}

/** A field of a type by its name in any case. */
export function findField(type: ObjectType, name: string): Field | undefined {
  const wanted = name.toLowerCase();
  return type.fields.find((field) => field.name.toLowerCase() === wanted);
}
