import { readForm } from '../core/route.ts';
import type { SimulatorReply, SimulatorRequest } from '../core/route.ts';
import { xmlReply } from './errors.ts';

/** Query and form of a v3/v4 request as one; the form wins. */
export function legacyParameters(request: SimulatorRequest): URLSearchParams {
  const all = new URLSearchParams(request.query);
  for (const [name, value] of readForm(request)) all.set(name, value);
  return all;
}

/** XML unless `format=json` stands in the query or the form. */
export function formatOf(request: SimulatorRequest): 'json' | 'xml' {
  return legacyParameters(request).get('format') === 'json' ? 'json' : 'xml';
}

/**
 * A successful answer. Lists are given as arrays: one entry comes out as an object in JSON, as the vendor's
 * conversion from XML leaves it (vendor page section 3).
 */
export function legacyAnswer(request: SimulatorRequest, content: object): SimulatorReply {
  if (formatOf(request) === 'json') {
    const body = { '@attributes': { stat: 'ok', version: 1 }, ...(collapse(content) as object) };
    return { status: 200, body };
  }
  return xmlReply(`<rsp stat="ok" version="1.0">\n${elements(content)}</rsp>\n`);
}

function collapse(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 1 ? collapse(value[0]) : value.map(collapse);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, collapse(part)]));
}

function elements(content: object): string {
  return Object.entries(content)
    .flatMap(([name, value]) =>
      (Array.isArray(value) ? (value as unknown[]) : [value]).map((one) => element(name, one)),
    )
    .join('');
}

function element(name: string, value: unknown): string {
  if (value === null || value === undefined || value === '') return `<${name}/>\n`;
  if (typeof value === 'object') return `<${name}>\n${elements(value)}</${name}>\n`;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return `<${name}>${text.replace(/[&<>]/g, (char) => `&#${char.charCodeAt(0)};`)}</${name}>\n`;
}
