import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fillTemplate, hasDateTemplate, parseTemplate } from './date-template.ts';

const AT = Date.parse('2026-11-20T09:16:40.123Z');

function problems(text: string): string[] {
  return parseTemplate(text).flatMap((segment) => (segment.type === 'problem' ? [segment.problem] : []));
}

test('templates are filled in their zones', () => {
  for (const [text, filled] of [
    ["since='${date:yyyy-MM-dd'T'HH:mm:ssXXX}' ", "since='2026-11-20T09:16:40Z' "],
    ["a>${gmtDate:yyyy-MM-dd'T'HH:mm:ss.SSS'Z'}'", "a>2026-11-20T09:16:40.123Z'"],
    ['${gmtDate:EEE, dd MMM yyyy HH:mm:ss z}', 'Fri, 20 Nov 2026 09:16:40 GMT'],
    ['${dateTimeZone:America/New_York:yyyy-MM-dd HH:mm:ss}', '2026-11-20 04:16:40'],
    ["${dateTimeZone:PST:yyyy-MM-dd'T'HH:mm:ss}", '2026-11-20T01:16:40'],
    ['${DateTimeZone:GMT:HH:mm}', '09:16'],
    ['${epoch}', '1795166200123'],
    ['${epoch:ms}/${epoch:s}/${epoch:us}', '1795166200123/1795166200/1795166200123000'],
    ['${date:milliseconds}', '1795166200123'],
    ['${date}', '2026-11-20T09:16:40.123Z'],
    ['no template', 'no template'],
    ['', ''],
    ['$ {date} }{', '$ {date} }{'],
  ] as const) {
    assert.deepEqual(problems(text), []);
    assert.equal(fillTemplate(text, { at: AT }), filled, text);
  }
});

test('bare date is milliseconds where the updated format says so', () => {
  const text = "lastmodifieddate='${date}'";
  assert.equal(
    fillTemplate(text, { at: AT, updatedFormat: 'milliseconds' }),
    "lastmodifieddate='1795166200123'",
  );
  assert.equal(
    fillTemplate(text, { at: AT, updatedFormat: 'yyyy-MM-dd' }),
    "lastmodifieddate='2026-11-20T09:16:40.123Z'",
  );
});

test('a template that cannot be filled is a problem that says why and is left alone', () => {
  for (const [text, why] of [
    ['${foo}', /"\$\{foo\}".*no template.*\$\{date:FMT\}/],
    ['${}', /no template/],
    ['${date:}', /the pattern is empty/],
    ['${gmtDate}', /the pattern is empty/],
    ['${date:QQ}', /unknown letter "Q"/],
    ["${date:yyyy'T}", /quote at position 4/],
    ['${dateTimeZone:Mars/Olympus:yyyy}', /no time zone "Mars\/Olympus"/],
    ['${dateTimeZone:PST}', /the pattern is empty/],
    ['${epoch:ns}', /ms, s, us, not "ns"/],
    ['x ${date:yyyy', /no closing "}"/],
  ] as const) {
    const [problem = '', ...others] = problems(text);
    assert.match(problem, why, text);
    assert.deepEqual(others, []);
    assert.equal(fillTemplate(text, { at: AT }), text);
    assert.equal(hasDateTemplate(text), false);
  }
  assert.equal(hasDateTemplate('x ${foo} ${epoch}'), true);
  assert.equal(hasDateTemplate("a='x'"), false);
});

test('microseconds of far instants keep all their digits', () => {
  assert.equal(fillTemplate('${epoch:us}', { at: 253_402_300_799_999 }), '253402300799999000');
});

test('the pieces of a text are the text, however odd', () => {
  const piece = fc.constantFrom('${', '}', '${date}', '${date:yyyy}', 'x', ':', '$', '{', '\u{1F600}', "'");
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const text = pieces.join('');
      const segments = parseTemplate(text);
      assert.equal(segments.map((segment) => segment.text).join(''), text);
      fillTemplate(text, { at: AT });
    }),
    { numRuns: 2000 },
  );
});

test('a long text of openings without end takes no time', () => {
  const started = performance.now();
  assert.equal(parseTemplate('${'.repeat(500_000)).length, 1);
  assert.ok(performance.now() - started < 1000);
});
