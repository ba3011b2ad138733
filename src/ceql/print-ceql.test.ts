import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseCeql } from './parse-ceql.ts';
import { printCeql } from './print-ceql.ts';
import { COMPARISONS, type Ceql, type CeqlValue } from './tree.ts';

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.constantFrom('', "'", "''", '%', 'and', 'a b', '`'),
);

const anyField = fc.oneof(
  fc.stringMatching(/^[a-z_][a-z0-9_]{0,9}(\.[a-z]{1,5}){0,3}$/),
  fc.string({ unit: 'binary', minLength: 1 }),
  fc.constantFrom('AND', 'or', 'Like', 'in', 'is', 'not', 'null', 'true', '0a', 'a.', '.a', '`', 'a`b', ' '),
);

const anyValue: fc.Arbitrary<CeqlValue> = fc.oneof(
  anyText.map((value): CeqlValue => ({ type: 'text', value })),
  fc
    .oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer(),
      fc.constantFrom(2 ** 53, 1e20, 1e21, 5e-324),
    )
    .map((value): CeqlValue => ({ type: 'number', value: value + 0 })),
  fc.boolean().map((value): CeqlValue => ({ type: 'boolean', value })),
  fc
    .date({
      min: new Date('0001-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59Z'),
      noInvalidDate: true,
    })
    .chain((date) => fc.constantFrom(date.toISOString(), date.toISOString().slice(0, 10)))
    .map((value): CeqlValue => ({ type: 'date', value })),
);

const { tree: anyTree } = fc.letrec<{ tree: Ceql }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.record(
      {
        type: fc.constant('compare' as const),
        field: anyField,
        operator: fc.constantFrom(...COMPARISONS),
        value: anyValue,
      },
      { noNullPrototype: true },
    ),
    fc.record(
      {
        type: fc.constant('in' as const),
        field: anyField,
        values: fc.array(anyValue, { minLength: 1, maxLength: 4 }),
      },
      { noNullPrototype: true },
    ),
    fc.record(
      { type: fc.constant('null' as const), field: anyField, negated: fc.boolean() },
      { noNullPrototype: true },
    ),
    fc.record(
      {
        type: fc.constantFrom('and' as const, 'or' as const),
        terms: fc.array(tie('tree'), { minLength: 2, maxLength: 4 }),
      },
      { noNullPrototype: true },
    ),
  ),
}));

test('what is printed is parsed to the same tree', () => {
  fc.assert(
    fc.property(anyTree, (tree) => {
      const text = printCeql(tree);
      fc.pre(text.length <= 16_384);
      assert.deepEqual(parseCeql(text), { ok: true, tree });
    }),
    { numRuns: 2000 },
  );
});

test('printing a parsed text twice changes nothing more', () => {
  for (const text of [
    "a>='x'and b=1",
    'a=1 or (b=2 and c=3)',
    '(a=1 or b=2) and ((c=3 and d=4))',
    "`first name` LIKE 'it''s%' and x in(1,'2',2026-11-20)",
  ]) {
    const first = parseCeql(text);
    assert.ok(first.ok);
    const printed = printCeql(first.tree);
    assert.deepEqual(parseCeql(printed), first);
  }
});

test('the printed form has no needless parentheses or back-ticks', () => {
  const result = parseCeql("((a='x')) and (`b.c`<=1 OR (d is not null and e in('y')))");
  assert.ok(result.ok);
  assert.equal(printCeql(result.tree), "a = 'x' AND (b.c <= 1 OR d IS NOT NULL AND e IN ('y'))");
});

test('no text makes the parser throw', () => {
  const word = fc.constantFrom(
    "'",
    '`',
    '(',
    ')',
    ',',
    'a',
    ' and ',
    ' or ',
    ' in ',
    'is',
    ' null',
    '=',
    '<',
    '1',
    '2026-11-20',
    '%',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.array(word).map((words) => words.join('')),
      ),
      (text) => {
        const result = parseCeql(text);
        if (result.ok) assert.deepEqual(parseCeql(printCeql(result.tree)), result);
        else assert.ok(result.position >= 0 && result.position <= text.length);
      },
    ),
    { numRuns: 3000 },
  );
});
