import type { Listing } from '../define-connector.ts';
import { UnreadableAnswer } from '../failures.ts';
import { apiRoot } from './api-version.ts';
import { describedIn, recordFields } from './described.ts';
import { MAX_PAGE_SIZE, nextPageRequest, queryRequest, readQueryPage } from './query-page.ts';

/** Where a client's list stands. It goes into page tokens: fields nobody named are not written down. */
type ListPosition = {
  soql: string | null;
  fields: string[];
  order: string;
  all: boolean;
  pageSize: number;
  /** The vendor's address of the page; null for the first. */
  next: string | null;
};

/** The listing for clients of the hub API; pages are the vendor's, never OFFSET, which ends at 2,000. */
export function listingOf(object: string): Listing {
  return {
    maxPageSize: MAX_PAGE_SIZE,
    start: ({ pushed, fields, orderBy, pageSize, includeDeleted }) => {
      const by = orderBy === undefined ? '' : `${orderBy.field} ${orderBy.direction.toUpperCase()}`;
      return {
        soql: pushed as string | null,
        fields: [...fields],
        // With the id in it the order is one order, and the same for each page.
        order: by === '' || /^id /i.test(by) ? by || 'Id ASC' : `${by}, Id ASC`,
        all: includeDeleted,
        pageSize: Math.min(pageSize, MAX_PAGE_SIZE),
        next: null,
      } satisfies ListPosition;
    },
    request: (position, context) => {
      const { soql, fields, order, all, pageSize, next } = position as ListPosition;
      if (next !== null) return nextPageRequest(next, pageSize);
      const selected = fields.length === 0 ? recordFields(describedIn(context)) : withId(fields);
      const where = soql === null ? '' : ` WHERE ${soql}`;
      const query = `${['SELECT', selected.join(',')].join(' ')} FROM ${object}${where} ORDER BY ${order}`;
      return queryRequest({ root: apiRoot(context.configuration), soql: query, all, pageSize });
    },
    read: (response, position) => {
      const at = position as ListPosition;
      const { records, next, total } = readQueryPage(response);
      if (next !== null && next === at.next) {
        throw new UnreadableAnswer('Salesforce answered with the page it was asked for as the next');
      }
      return {
        records,
        next: next === null ? null : { ...at, soql: null, fields: [], next },
        ...(total !== null && { total }),
      };
    },
  };
}

/** `attributes` comes by itself; a field named twice is refused. */
function withId(fields: readonly string[]): string[] {
  const named = fields.filter((field) => field !== 'attributes');
  return [...new Map(['Id', ...named].map((field) => [field.toLowerCase(), field])).values()];
}
