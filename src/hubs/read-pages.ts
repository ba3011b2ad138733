import { textOf } from '../connectors/configuration-text.ts';
import type { ConnectorContext, Listing } from '../connectors/define-connector.ts';
import type { VendorRequest, VendorResponse } from '../connectors/vendor-http.ts';
import { Fault } from '../kernel/errors.ts';
import { atPath, type Json } from '../kernel/json.ts';
import type { Bookmark } from './page-token.ts';

/**
 * Vendor pages read for one request of a client. A filter of ours that takes few records would otherwise read
 * whole accounts in one request; so the page comes back short, with a token to go on.
 */
export const MAX_VENDOR_PAGES = 10;

export interface PagesRead {
  records: Json[];
  /** Null: the list ends here. */
  next: Bookmark | null;
  /** Records the vendor counts for the whole list, when it does. */
  total?: number;
}

export interface PagesOptions {
  ask(request: VendorRequest): Promise<VendorResponse>;
  listing: Listing;
  context: ConnectorContext;
  idField: string;
  /** The filter that is ours. */
  matches(record: Json): boolean;
  /** Where to begin, how many matching records to leave out first, how many to return. */
  from: Bookmark;
  skip: number;
  take: number;
}

/**
 * Fills a client's page from vendor pages.
 * @throws Fault `bad_request` when the records to skip cannot be read within the bound.
 */
export async function readPages(options: PagesOptions): Promise<PagesRead> {
  const { listing, context } = options;
  const records: Json[] = [];
  let bookmark = options.from;
  let { skip } = options;
  let total: number | undefined;
  for (let read = 0; read < MAX_VENDOR_PAGES; read += 1) {
    const { position } = bookmark;
    const page = listing.read(await options.ask(listing.request(position, context)), position, context);
    total ??= page.total;
    for (let at = resumeAt(page.records, bookmark, options.idField); at < page.records.length; at += 1) {
      const record = page.records[at]!;
      if (!options.matches(record)) continue;
      if (skip > 0) {
        skip -= 1;
        continue;
      }
      records.push(record);
      if (records.length < options.take) continue;
      const done = { count: at + 1, lastId: idOf(record, options.idField) };
      const isLast = at + 1 === page.records.length;
      return withTotal(records, isLast ? page.next && { position: page.next } : { position, done }, total);
    }
    if (page.next === null) return withTotal(records, null, total);
    bookmark = { position: page.next };
  }
  if (skip > 0) {
    throw new Fault('bad_request', 'page is too far down this list: go there with nextPage.');
  }
  return withTotal(records, bookmark, total);
}

/** After the record that was last returned; where it is gone, after as many as had been dealt with. */
function resumeAt(records: readonly Json[], { done }: Bookmark, idField: string): number {
  if (done === undefined) return 0;
  const last = records.findIndex((record) => idOf(record, idField) === done.lastId);
  return last < 0 ? done.count : last + 1;
}

function idOf(record: Json, idField: string): string {
  return textOf(atPath(record, idField)) ?? '';
}

function withTotal(records: Json[], next: Bookmark | null, total: number | undefined): PagesRead {
  return { records, next, ...(total !== undefined && { total }) };
}
