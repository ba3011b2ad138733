import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readPollerWhere, type Bound } from './poller-where.ts';
import { printCeql } from './print-ceql.ts';

/** Bounds as `field operator`, the rest printed, and whether a repair was needed. */
function read(where: string): { bounds: string[]; rest: string | null; repaired: boolean } {
  const result = readPollerWhere(where);
  assert.ok(result.ok, result.ok ? '' : result.message);
  const bounds = result.bounds.map((bound: Bound) => `${bound.field} ${bound.operator}`);
  return { bounds, rest: result.rest === null ? null : printCeql(result.rest), repaired: result.repaired };
}

function refused(where: string): { position: number; message: string } {
  const result = readPollerWhere(where);
  assert.ok(!result.ok, `${where.slice(0, 80)} was accepted`);
  return result;
}

test('the HubSpot example has one bound', () => {
  assert.deepEqual(read("lastmodifieddate='${date}'"), {
    bounds: ['lastmodifieddate ='],
    rest: null,
    repaired: false,
  });
});

test('the Infusionsoft example has one bound for all its trailing blank', () => {
  assert.deepEqual(read("since='${date:yyyy-MM-dd'T'HH:mm:ssXXX}' "), {
    bounds: ['since ='],
    rest: null,
    repaired: false,
  });
});

test('the Pipedrive example has one bound with blanks in its format', () => {
  assert.deepEqual(read("update_time>'${date:yyyy-MM-dd HH:mm:ss}'"), {
    bounds: ['update_time >'],
    rest: null,
    repaired: false,
  });
});

test('the lone quote of the Salesforce example is repaired', () => {
  assert.deepEqual(read("LastModifiedDate>${gmtDate:yyyy-MM-dd'T'HH:mm:ss.SSS'Z'}'"), {
    bounds: ['LastModifiedDate >'],
    rest: null,
    repaired: true,
  });
});

test('quotes that are missing on one side, doubled or of the wrong kind are repaired', () => {
  const format = "${date:yyyy-MM-dd'T'HH:mm:ss}";
  for (const value of [
    `'${format}`,
    `${format}'`,
    `''${format}''`,
    `''${format}'`,
    `'${format}''`,
    `'''${format}'''`,
    `"${format}"`,
    `"${format}'`,
    `' ${format}`,
    `${format} '`,
  ]) {
    const expected = { bounds: ['updated_at >='], rest: null, repaired: true };
    assert.deepEqual(read(`updated_at>=${value}`), expected, value);
    for (const filter of ["status='open'", "name='it''s'", "status=''", 'owner=5', "name like '%x%'"]) {
      const [field, rest] = [filter.split(/[= ]/)[0] ?? '', read(filter).rest];
      assert.deepEqual(
        read(`updated_at>=${value} and ${filter}`),
        { ...expected, rest },
        `${value} ${field}`,
      );
      assert.deepEqual(
        read(`${filter} and updated_at>=${value}`),
        { ...expected, rest },
        `${field} ${value}`,
      );
      assert.deepEqual(read(`(${filter}) and (updated_at>=${value})`), { ...expected, rest }, value);
    }
  }
});

test('a template needs no quotes', () => {
  assert.deepEqual(read('SystemModstamp >= ${gmtDate:yyyy-MM-dd} and x=1'), {
    bounds: ['SystemModstamp >='],
    rest: 'x = 1',
    repaired: false,
  });
});

test('a template may be part of its value', () => {
  assert.deepEqual(read("a>'${date:yyyy-MM-dd} 00:00:00' and x=1"), {
    bounds: ['a >'],
    rest: 'x = 1',
    repaired: false,
  });
  assert.deepEqual(read("a>${date:yyyy-MM-dd}T00:00:00Z and b like '${date:yyyy}%'"), {
    bounds: ['a >', 'b LIKE'],
    rest: null,
    repaired: false,
  });
});

test('two malformed bounds are both repaired and swallow nothing', () => {
  const expected = { bounds: ['a >', 'b <'], rest: 'c = 1', repaired: true };
  assert.deepEqual(read("a>'${date} and b<'${date} and c=1"), expected);
  assert.deepEqual(read("a>'${date} and c=1 and b<${date}'"), expected);
  assert.deepEqual(read("a>${date}' and b<${date}' and c=1"), expected);
});

test('vendor parameters are ordinary conditions', () => {
  assert.deepEqual(read("updated_after='2026-11-20' and since='${date}'"), {
    bounds: ['since ='],
    rest: "updated_after = '2026-11-20'",
    repaired: false,
  });
});

test('what is left keeps its shape', () => {
  assert.deepEqual(read("(x=1 or y=2) and (a>'${date}' and (z is null and w=3))"), {
    bounds: ['a >'],
    rest: '(x = 1 OR y = 2) AND z IS NULL AND w = 3',
    repaired: false,
  });
  assert.deepEqual(read("a in ('${epoch:s}') and x=1"), {
    bounds: ['a IN'],
    rest: 'x = 1',
    repaired: false,
  });
  assert.deepEqual(read("status='open'"), { bounds: [], rest: "status = 'open'", repaired: false });
  assert.deepEqual(read(' '), { bounds: [], rest: null, repaired: false });
});

test('a bound within an OR is an error that names its field', () => {
  for (const where of ["x=1 or updated_at>'${date}'", "y=1 and (x=1 or (z=2 and updated_at>${date}'))"]) {
    const error = refused(where);
    assert.match(error.message, /"updated_at".*OR/);
    assert.equal(error.position, where.indexOf('updated_at'));
  }
});

test('an unknown template is an error at its place', () => {
  const error = refused("x=1 and updated_at>'${dat}'");
  assert.match(error.message, /"\$\{dat\}"/);
  assert.equal(error.position, 20);
  assert.match(refused("a>'${date:yyyy-MM-dd").message, /no closing/);
});

test('an error points into the text as it was configured', () => {
  const where = "updated_at>${gmtDate:yyyy-MM-dd'T'HH:mm:ss.SSS'Z'}' and x==1";
  const error = refused(where);
  assert.equal(error.position, where.indexOf('=1'));
  assert.match(error.message, /found "=1"/);
  assert.doesNotMatch(error.message, /\uFFFF/);
  assert.equal(refused('x=\uFFFF').position, 2);
});

test('a stray quote that is not beside a template stays an error', () => {
  refused("updated_at>'${date}' and x='open");
  refused("updated_at>'${date}' and x=open'");
});

test('no where makes the reader throw or dawdle', () => {
  const piece = fc.constantFrom(
    "'",
    '"',
    '${date}',
    '${',
    '}',
    'a',
    ' and ',
    ' or ',
    '=',
    '(',
    ')',
    ' ',
    '1',
  );
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const where = pieces.join('');
      const result = readPollerWhere(where);
      if (!result.ok) assert.ok(result.position >= 0 && result.position <= where.length);
    }),
    { numRuns: 2000 },
  );
  const started = performance.now();
  for (const unit of ["'", '${', '${date}', "'${date}", ' (', '"', "a>'${date} and "]) {
    refused(unit.repeat(16_384 / unit.length));
  }
  assert.ok(performance.now() - started < 2000);
});
