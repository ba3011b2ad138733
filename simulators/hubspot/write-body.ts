import type { SimulatorReply } from '../core/route.ts';
import { failure, invalid } from './errors.ts';
import { kindOf, SINGULARS } from './records.ts';
import type { Kind } from './records.ts';
import type { ObjectStore } from './store.ts';

/** A checked body of a write. */
export interface WriteBody {
  properties: Record<string, string>;
  associations: Array<{ to: Kind; toId: number }>;
}

// Association type id → what it leads to (vendor page, section 4; others of the vendor's table are not known here).
const LEADS_TO: Record<number, Kind> = {
  1: 'companies',
  279: 'companies',
  3: 'contacts',
  4: 'deals',
  5: 'companies',
  341: 'companies',
};

/** The body of a create or update in v3 and the dated API, or the refusal. */
export function readWrite(store: ObjectStore, body: unknown): WriteBody | { refusal: SimulatorReply } {
  const given = (body ?? {}) as Record<string, unknown>;
  const properties = given['properties'];
  if (typeof properties !== 'object' || properties === null || Array.isArray(properties)) {
    return { refusal: invalid('Invalid input JSON on line 1, column 1: Cannot deserialize `properties`') };
  }
  const unknown = Object.keys(given).find(
    (key) => !['properties', 'associations', 'id', 'objectWriteTraceId'].includes(key),
  );
  if (unknown !== undefined) {
    return { refusal: invalid(`Invalid input JSON: Unrecognized field "${unknown}"`) };
  }
  const texts = Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [name, value === null ? '' : textOf(value)]),
  );
  const refusal = checkProperties(store, texts);
  return refusal ? { refusal } : { properties: texts, associations: associationsOf(given['associations']) };
}

/** As the vendor keeps values: `true` and 5 as their texts. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** Unknown, read-only and unfitting values are refused, all at once. */
export function checkProperties(
  store: ObjectStore,
  properties: Record<string, string>,
): SimulatorReply | undefined {
  const problems = Object.entries(properties).flatMap(([name, value]) => {
    const definition = store.properties.get(name);
    const wrong = (error: string, message: string) => [
      { isValid: false, message, error, name, localizedErrorMessage: message },
    ];
    if (!definition) return wrong('PROPERTY_DOESNT_EXIST', `Property "${name}" does not exist`);
    if (definition.readOnly) {
      return wrong('READ_ONLY_VALUE', `"${name}" is a read only property; its value cannot be set.`);
    }
    if (value !== '' && definition.type === 'number' && !Number.isFinite(Number(value))) {
      return wrong('INVALID_DOUBLE', `${value} was not a valid number.`);
    }
    if (value !== '' && definition.options.length > 0 && !definition.options.includes(value)) {
      return wrong(
        'INVALID_OPTION',
        `${value} was not one of the allowed options: [${definition.options.join(', ')}]`,
      );
    }
    if (name === 'email' && value !== '' && !/^\S+@\S+\.\S+$/.test(value)) {
      return wrong('INVALID_EMAIL', `Email address ${value} is invalid`);
    }
    return [];
  });
  return problems.length === 0
    ? undefined
    : invalid(`Property values were not valid: ${JSON.stringify(problems)}`, {
        errors: problems.map(({ message, error, name }) => ({
          message,
          code: error,
          context: { propertyName: [name] },
        })),
      });
}

/** Contacts are unique by e-mail address. */
export function conflictOf(
  store: ObjectStore,
  properties: Record<string, string>,
  ownId?: number,
): SimulatorReply | undefined {
  const email = properties['email']?.toLowerCase();
  if (store.kind !== 'contacts' || !email) return undefined;
  const [taken] = store.after(
    0,
    1,
    (one) =>
      one.deletedAt === null && one.id !== ownId && one.fields.properties['email']?.toLowerCase() === email,
  );
  return taken && failure(409, 'CONFLICT', `Contact already exists. Existing ID: ${taken.id}`);
}

/** What a create must have. */
export function lackOf(store: ObjectStore, properties: Record<string, string>): SimulatorReply | undefined {
  if (store.kind === 'deals' && !properties['dealname']) {
    return invalid('Error creating DEAL. Some required properties were not set.', {
      errors: [
        {
          message: 'Error creating DEAL. Some required properties were not set.',
          code: 'REQUIRED_PROPERTIES_MISSING',
          context: { properties: ['dealname'] },
        },
      ],
    });
  }
  const isEmpty = Object.values(properties).every((value) => value === '');
  return isEmpty && store.kind !== 'deals'
    ? invalid(`Error creating ${SINGULARS[store.kind].toUpperCase()}. No properties found to create.`)
    : undefined;
}

function associationsOf(given: unknown): WriteBody['associations'] {
  if (!Array.isArray(given)) return [];
  return (given as Array<Record<string, unknown>>).flatMap((one) => {
    const toId = Number((one['to'] as Record<string, unknown> | undefined)?.['id']);
    const types = Array.isArray(one['types']) ? (one['types'] as Array<Record<string, unknown>>) : [];
    const to = LEADS_TO[Number(types[0]?.['associationTypeId'])];
    return to && Number.isSafeInteger(toId) ? [{ to, toId }] : [];
  });
}

/** `associations=companies,deals` */
export function kindsIn(names: readonly string[]): Kind[] {
  return names.map(kindOf).filter((kind) => kind !== undefined);
}
