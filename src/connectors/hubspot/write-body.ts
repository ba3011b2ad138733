import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts';
import { textOf } from '../configuration-text.ts';
import type { Kind } from './kinds.ts';
import type { Properties } from './properties.ts';

/** What a record has at top level, in v3 and in the older generations: no properties. */
const NO_PROPERTIES: ReadonlySet<string> = new Set(
  `id properties propertiesWithHistory createdAt updatedAt archived archivedAt url associations vid companyId dealId
  canonical-vid merged-vids portal-id portalId is-contact isDeleted profile-url form-submissions identity-profiles
  merge-audits addedAt`.split(/\s+/),
);

/** Association types from a deal, as HubSpot numbers them ("Associations", read 2026-11). */
const DEAL_LINKS = { associatedVids: 3, associatedCompanyIds: 341 } as const;

/**
 * A client's body as HubSpot takes it: `{properties: {name: text}}`. Bodies of older generations are turned
 * (`properties` as a list of `{property | name, value}` or with `{value}` in each, a deal's `associatedVids`), a body
 * without `properties` is one itself. What HubSpot fills is left out, so that a record that was read can be sent back.
 */
export function toObjectBody(
  kind: Kind,
  body: JsonObject,
  known: Properties,
  purpose: 'create' | 'update',
): JsonObject {
  const readOnly = new Set(known.readOnly);
  const entries = entriesOf(body).filter(([name]) => !readOnly.has(name));
  const properties = Object.fromEntries(entries.map(([name, value]) => [name, valueOf(value)]));
  const associations = purpose === 'create' ? associationsOf(kind, body['associations']) : undefined;
  return { properties, ...(associations !== undefined && { associations }) };
}

function entriesOf(body: JsonObject): [name: string, value: Json][] {
  const { properties } = body;
  if (Array.isArray(properties)) {
    return properties.filter(isJsonObject).flatMap((one): [string, Json][] => {
      const name = textOf(one['property']) ?? textOf(one['name']);
      return name === undefined ? [] : [[name, one['value'] ?? null]];
    });
  }
  if (isJsonObject(properties)) return Object.entries(properties);
  return Object.entries(body).filter(([name]) => !NO_PROPERTIES.has(name));
}

/** Values are texts; an empty one clears the property. Several options of one are joined by semicolons. */
function valueOf(value: Json): string {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(valueOf).join(';');
  if (isJsonObject(value)) return 'value' in value ? valueOf(value['value'] ?? null) : JSON.stringify(value);
  return String(value);
}

function associationsOf(kind: Kind, given: Json | undefined): Json[] | undefined {
  if (Array.isArray(given)) return given;
  if (kind !== 'deals' || !isJsonObject(given)) return undefined;
  const links = Object.entries(DEAL_LINKS).flatMap(([name, associationTypeId]) => {
    const ids = given[name];
    return (Array.isArray(ids) ? ids : []).map((id) => ({
      to: { id: textOf(id) ?? '' },
      types: [{ associationCategory: 'HUBSPOT_DEFINED', associationTypeId }],
    }));
  });
  return links.length === 0 ? undefined : links;
}
