import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts';
import { UnreadableAnswer } from '../failures.ts';

/** What we keep of the description of an object; plain JSON, part of the shape of its records. */
export type Described = {
  /** As the vendor spells it. */
  name: string;
  /** Has the `updated` and `deleted` resources. */
  replicateable: boolean;
  /** `[name, type, flags]`, sorted by name; flags are letters of `f`ilterable, `s`ortable, `c`reateable, `u`pdateable. */
  fields: [name: string, type: string, flags: string][];
};

const FLAGS = { filterable: 'f', sortable: 's', createable: 'c', updateable: 'u' } as const;

/**
 * Reads `GET /sobjects/{object}/describe` (REST API Developer Guide, "sObject Describe", read 2026-11).
 * @throws UnreadableAnswer when it is none.
 */
export function readDescribe({ body }: { body: Json }): Described {
  const { name, fields, replicateable } = isJsonObject(body) ? body : {};
  if (typeof name !== 'string' || !Array.isArray(fields)) {
    throw new UnreadableAnswer('Salesforce described an object without its fields');
  }
  const read = fields.map(readField);
  if (!read.some(([field]) => field === 'Id')) {
    throw new UnreadableAnswer(`Salesforce described ${name} without an Id`);
  }
  return { name, replicateable: replicateable === true, fields: read.sort(byName) };
}

function readField(field: Json): [string, string, string] {
  const { name, type } = isJsonObject(field) ? field : {};
  if (!isJsonObject(field) || typeof name !== 'string' || typeof type !== 'string') {
    throw new UnreadableAnswer('Salesforce described a field without name and type');
  }
  const flags = Object.entries(FLAGS).filter(([flag]) => field[flag] === true);
  return [name, type, flags.map(([, letter]) => letter).join('')];
}

function byName([a]: [string, ...string[]], [b]: [string, ...string[]]): number {
  return a < b ? -1 : Number(a > b);
}

/** The description in a context; null before it is known. */
export function describedIn({ discovered }: { discovered: Json | null }): Described | null {
  return discovered as Described | null;
}

/** A field by its name in any case. */
export interface FieldFacts {
  name: string;
  type: string;
  filterable: boolean;
  sortable: boolean;
  createable: boolean;
  updateable: boolean;
}

export function findField(described: Described | null, name: string): FieldFacts | undefined {
  const wanted = name.toLowerCase();
  const found = described?.fields.find(([field]) => field.toLowerCase() === wanted);
  if (found === undefined) return undefined;
  const [field, type, flags] = found;
  return {
    name: field,
    type,
    filterable: flags.includes('f'),
    sortable: flags.includes('s'),
    createable: flags.includes('c'),
    updateable: flags.includes('u'),
  };
}

/** Compounds repeat their parts, files are no values of a list. */
const LEFT_OUT_TYPES: ReadonlySet<string> = new Set(['address', 'location', 'base64']);

/** When *this* user last looked: no change of the record. */
const LEFT_OUT: ReadonlySet<string> = new Set(['LastViewedDate', 'LastReferencedDate']);

/** What every object has that can be polled by its stamps; only until the description is known. */
const LEAST = ['Id', 'CreatedDate', 'IsDeleted', 'LastModifiedDate', 'SystemModstamp'];

/** The fields of a record, in every way it is read. */
export function recordFields(described: Described | null): string[] {
  if (described === null) return LEAST;
  return described.fields
    .filter(([name, type]) => !LEFT_OUT_TYPES.has(type) && !LEFT_OUT.has(name))
    .map(([name]) => name);
}

/**
 * The best change stamp an object has: SystemModstamp moves with every write and is indexed, LastModifiedDate with
 * users' edits only, CreatedDate never again (objects of history). Null: it has none.
 */
export function stampField(described: Described | null): string | null {
  const names = ['SystemModstamp', 'LastModifiedDate', 'CreatedDate'];
  if (described === null) return names[0]!;
  return (
    names.find((name) => {
      const field = findField(described, name);
      return field !== undefined && field.filterable && field.sortable;
    }) ?? null
  );
}

/**
 * A client's body without what only Salesforce writes (`attributes`, `Id`, stamps, formulas), so that a record that was
 * read can be sent back. Fields nobody knows pass, for Salesforce to refuse by name.
 */
export function writableBody(
  body: JsonObject,
  described: Described | null,
  purpose: 'createable' | 'updateable',
): JsonObject {
  const kept = Object.entries(body).filter(([name]) => {
    if (name === 'attributes' || name.toLowerCase() === 'id') return false;
    return findField(described, name)?.[purpose] ?? true;
  });
  return Object.fromEntries(kept);
}
