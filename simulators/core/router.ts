import type { Route } from './route.ts';

export type RouteMatch =
  | { kind: 'route'; route: Route; params: Record<string, string> }
  | { kind: 'wrong-method' }
  | { kind: 'unknown' };

interface Compiled {
  route: Route;
  segments: string[];
  /** Fewer `:` parts win, so `/deals/archived` is found before `/deals/:id`. */
  variables: number;
}

const split = (path: string): string[] => path.replace(/\/+$/, '').split('/').slice(1);

/** Finds the route of a request. Two routes of one method and path are a mistake and throw here. */
export function createRouter(routes: readonly Route[]): (method: string, path: string) => RouteMatch {
  const bySize = new Map<number, Compiled[]>();
  const seen = new Set<string>();
  for (const route of routes) {
    const key = `${route.method} ${route.path}`;
    if (seen.has(key)) throw new Error(`the route ${key} is declared twice`);
    seen.add(key);
    const segments = split(route.path);
    const variables = segments.filter((segment) => segment.startsWith(':')).length;
    const group = bySize.get(segments.length) ?? [];
    group.push({ route, segments, variables });
    group.sort((a, b) => a.variables - b.variables);
    bySize.set(segments.length, group);
  }
  return (method, path) => {
    const segments = split(path);
    let wrongMethod = false;
    for (const candidate of bySize.get(segments.length) ?? []) {
      const params = matchSegments(candidate.segments, segments);
      if (!params) continue;
      if (candidate.route.method === method) return { kind: 'route', route: candidate.route, params };
      wrongMethod = true;
    }
    return { kind: wrongMethod ? 'wrong-method' : 'unknown' };
  };
}

function matchSegments(pattern: string[], segments: string[]): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const actual = segments[index] ?? '';
    if (!expected.startsWith(':')) {
      if (expected !== actual) return undefined;
      continue;
    }
    if (actual === '') return undefined;
    params[expected.slice(1)] = decode(actual);
  }
  return params;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
