import type { Route, SimulatorReply, SimulatorRequest } from '../core/route.ts';
import type { Cursors } from './cursors.ts';
import { ApiFailure } from './errors.ts';
import { api, param } from './guarded.ts';
import type { Org } from './org.ts';
import { presentRecord } from './records.ts';
import { runSoql } from './soql/run-soql.ts';
import type { QueryRun } from './soql/run-soql.ts';

const LARGEST_PAGE = 2000;
const SMALLEST_PAGE = 200;

/** `/query` and `/queryAll`, and the pages after the first, which are below `/query` for both. */
export function queryRoutes(org: Org, cursors: Cursors): Route[] {
  const page = (
    request: SimulatorRequest,
    id: string | null,
    run: QueryRun,
    offset: number,
  ): SimulatorReply => {
    const version = param(request, 'version');
    const end = offset + pageSize(request);
    const isDone = end >= run.rows.length;
    const locator = isDone ? null : `${id ?? cursors.open(run)}-${end}`;
    return {
      status: 200,
      body: {
        totalSize: run.rows.length,
        done: isDone,
        ...(locator === null ? {} : { nextRecordsUrl: `/services/data/${version}/query/${locator}` }),
        records: run.isCount
          ? []
          : run.rows
              .slice(offset, end)
              .map((record) => presentRecord(org.store, run.type, record, run.paths, version)),
      },
    };
  };
  const first =
    (all: boolean) =>
    (request: SimulatorRequest): SimulatorReply => {
      const soql = request.query.get('q');
      if (!soql) throw new ApiFailure(400, 'MALFORMED_QUERY', 'SOQL query is missing');
      return page(request, null, runSoql(org.store, soql, all, org.clock.now()), 0);
    };
  return [
    api('GET', '/query', first(false)),
    api('GET', '/queryAll', first(true)),
    api('GET', '/query/:locator', (request) => {
      const { id, run, offset } = cursors.find(param(request, 'locator'));
      return page(request, id, run, offset);
    }),
  ];
}

function pageSize(request: SimulatorRequest): number {
  const wanted = /batchSize\s*=\s*(\d+)/i.exec(request.headers['sforce-query-options'] ?? '')?.[1];
  if (wanted === undefined) return LARGEST_PAGE;
  return Math.min(Math.max(Number(wanted), SMALLEST_PAGE), LARGEST_PAGE);
}
