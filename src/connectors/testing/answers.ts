import type { Json, JsonObject } from '../../kernel/json.ts';
import type { VendorResponse } from '../vendor-http.ts';

/** A vendor's answer in JSON. */
export function answer(body: Json, status = 200, headers: Record<string, string> = {}): VendorResponse {
  return { status, headers, body, text: JSON.stringify(body) };
}

/** An answer that is no JSON. */
export function htmlAnswer(status: number): VendorResponse {
  return {
    status,
    headers: { 'content-type': 'text/html' },
    body: null,
    text: '<html><h1>Error</h1></html>',
  };
}

/** Bodies no vendor documents, each with status 200. */
export const GARBAGE: readonly VendorResponse[] = [
  htmlAnswer(200),
  { status: 200, headers: {}, body: null, text: '' },
  ...([true, 7, 'text', [], {}, [null], { data: 7 }, { data: {} }, { data: [null] }] as Json[]).map((body) =>
    answer(body),
  ),
  ...([{ data: [{ id: {} }] }, { data: [{ id: '../..' }] }, { data: [[]] }, { data: 'x' }] as Json[]).map(
    (body) => answer(body),
  ),
];

/** The answers of one resource by which the contract test compares what its readers make of one record. */
export interface ResourceSamples {
  id: string;
  /** Feed → the body of a page that shows the record (of a deletions feed: its deletion). */
  pages: { [feed: string]: JsonObject };
  sweep?: JsonObject;
  list: JsonObject;
  /** The body of the bulk read that shows the record. */
  readMany: JsonObject;
  /** The body of reading it alone. */
  one: JsonObject;
}

/** A connector's samples, by resource. */
export type ConnectorSamples = { [resource: string]: ResourceSamples };
