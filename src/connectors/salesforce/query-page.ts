import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts';
import { UnreadableAnswer } from '../failures.ts';
import type { VendorRequest, VendorResponse } from '../vendor-http.ts';

/** Rows of a page (REST API Developer Guide, "Query Options Header", read 2026-11): advisory, less when rows are wide. */
export const MAX_PAGE_SIZE = 2000;
const MIN_PAGE_SIZE = 200;

/**
 * URI and headers together may have 16,384 bytes (Salesforce limits quick reference, read 2026-11); our headers stay
 * far below 2,000.
 */
const MAX_URI_LENGTH = 14_000;

export interface Query {
  root: string;
  soql: string;
  /** With the recycle bin. */
  all: boolean;
  pageSize?: number | null;
}

/**
 * The request for a query's first page. One too long for an address goes as the only part of a composite batch, whose
 * subrequests take queries of 100,000 characters (Salesforce knowledge article 000386264, read 2026-11); a batch counts
 * as one call.
 */
export function queryRequest({ root, soql, all, pageSize }: Query): VendorRequest {
  const path = `${root}/${all ? 'queryAll' : 'query'}`;
  const url = `${path}?q=${encodeURIComponent(soql)}`;
  if (url.length > MAX_URI_LENGTH) {
    const batchRequests = [{ method: 'GET', url: url.replace('/services/data/', '') }];
    return { method: 'POST', path: `${root}/composite/batch`, json: { batchRequests } };
  }
  return { method: 'GET', path, query: { q: soql }, ...sized(pageSize) };
}

/** The request for a page after the first; the address is the vendor's. */
export function nextPageRequest(next: string, pageSize?: number | null): VendorRequest {
  return { method: 'GET', path: next, ...sized(pageSize) };
}

function sized(pageSize: number | null | undefined): Pick<VendorRequest, 'headers'> {
  if (pageSize === undefined || pageSize === null || pageSize >= MAX_PAGE_SIZE) return {};
  const batchSize = Math.max(pageSize, MIN_PAGE_SIZE);
  return { headers: { 'Sforce-Query-Options': `batchSize=${batchSize}` } };
}

export interface QueryPage {
  records: JsonObject[];
  /** Null on the last page. */
  next: string | null;
  /** Of the whole result. */
  total: number | null;
}

/** `/services/data/v66.0/query/0r8xx3d5oQ4n5vAGAQ-2000` (recorded traffic, 2026). */
const NEXT_PAGE = /^\/services\/data\/v\d+\.\d+\/query(?:All)?\/[\w-]+$/;

/** @throws UnreadableAnswer when it is no page of a query, or does not say whether it is the last one. */
export function readQueryPage(response: VendorResponse): QueryPage {
  const body = unwrapBatch(response.body);
  const { records, done, totalSize, nextRecordsUrl } = isJsonObject(body) ? body : {};
  if (!Array.isArray(records) || !records.every(isJsonObject) || typeof done !== 'boolean') {
    throw new UnreadableAnswer('Salesforce answered a query without a list of records');
  }
  if (!done && (typeof nextRecordsUrl !== 'string' || !NEXT_PAGE.test(nextRecordsUrl))) {
    throw new UnreadableAnswer('Salesforce did not say where the next page of a query is');
  }
  return {
    records,
    next: done ? null : (nextRecordsUrl as string),
    total: typeof totalSize === 'number' ? totalSize : null,
  };
}

/** What the one subrequest of a batch was answered; any other body as it is. */
export function unwrapBatch(body: Json): Json {
  const results = isJsonObject(body) ? body['results'] : undefined;
  const [only] = Array.isArray(results) && results.length === 1 ? results : [];
  return isJsonObject(only) ? (only['result'] ?? null) : body;
}
