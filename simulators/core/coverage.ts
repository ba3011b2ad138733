import type { Method, Route } from './route.ts';

/** One endpoint a simulator serves, and where its behaviour was read. */
export interface CoverageEntry {
  method: Method;
  path: string;
  /** Address or name of the vendor's page. */
  page: string;
  /** Day it was read, `YYYY-MM-DD`. */
  readOn: string;
  note?: string;
}

/** What a coverage list and the served routes do not agree on; both lists are empty when it is right. */
export function compareCoverage(
  routes: readonly Route[],
  coverage: readonly CoverageEntry[],
): { unlisted: string[]; unserved: string[] } {
  const name = (one: { method: string; path: string }): string => `${one.method} ${one.path}`;
  const served = new Set(routes.map(name));
  const listed = new Set(coverage.map(name));
  return {
    unlisted: [...served].filter((one) => !listed.has(one)),
    unserved: [...listed].filter((one) => !served.has(one)),
  };
}
