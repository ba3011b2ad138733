import { readPollerWhere } from '../ceql/poller-where.ts';
import type { Ceql } from '../ceql/tree.ts';

/** The parts of `/hubs/crm/contacts?where=…&pageSize=…`. */
export interface PollerUrl {
  resource: string;
  filter: Ceql | null;
  boundFields: string[];
  fields: string[];
  pageSize: string | null;
  warnings: string[];
}

const KNOWN_PARAMETERS = ['where', 'fields', 'pageSize', 'orderBy', 'page', 'nextPage'];

/**
 * Reads a poller URL as people write it: unencoded or encoded, with or without host and hub. A text is the problem
 * that makes it unusable. The hub segment is not checked.
 */
export function readPollerUrl(url: string): PollerUrl | string {
  const [address, query] = splitOnce(url.trim(), '?');
  const segments = address
    .replace(/^https?:\/\/[^/]*/i, '')
    .split('/')
    .filter((segment) => segment !== '');
  const hub = segments.findIndex((segment) => segment.toLowerCase() === 'hubs');
  const [resource, ...more] = hub < 0 ? segments : segments.slice(hub + 2);
  if (resource === undefined || more.length > 0)
    return `has the URL "${shorten(url)}"; use /hubs/<hub>/<resource>?where=…`;
  const parameters = parametersOf(query);
  const where = readPollerWhere(parameters.get('where') ?? '');
  if (!where.ok) return `has the where "${shorten(parameters.get('where') ?? '')}": ${where.message}`;
  const warnings = [...parameters.keys()]
    .filter((name) => !KNOWN_PARAMETERS.includes(name))
    .map((name) => `the parameter ${name} of the URL has no effect`);
  if (where.repaired) warnings.push('a stray quote beside the date of the URL was repaired');
  return {
    resource: decode(resource),
    filter: where.rest,
    boundFields: where.bounds.map((bound) => bound.field),
    fields: (parameters.get('fields') ?? '')
      .split(',')
      .map((field) => field.trim())
      .filter((field) => field !== ''),
    pageSize: parameters.get('pageSize') ?? null,
    warnings,
  };
}

/** A `&` within a value (`name='A&B'`) starts no parameter: one does only where a name and `=` follow. */
function parametersOf(query: string): Map<string, string> {
  const parameters = new Map<string, string>();
  const known = new RegExp(`(?:^|&)(${KNOWN_PARAMETERS.join('|')}|[A-Za-z]+)=`, 'g');
  const starts = [...query.matchAll(known)].filter(
    (match) => match.index === 0 || isOutsideQuotes(query, match.index),
  );
  starts.forEach((match, index) => {
    const end = starts[index + 1]?.index ?? query.length;
    parameters.set(match[1]!, decode(query.slice(match.index + match[0].length, end)));
  });
  return parameters;
}

/** Quotes around templates may be missing, so only those of an even count before the place are trusted. */
function isOutsideQuotes(query: string, index: number): boolean {
  const isKnown = KNOWN_PARAMETERS.some((name) => query.startsWith(`&${name}=`, index));
  return isKnown || (query.slice(0, index).split("'").length - 1) % 2 === 0;
}

/** `LIKE '100%'` is no encoding. A plus stays one: dates have them, and these URLs were never form-encoded. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
