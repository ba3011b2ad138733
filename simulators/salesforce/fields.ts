/** Field types of describe results that the simulator knows (recorded describe, vendor page 2026-11). */
export const FIELD_TYPES = [
  'id',
  'reference',
  'string',
  'textarea',
  'picklist',
  'multipicklist',
  'boolean',
  'int',
  'double',
  'currency',
  'percent',
  'date',
  'datetime',
  'email',
  'phone',
  'url',
  'address',
  'location',
  'base64',
] as const;
export type FieldType = (typeof FIELD_TYPES)[number];

export interface Field {
  name: string;
  label: string;
  type: FieldType;
  length: number;
  nillable: boolean;
  defaultedOnCreate: boolean;
  createable: boolean;
  updateable: boolean;
  filterable: boolean;
  sortable: boolean;
  custom: boolean;
  externalId: boolean;
  referenceTo: string[];
  relationshipName: string | null;
}

const LINE = /^(\w+)\s+(\w+)(?:\((\d+)\))?((?:\s+[\w=/]+)*)$/;

/**
 * Reads a field from a line such as `LastName string(80) required` or `OwnerId reference ref=User/Owner defaulted`.
 * Words: `required`, `defaulted` (may be left out although not null), `readonly`, `createonly`, `external`.
 */
export function readField(line: string): Field {
  const [, name, type, length, words = ''] = LINE.exec(line.trim()) ?? [];
  const known = FIELD_TYPES.find((one) => one === type);
  if (!name || !known) throw new Error(`no field: ${line}`);
  const flags = words.trim().split(/\s+/);
  const is = (flag: string): boolean => flags.includes(flag);
  const [target, relationshipName = null] =
    flags
      .find((flag) => flag.startsWith('ref='))
      ?.slice(4)
      .split('/') ?? [];
  const isCompound = known === 'address' || known === 'location';
  const isReadOnly = isCompound || is('readonly');
  const size = Number(length ?? 0);
  // Long texts and files cannot be compared or sorted.
  const isLong = known === 'base64' || (known === 'textarea' && size > 255);
  return {
    name,
    label: name.replace(/__c$/, '').replaceAll('_', ' '),
    type: known,
    length: size,
    nillable: !is('required') && !is('defaulted') && known !== 'id' && known !== 'boolean',
    defaultedOnCreate: is('defaulted') || known === 'id' || known === 'boolean' || is('readonly'),
    createable: !isReadOnly,
    updateable: !isReadOnly && !is('createonly'),
    filterable: !isLong,
    sortable: !isLong && !isCompound && known !== 'multipicklist',
    custom: name.endsWith('__c'),
    externalId: is('external'),
    referenceTo: target ? [target] : [],
    relationshipName,
  };
}
