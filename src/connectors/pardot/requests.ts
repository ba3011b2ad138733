import { isJsonObject } from '../../kernel/json.ts';
import type { ConnectorContext } from '../define-connector.ts';
import type { VendorRequest } from '../vendor-http.ts';
import type { Version } from './dialect.ts';
import { FACTS, type Kind } from './kinds.ts';
import { fieldsParameter } from './names.ts';

type Query = NonNullable<VendorRequest['query']>;

/** A query of v3 or v4 (vendor facts of 2026-11, section 3). JSON must be asked for; dates sort descending by default. */
export function legacyQuery(kind: Kind, version: Version, query: Query): VendorRequest {
  return {
    method: 'GET',
    path: legacyPath(kind, version, 'query'),
    query: { format: 'json', output: FACTS[kind].output, ...query },
  };
}

/** `/api/{object}/version/{3|4}/do/{operation}`. */
export function legacyPath(kind: Kind, version: Version, operation: string): string {
  return `/api/${kind}/version/${version}/do/${operation}`;
}

export function v5Path(kind: Kind, id?: string): string {
  const path = `/api/v5/objects/${FACTS[kind].plural}`;
  return id === undefined ? path : `${path}/${encodeURIComponent(id)}`;
}

/** A query of v5 (section 4). */
export function v5Query(kind: Kind, context: ConnectorContext, query: Query): VendorRequest {
  return { method: 'GET', path: v5Path(kind), query: { fields: v5FieldsOf(kind, context), ...query } };
}

/** What to ask for: all that is known of, with the account's own fields. */
export function v5FieldsOf(kind: Kind, { discovered }: ConnectorContext): string {
  const custom = isJsonObject(discovered) ? discovered['customFields'] : undefined;
  return fieldsParameter(
    kind,
    Array.isArray(custom) ? custom.filter((name) => typeof name === 'string') : [],
  );
}

/** The recycle bin too, where the object has one. */
export function withDeleted(kind: Kind): Query {
  return FACTS[kind].hasBin ? { deleted: 'all' } : {};
}
