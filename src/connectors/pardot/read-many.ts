import type { ConnectorContext } from '../define-connector.ts';
import type { ReadMany, ReadState, Row } from '../feed.ts';
import type { VendorRequest } from '../vendor-http.ts';
import { dialectOf, versionOf, zoneOf } from './dialect.ts';
import { FACTS, ID_PATTERN, LEGACY_PAGE, V5_PAGE, type Kind } from './kinds.ts';
import { readRecords, rowOf } from './records.ts';
import { legacyQuery, v5Query, withDeleted } from './requests.ts';

/** Ids that share one request for the span they lie in. */
const SPAN_SIZE = 100;

interface Step {
  /** Asks for the whole span of up to `SPAN_SIZE` ids, else for each id alone. */
  isSpan: boolean;
  /** v3 and v4: whether the recycle bin is looked through, or what is not in it. */
  isBin: boolean;
}

/**
 * Records by id. Neither API takes a list of ids, but both take a span: what was made or deleted together lies close
 * together, so a page of the span often has all of it. What it does not show is asked for alone. v3 and v4 have two
 * lists of prospects, the recycle bin being the second (Pardot, vendor facts of 2026-11, sections 3 and 4).
 */
export function readManyOf(kind: Kind, context: ConnectorContext): ReadMany {
  const bins =
    dialectOf(context.configuration) === 'legacy' && FACTS[kind].hasLegacyBin ? [false, true] : [false];
  const steps = [true, false].flatMap((isSpan) => bins.map((isBin): Step => ({ isSpan, isBin })));
  const chain = steps.reduceRight<ReadMany | undefined>((otherwise, step) => {
    const many = stepOf(kind, context, step);
    return otherwise === undefined ? many : { ...many, otherwise };
  }, undefined);
  return chain!;
}

function stepOf(kind: Kind, context: ConnectorContext, { isSpan, isBin }: Step): ReadMany {
  const zone = zoneOf(context.configuration);
  const stateOf = (row: Row | undefined): ReadState => {
    if (row === undefined) return { state: 'absent' };
    return isBin || row.deleted === true ? { state: 'gone' } : { state: 'present', row };
  };
  return {
    batchSize: isSpan ? SPAN_SIZE : 1,
    request: (ids) => request(kind, context, ids, isBin),
    read: (response, ids) => {
      const rows = readRecords(kind, response).records.map((record) => rowOf(record, zone));
      const byId = new Map(rows.map((row) => [row.id, row]));
      return new Map(ids.map((id) => [id, stateOf(byId.get(id))]));
    },
  };
}

function request(
  kind: Kind,
  context: ConnectorContext,
  ids: readonly string[],
  isBin: boolean,
): VendorRequest {
  const numbers = ids.filter((id) => ID_PATTERN.test(id)).map(Number);
  // Nobody has the id 0.
  const [first, last] = numbers.length === 0 ? [0, 0] : [Math.min(...numbers), Math.max(...numbers)];
  if (dialectOf(context.configuration) === 'v5') {
    return v5Query(kind, context, {
      idGreaterThanOrEqualTo: first,
      idLessThanOrEqualTo: last,
      ...withDeleted(kind),
      orderBy: 'id ASC',
      limit: V5_PAGE,
    });
  }
  return legacyQuery(kind, versionOf(context), {
    ...legacySpan(first, last),
    ...(FACTS[kind].hasLegacyBin && { deleted: String(isBin) }),
    limit: LEGACY_PAGE,
  });
}

/** Bounds of v3 and v4 are exclusive. */
export function legacySpan(first: number, last: number): NonNullable<VendorRequest['query']> {
  return {
    id_greater_than: Math.max(0, first - 1),
    id_less_than: last + 1,
    sort_by: 'id',
    sort_order: 'ascending',
  };
}
