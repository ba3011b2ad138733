import { isoMillis, type EpochMs } from '../kernel/clock.ts';
import { checkPattern } from './pattern.ts';
import { printDate } from './print-date.ts';
import { findZone } from './zone.ts';

/**
 * One piece of a text with date templates; the `text`s of all, joined, are the original. `problem` is a template
 * that cannot be filled, and why.
 */
export type TemplateSegment =
  | { type: 'text'; text: string }
  | { type: 'date'; text: string; pattern: string; timezone: string }
  | { type: 'bare'; text: string }
  | { type: 'epoch'; text: string; unit: 'ms' | 's' | 'us' }
  | { type: 'problem'; text: string; problem: string };

/**
 * Splits a text at its templates: `${date:FMT}` and `${gmtDate:FMT}` (both UTC), `${dateTimeZone:ZONE:FMT}`,
 * `${epoch}`, `${epoch:ms|s|us}` and bare `${date}`, names in any case. A template ends at the first `}`; a
 * format may hold colons and quotes.
 */
export function parseTemplate(text: string): TemplateSegment[] {
  const segments: TemplateSegment[] = [];
  let at = 0;
  for (;;) {
    const start = text.indexOf('${', at);
    if (start < 0) break;
    if (start > at) segments.push({ type: 'text', text: text.slice(at, start) });
    const end = text.indexOf('}', start);
    if (end < 0) {
      const rest = text.slice(start);
      return [...segments, { type: 'problem', text: rest, problem: `${quote(rest)} has no closing "}"` }];
    }
    segments.push(parseOne(text.slice(start, end + 1)));
    at = end + 1;
  }
  if (at < text.length) segments.push({ type: 'text', text: text.slice(at) });
  return segments;
}

function parseOne(text: string): TemplateSegment {
  const [name, argument] = splitOnce(text.slice(2, -1));
  switch (name.toLowerCase()) {
    case 'date':
      return argument === null ? { type: 'bare', text } : dateSegment(text, 'UTC', argument);
    case 'gmtdate':
      return dateSegment(text, 'GMT', argument ?? '');
    case 'datetimezone': {
      const [zone, pattern] = splitOnce(argument ?? '');
      if (findZone(zone) === null) return problem(text, `there is no time zone "${zone}"`);
      return dateSegment(text, zone, pattern ?? '');
    }
    case 'epoch': {
      const unit = argument ?? 'ms';
      if (unit === 'ms' || unit === 's' || unit === 'us') return { type: 'epoch', text, unit };
      return problem(text, `the unit is one of ms, s, us, not "${unit}"`);
    }
    default:
      return problem(
        text,
        'this is no template; use ${date:FMT}, ${gmtDate:FMT}, ${dateTimeZone:ZONE:FMT}, ${epoch:ms|s|us} or ${date}',
      );
  }
}

function dateSegment(text: string, timezone: string, pattern: string): TemplateSegment {
  const wrong = checkPattern(pattern);
  return wrong.length > 0 ? problem(text, wrong.join(', ')) : { type: 'date', text, pattern, timezone };
}

function problem(text: string, why: string): TemplateSegment {
  return { type: 'problem', text, problem: `${quote(text)}: ${why}` };
}

function quote(text: string): string {
  return text.length > 60 ? `"${text.slice(0, 60)}…"` : `"${text}"`;
}

function splitOnce(text: string): [string, string | null] {
  const colon = text.indexOf(':');
  return colon < 0 ? [text, null] : [text.slice(0, colon), text.slice(colon + 1)];
}

/** Whether a text holds at least one template that can be filled. */
export function hasDateTemplate(text: string): boolean {
  return parseTemplate(text).some((segment) => segment.type !== 'text' && segment.type !== 'problem');
}

/**
 * Fills the templates of a text with an instant. Bare `${date}` is epoch milliseconds when `updatedFormat` (the
 * format of the resource's updated field) is `milliseconds`, else ISO-8601. A template that `parseTemplate` calls
 * a problem is left as it stands.
 */
export function fillTemplate(
  text: string,
  { at, updatedFormat }: { at: EpochMs; updatedFormat?: string | undefined },
): string {
  return parseTemplate(text)
    .map((segment) => fillSegment(segment, at, updatedFormat))
    .join('');
}

function fillSegment(segment: TemplateSegment, at: EpochMs, updatedFormat: string | undefined): string {
  if (segment.type === 'date') return printDate(at, segment.pattern, segment.timezone);
  if (segment.type === 'epoch') return printEpoch(at, segment.unit);
  if (segment.type === 'bare') return updatedFormat === 'milliseconds' ? String(at) : isoMillis(at);
  return segment.text;
}

function printEpoch(at: EpochMs, unit: 'ms' | 's' | 'us'): string {
  if (unit === 's') return String(Math.floor(at / 1000));
  return unit === 'ms' ? String(at) : String(BigInt(at) * 1000n);
}
