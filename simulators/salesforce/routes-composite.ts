import { readJson } from '../core/route.ts';
import type { Route, SimulatorReply, SimulatorRequest } from '../core/route.ts';
import { createRouter } from '../core/router.ts';
import { ApiFailure, notFound } from './errors.ts';
import { api, param } from './guarded.ts';
import { toId18 } from './ids.ts';
import type { ObjectType } from './object-types.ts';
import type { Org } from './org.ts';
import { presentRecord } from './records.ts';
import { createRecord, needType, removeRecord, updateRecord } from './routes-sobjects.ts';
import { needPath } from './soql/compile-condition.ts';

const MAX_READ = 2000;
const MAX_WRITTEN = 200;
const MAX_SUBREQUESTS = 25;

/** `/composite`: many records in one call, and many calls in one. */
export function compositeRoutes(org: Org, others: readonly Route[]): Route[] {
  const { store } = org;
  return [
    api('POST', '/composite/sobjects/:object', (request) => {
      const type = needType(org, param(request, 'object'));
      const { ids, fields } = readBody(request);
      if (!Array.isArray(ids) || !Array.isArray(fields) || ids.length > MAX_READ) {
        throw new ApiFailure(400, 'JSON_PARSER_ERROR', `ids (at most ${MAX_READ}) and fields are needed`);
      }
      const paths = [...new Set(['Id', ...fields.map(String)])].map((name) => needPath(store, type, name));
      const body = ids.map((id) => {
        const record = store.of(type.name).get(toId18(String(id)));
        if (!record || record.deletedAt !== null) return null;
        return presentRecord(store, type, record, paths, param(request, 'version'));
      });
      return { status: 200, body };
    }),
    api('POST', '/composite/sobjects', (request) =>
      writeEach(recordsIn(request), (record) => createRecord(org, typeOf(org, record), withoutId(record)).id),
    ),
    api('PATCH', '/composite/sobjects', (request) =>
      writeEach(recordsIn(request), (record) => {
        const id = textOf(record['id']) || textOf(record['Id']);
        updateRecord(org, typeOf(org, record), id, withoutId(record));
        return toId18(id);
      }),
    ),
    api('DELETE', '/composite/sobjects', (request) =>
      writeEach((request.query.get('ids') ?? '').split(',').filter(Boolean), (id) => {
        const type = store.types().find(({ keyPrefix }) => id.startsWith(keyPrefix));
        if (!type) throw new ApiFailure(400, 'MALFORMED_ID', `malformed id ${id}`);
        removeRecord(org, type, id);
        return toId18(id);
      }),
    ),
    batchRoute(others),
  ];
}

/** Always 200; each item says how it went. Its errors have `statusCode` where others have `errorCode`. */
function writeEach<T>(items: readonly T[], write: (item: T) => string): SimulatorReply {
  if (items.length > MAX_WRITTEN) {
    throw new ApiFailure(400, 'INVALID_BATCH_SIZE', `at most ${MAX_WRITTEN} records can be written at once`);
  }
  const body = items.map((item) => {
    try {
      return { id: write(item), success: true, errors: [] };
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      const { errorCode: statusCode, message, fields = [] } = error.error;
      return { success: false, errors: [{ statusCode, message, fields }] };
    }
  });
  return { status: 200, body };
}

function readBody(request: SimulatorRequest): Record<string, unknown> {
  const body = readJson(request);
  if (typeof body === 'object' && body !== null) return body as Record<string, unknown>;
  throw new ApiFailure(400, 'JSON_PARSER_ERROR', 'a JSON object is expected');
}

function recordsIn(request: SimulatorRequest): Array<Record<string, unknown>> {
  const { records } = readBody(request);
  if (Array.isArray(records)) return records as Array<Record<string, unknown>>;
  throw new ApiFailure(400, 'JSON_PARSER_ERROR', 'records are needed');
}

function typeOf(org: Org, record: Record<string, unknown>): ObjectType {
  const attributes = record['attributes'] as { type?: unknown } | undefined;
  const type = org.store.type(textOf(attributes?.type));
  if (!type) throw new ApiFailure(400, 'INVALID_TYPE', 'attributes.type is missing or unknown');
  return type;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

function withoutId({ id: _id, Id: _ID, ...rest }: Record<string, unknown>): Record<string, unknown> {
  return rest;
}

/** Calls in a row, one after the other; the whole counts once (vendor page, 2026-11). */
function batchRoute(others: readonly Route[]): Route {
  const router = createRouter(others);
  const run = async (
    outer: SimulatorRequest,
    entry: unknown,
  ): Promise<{ statusCode: number; result: unknown }> => {
    const { method = 'GET', url = '', richInput } = (entry ?? {}) as Record<string, unknown>;
    const [path = '', ...query] = textOf(url)
      .replace(/^\/?(services\/data\/)?/, '/services/data/')
      .split('?');
    const match = router(textOf(method), path);
    if (match.kind !== 'route') return { statusCode: 404, result: notFound().body };
    const rawBody = Buffer.from(richInput === undefined ? '' : JSON.stringify(richInput));
    const inner = { ...outer, method: textOf(method), path, params: match.params, rawBody };
    const reply = await match.route.handle({ ...inner, query: new URLSearchParams(query.join('?')) });
    return { statusCode: reply.status, result: reply.body ?? null };
  };
  return {
    method: 'POST',
    path: '/services/data/:version/composite/batch',
    handle: async (request) => {
      const { batchRequests, haltOnError } = (readJson(request) ?? {}) as Record<string, unknown>;
      if (!Array.isArray(batchRequests) || batchRequests.length > MAX_SUBREQUESTS) {
        const message = `batchRequests (at most ${MAX_SUBREQUESTS}) are needed`;
        return { status: 400, body: [{ errorCode: 'JSON_PARSER_ERROR', message }] };
      }
      const results: Array<{ statusCode: number; result: unknown }> = [];
      for (const entry of batchRequests as unknown[]) {
        const isHalted = haltOnError === true && results.some(({ statusCode }) => statusCode >= 400);
        const skipped = {
          statusCode: 412,
          result: [{ errorCode: 'BATCH_PROCESSING_HALTED', message: 'Batch processing halted per request' }],
        };
        results.push(isHalted ? skipped : await run(request, entry));
      }
      return { status: 200, body: { hasErrors: results.some((one) => one.statusCode >= 400), results } };
    },
  };
}
