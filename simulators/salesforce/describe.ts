import type { Field } from './fields.ts';
import type { ObjectType } from './object-types.ts';

type Json = Record<string, unknown>;

/** A type in the global list (recorded shape, vendor page 2026-11; keys of rarer use are left out). */
export function describeBriefly(type: ObjectType, version: string): Json {
  const url = `/services/data/${version}/sobjects/${type.name}`;
  const { name, label, labelPlural, keyPrefix, custom, createable, updateable, deletable } = type;
  return {
    activateable: false,
    createable,
    custom,
    customSetting: false,
    deletable,
    deprecatedAndHidden: false,
    feedEnabled: false,
    keyPrefix,
    label,
    labelPlural,
    layoutable: createable,
    mergeable: ['Account', 'Contact', 'Lead'].includes(name),
    mruEnabled: true,
    name,
    queryable: true,
    replicateable: type.replicateable,
    retrieveable: true,
    searchable: true,
    triggerable: type.triggerable,
    undeletable: deletable,
    updateable,
    urls: { sobject: url, describe: `${url}/describe`, rowTemplate: `${url}/{ID}` },
  };
}

/** The whole description of a type. */
export function describeType(type: ObjectType, version: string): Json {
  return {
    ...describeBriefly(type, version),
    actionOverrides: [],
    childRelationships: [],
    fields: type.fields.map(describeField),
    recordTypeInfos: [],
    supportedScopes: [{ label: 'All', name: 'everything' }],
  };
}

function describeField(field: Field): Json {
  const isText = ['string', 'textarea', 'picklist', 'email', 'phone', 'url', 'id', 'reference'].includes(
    field.type,
  );
  return {
    aggregatable: field.sortable,
    autoNumber: false,
    byteLength: field.length * 3,
    calculated: false,
    cascadeDelete: false,
    caseSensitive: false,
    compoundFieldName: null,
    createable: field.createable,
    custom: field.custom,
    defaultValue: field.type === 'boolean' ? false : null,
    defaultedOnCreate: field.defaultedOnCreate,
    deprecatedAndHidden: false,
    externalId: field.externalId,
    filterable: field.filterable,
    groupable: field.sortable,
    idLookup: field.type === 'id' || field.externalId,
    label: field.label,
    length: field.type === 'id' || field.type === 'reference' ? 18 : field.length,
    name: field.name,
    nameField: field.name === 'Name',
    nillable: field.nillable,
    permissionable: field.createable && field.nillable,
    picklistValues: [],
    polymorphicForeignKey: false,
    queryByDistance: field.type === 'location',
    referenceTo: field.referenceTo,
    relationshipName: field.relationshipName,
    restrictedPicklist: false,
    soapType: isText ? 'xsd:string' : `xsd:${field.type === 'datetime' ? 'dateTime' : field.type}`,
    sortable: field.sortable,
    type: field.type,
    unique: field.externalId,
    updateable: field.updateable,
  };
}
