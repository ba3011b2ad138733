import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Fault } from '../kernel/errors.ts';
import { parseJsonBody } from './json-body.ts';

function refusalOf(text: string | Buffer): string {
  try {
    parseJsonBody(Buffer.from(text));
  } catch (error) {
    assert.ok(error instanceof Fault);
    assert.equal(error.code, 'bad_request');
    return error.message;
  }
  return 'none';
}

test('every JSON value is read as JSON.parse reads it, but for a key __proto__', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      // -0 is printed as 0.
      const printed = JSON.stringify(value);
      fc.pre(!printed.includes('__proto__'));
      assert.deepEqual(parseJsonBody(Buffer.from(printed)), JSON.parse(printed));
    }),
  );
});

test('whatever is not JSON is refused at a position inside the text', () => {
  fc.assert(
    fc.property(fc.json(), fc.nat(), fc.constantFrom('', '}', ',', '"', 'x', '\u0001'), (json, at, junk) => {
      const cut = at % (json.length + 1);
      const text = json.slice(0, cut) + junk + json.slice(cut + 1);
      let isValid = true;
      try {
        JSON.parse(text);
      } catch {
        isValid = false;
      }
      if (isValid || text.trim() === '') return;
      const position = Number(/\(position (\d+)\)/.exec(refusalOf(text))?.[1]);
      assert.ok(position >= 0 && position <= text.length);
    }),
  );
});

test('the place of a mistake is told by line and column', () => {
  for (const [text, place] of [
    ['{"a": tru}', 'unexpected character at line 1, column 7 (position 6)'],
    ['{"a": 1,\n}', 'unexpected character at line 2, column 1 (position 9)'],
    ['[1, 2', 'it ends too early at line 1, column 6 (position 5)'],
    ['{"a": 1} x', 'unexpected character at line 1, column 10 (position 9)'],
    ["{'a': 1}", 'unexpected character at line 1, column 2 (position 1)'],
    ['[01]', 'unexpected character at line 1, column 2 (position 1)'],
  ] as const) {
    assert.equal(refusalOf(text), `The body is not valid JSON: ${place}.`, text);
  }
});

test('nesting is bounded, however large the body', () => {
  assert.equal(refusalOf('['.repeat(1_000_000)), 'The body is nested deeper than 100 levels.');
  assert.equal(refusalOf('['.repeat(100) + ']'.repeat(100)), 'none');
  assert.equal(refusalOf(`["${'['.repeat(200)}\\"${'['.repeat(200)}"]`), 'none');
});

test('a mistake after megabytes of text is found', () => {
  const text = `["${'x\\\\n'.repeat(1_000_000)}", nope]`;
  assert.match(refusalOf(text), /unexpected character .* \(position 4000005\)/);
});

test('bytes that are not UTF-8 are refused and a byte order mark is skipped', () => {
  assert.equal(refusalOf(Buffer.from([0x22, 0xff, 0x22])), 'The body is not UTF-8 text.');
  assert.deepEqual(parseJsonBody(Buffer.from('\uFEFF{"a":1}')), { a: 1 });
});

test('a key __proto__ never reaches a prototype, however it is written', () => {
  for (const key of ['__proto__', '\\u005f_proto__', '__\\u0070roto__']) {
    const value = parseJsonBody(Buffer.from(`{"a":[{"${key}":{"polluted":true},"b":1}]}`));
    assert.deepEqual(value, { a: [{ b: 1 }] }, key);
    assert.equal(Object.hasOwn((value as { a: [object] }).a[0], '__proto__'), false);
  }
});
