import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCeql } from '../../ceql/parse-ceql.ts';
import { printCeql } from '../../ceql/print-ceql.ts';
import type { ConnectorContext } from '../define-connector.ts';
import { compileWhere, fieldOf, normaliseWhere, type Pushed } from './query.ts';

const context: ConnectorContext = {
  configuration: {},
  facts: {},
  discovered: {
    names: ['amount', 'closedate', 'dealname', 'dealstage'],
    readOnly: [],
    numbers: ['amount'],
    dates: ['closedate', 'createdate'],
  },
  now: 0,
};
/** Filters in words, then what is left to us. */
function compile(text: string): { filters: string[]; rest: string | null; byChange: boolean } | string {
  const parsed = parseCeql(text);
  assert.ok(parsed.ok, text);
  const compiled = compileWhere('deals', parsed.tree, context);
  if ('problem' in compiled) return compiled.problem;
  const pushed = compiled.pushed as Pushed | null;
  return {
    filters: (pushed?.filters ?? []).map(({ propertyName, operator, value, values }) =>
      [propertyName, operator, value ?? values?.join(',') ?? ''].join(' ').trim(),
    ),
    rest: compiled.rest && printCeql(compiled.rest),
    byChange: pushed?.byChange ?? false,
  };
}
const of = (filters: string[], rest: string | null = null, byChange = false) => ({ filters, rest, byChange });

test('the change stamp may be spelled in any way, and = means since', () => {
  const expected = of(['hs_lastmodifieddate GTE 1795165200000'], null, true);
  for (const field of [
    'lastmodifieddate',
    'hs_lastmodifieddate',
    'properties.lastmodifieddate',
    'updatedAt',
    'since',
  ]) {
    assert.deepEqual(compile(`${field}='2026-11-20T09:00:00Z'`), expected, field);
  }
  assert.deepEqual(compile("lastmodifieddate='1795165200000'"), expected);
  assert.deepEqual(
    compile("lastmodifieddate<'2026-11-20T09:00:00Z'"),
    of(['hs_lastmodifieddate LT 1795165200000'], null, true),
  );
  assert.equal(
    compile("lastmodifieddate='yesterday'"),
    'properties.hs_lastmodifieddate must be compared with a date',
  );
});

test('numbers and dates are pushed and done with, texts are looked at again', () => {
  assert.deepEqual(compile('amount > 5 AND amount <= 9.5'), of(['amount GT 5', 'amount LTE 9.5']));
  assert.deepEqual(compile("amount = '007'"), of(['amount EQ 007'], "properties.amount = '007'"));
  assert.deepEqual(compile("closedate >= '2026-12-01'"), of(['closedate GTE 1796083200000']));
  assert.deepEqual(compile("dealname = 'Big'"), of(['dealname EQ Big'], "properties.dealname = 'Big'"));
  assert.deepEqual(
    compile('dealname IS NOT NULL AND amount IS NULL'),
    of(['dealname HAS_PROPERTY', 'amount NOT_HAS_PROPERTY']),
  );
});

test('ids are pushed by any of their names', () => {
  assert.deepEqual(compile("dealId = '27500000120'"), of(['hs_object_id EQ 27500000120']));
  assert.deepEqual(compile("id IN ('5','6','5')"), of(['hs_object_id IN 5,6']));
  assert.deepEqual(compile("id IN ('x')"), of([], "id IN ('x')"));
});

test('what HubSpot might answer otherwise stays ours', () => {
  for (const [text, rest] of [
    ["dealname != 'x'", "properties.dealname != 'x'"],
    ["dealname > 'x'", "properties.dealname > 'x'"],
    ["dealname LIKE 'x%'", "properties.dealname LIKE 'x%'"],
    ["amount > 'many'", "properties.amount > 'many'"],
    ["unknown = 'x'", "properties.unknown = 'x'"],
    ["dealname = ''", "properties.dealname = ''"],
    ['archived = false', 'archived = false'],
    ["dealname IN ('a','b')", "properties.dealname IN ('a', 'b')"],
    ['amount = 1 OR amount = 2', 'properties.amount = 1 OR properties.amount = 2'],
  ] as const) {
    assert.deepEqual(compile(text), of([], rest), text);
  }
});

test('a search takes five filters and 1,500 characters of them, the rest is ours', () => {
  const seven = [1, 2, 3, 4, 5, 6, 7].map((n) => `amount > ${n}`).join(' AND ');
  assert.deepEqual(
    compile(seven),
    of(
      [1, 2, 3, 4, 5].map((n) => `amount GT ${n}`),
      'properties.amount > 6 AND properties.amount > 7',
    ),
  );
  const long = 'x'.repeat(1600);
  assert.deepEqual(compile(`dealname = '${long}'`), of([], `properties.dealname = '${long}'`));
});

test('fields keep their places, and only equality with the change stamp changes its meaning', () => {
  assert.equal(fieldOf('contacts', 'VID'), 'id');
  assert.equal(fieldOf('contacts', 'hs_lastmodifieddate'), 'properties.lastmodifieddate');
  assert.equal(fieldOf('contacts', 'createdAt'), 'createdAt');
  const parsed = parseCeql("(lastmodifieddate = '2026-11-20' OR email = 'x') AND vid IN ('1')");
  assert.ok(parsed.ok);
  assert.equal(
    printCeql(normaliseWhere('contacts', parsed.tree)),
    "(properties.lastmodifieddate >= '2026-11-20' OR properties.email = 'x') AND id IN ('1')",
  );
});
