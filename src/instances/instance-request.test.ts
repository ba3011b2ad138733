import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '../kernel/json.ts';
import { readInstanceRequest } from './instance-request.ts';
import { stripTags } from './strip-tags.ts';

const nested = (levels: number): Json => (levels === 0 ? 1 : { a: nested(levels - 1) });

test('a missing body says nothing at all', () => {
  for (const body of [undefined, null, {}]) {
    assert.deepEqual(readInstanceRequest(body), {
      element: null,
      name: null,
      tags: null,
      configuration: null,
      code: null,
      state: null,
      external: false,
    });
  }
});

test('HTML tags go, their text and lone angle brackets stay', () => {
  const cases: [string, string][] = [
    ['<b>Bold</b> name', 'Bold name'],
    ['a < b > c', 'a < b > c'],
    ['<script>alert(1)</script>', 'alert(1)'],
    ['<<b>script>x</<b>script>', 'x'],
    ['<!-- note -->Name<br/>', 'Name'],
    ['<INSTANCE_NAME>', ''],
    ['1 <2', '1 <2'],
    ['<img src=x onerror="a>b">', 'b">'],
  ];
  for (const [text, stripped] of cases) assert.equal(stripTags(text), stripped, text);
});

test('tags lose placeholders, blanks and repeats', () => {
  const { tags } = readInstanceRequest({ tags: ['<Add_Your_Tag>', '', 'a', ' a ', null, '<i>b</i>'] });
  assert.deepEqual(tags, ['a', 'b']);
});

test('a code is taken without the blanks around it, a placeholder is none', () => {
  assert.equal(readInstanceRequest({ providerData: { code: ' abc ' } }).code, 'abc');
  assert.equal(readInstanceRequest({ providerData: { code: '<CODE>' } }).code, null);
  assert.equal(readInstanceRequest({ providerData: {} }).code, null);
  assert.equal(readInstanceRequest({ externalAuthentication: 'Initial' }).external, true);
});

test('everything of the wrong form is named at once', () => {
  const body = { name: 5, tags: 'a', configuration: [], providerData: { code: 7 } };
  assert.throws(() => readInstanceRequest(body), {
    code: 'bad_request',
    message:
      'name must be text; tags must be a list of texts; configuration must be an object of entries; ' +
      'providerData.code must be text.',
  });
});

test('a configuration too large, too deep, or not storable is refused by its key', () => {
  const cases: [Json, RegExp][] = [
    [{ 'my.key': nested(33) }, /"my\.key" is nested deeper than 32 levels/],
    [{ 'my.key': 'x'.repeat(600_000) }, /larger than 512 KB/],
    [
      Object.fromEntries(Array.from({ length: 501 }, (_, index) => [`k${index}`, 1])),
      /more than 500 entries/,
    ],
    [{ ['k'.repeat(256)]: 1 }, /keys have 1 to 255 characters/],
    [{ ' ': 1 }, /keys have 1 to 255/],
    [{ 'my.key': 'a\0b' }, /"my\.key" holds a character that cannot be stored/],
    [{ 'my.key': [{ '\ud800': 1 }] }, /cannot be stored/],
  ];
  for (const [configuration, message] of cases) {
    assert.throws(() => readInstanceRequest({ configuration }), { code: 'bad_request', message });
  }
  assert.ok(readInstanceRequest({ configuration: { 'my.key': nested(32) } }).configuration);
});

test('names and tags that cannot be stored or are too long are refused', () => {
  for (const body of [
    { name: 'a\0' },
    { name: 'x'.repeat(256) },
    { name: '<'.repeat(100_000) },
    { tags: ['x'.repeat(256)] },
    { tags: ['\udc00'] },
    { tags: Array.from({ length: 101 }, (_, index) => `t${index}`) },
  ]) {
    assert.throws(() => readInstanceRequest(body), { code: 'bad_request' });
  }
});
