import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts';
import { textOf } from '../configuration-text.ts';
import { UnreadableAnswer } from '../failures.ts';
import type { VendorResponse } from '../vendor-http.ts';
import { FACTS, type Kind } from './kinds.ts';

/**
 * What Pardot says went wrong, in whichever form (vendor facts of 2026-11, section 7): v3/v4's
 * `{"@attributes": {"stat": "fail", "err_code": 1}, "err": "…"}` with HTTP 200, the same in XML where JSON was not
 * asked for or not understood, v5's `{"code": 109, "message": "…"}`. Undefined when the answer says nothing of that.
 */
export function readRefusal({ body, text }: VendorResponse): { code: number; message: string } | undefined {
  if (isJsonObject(body)) {
    const attributes = body['@attributes'];
    if (isJsonObject(attributes) && attributes['stat'] === 'fail') {
      return refusal(attributes['err_code'], body['err']);
    }
    return codeOf(body['code']) !== undefined && typeof body['message'] === 'string'
      ? refusal(body['code'], body['message'])
      : undefined;
  }
  const match = /<rsp\s[^>]*stat="fail"[^>]*>\s*<err\s+code="(\d+)"[^>]*>([^<]*)<\/err>/.exec(
    text.slice(0, 4096),
  );
  return match === null ? undefined : refusal(match[1], match[2]);
}

function refusal(code: Json | undefined, message: Json | undefined): { code: number; message: string } {
  return { code: codeOf(code) ?? 0, message: textOf(message) ?? 'no reason given' };
}

function codeOf(code: Json | undefined): number | undefined {
  const number = typeof code === 'string' && /^\d{1,6}$/.test(code) ? Number(code) : code;
  return typeof number === 'number' && Number.isInteger(number) ? number : undefined;
}

/** Rows of a query of either API, as they came. `next` is v5's next page. */
export interface Rows {
  dialect: 'legacy' | 'v5';
  rows: JsonObject[];
  next: string | null;
}

/**
 * Reads the rows of a query. v3 and v4, whose JSON is made from XML, answer one row as an object, none as a null
 * result or one without rows, and leave the total out of `bulk` (section 3).
 * @throws UnreadableAnswer when it is no answer to a query.
 */
export function readRows(kind: Kind, { body }: VendorResponse): Rows {
  if (isJsonObject(body) && Array.isArray(body['values'])) {
    const url = body['nextPageUrl'] ?? null;
    if (
      (url !== null && typeof url !== 'string') ||
      (url === null && (body['nextPageToken'] ?? null) !== null)
    ) {
      throw new UnreadableAnswer('Pardot names a next page without saying where it is');
    }
    return { dialect: 'v5', rows: body['values'].map(asRow), next: url === '' ? null : url };
  }
  if (isOk(body) && 'result' in body) {
    const { result } = body;
    if (isEmpty(result)) return { dialect: 'legacy', rows: [], next: null };
    if (isJsonObject(result)) {
      const given = result[FACTS[kind].key] ?? null;
      const isNothing = isEmpty(given) && !(Number(result['total_results'] ?? 0) > 0);
      if (isNothing) return { dialect: 'legacy', rows: [], next: null };
      const rows = Array.isArray(given) ? given : [given];
      return { dialect: 'legacy', rows: rows.map(asRow), next: null };
    }
  }
  throw new UnreadableAnswer(`Pardot answered a query for ${FACTS[kind].plural} without their list`);
}

/**
 * Reads the one record of a read or a write of either API.
 * @throws UnreadableAnswer when it holds none.
 */
export function readOne(kind: Kind, { body }: VendorResponse): { dialect: 'legacy' | 'v5'; row: JsonObject } {
  if (isOk(body)) {
    const given = body[FACTS[kind].key];
    // v4 may find several prospects where v3 found one.
    return { dialect: 'legacy', row: asRow(Array.isArray(given) ? given[0] : given) };
  }
  if (isJsonObject(body) && !('@attributes' in body)) return { dialect: 'v5', row: asRow(body) };
  throw new UnreadableAnswer('Pardot answered without a record');
}

export function isOk(body: Json): body is JsonObject {
  const attributes = isJsonObject(body) ? body['@attributes'] : undefined;
  return isJsonObject(attributes) && attributes['stat'] === 'ok';
}

/** XML's empty element: null, an empty text or an empty list. */
function isEmpty(value: Json | undefined): boolean {
  return value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

function asRow(value: Json | undefined): JsonObject {
  if (isJsonObject(value)) return value;
  throw new UnreadableAnswer('Pardot answered with something that is no record');
}
