import assert from 'node:assert/strict';
import { test } from 'node:test';
import Type from 'typebox';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import './validate.ts';
import { describeProblems } from './describe-problems.ts';

function describe(schema: TSchema, value: unknown): string {
  return describeProblems('body', Compile(schema).Errors(value));
}

test('a dotted key is named as it is written', () => {
  const schema = Type.Object({
    configuration: Type.Object({ 'event.poller.refresh_interval': Type.Integer({ minimum: 1 }) }),
  });
  assert.equal(
    describe(schema, { configuration: { 'event.poller.refresh_interval': 0 } }),
    'The request is not valid: configuration.event.poller.refresh_interval must be at least 1.',
  );
});

test('a union tells its alternatives once', () => {
  const schema = Type.Object({
    policy: Type.Union([Type.Literal('retry'), Type.Literal('queue')]),
    code: Type.Union([Type.String(), Type.Null()]),
    nested: Type.Union([Type.Object({ a: Type.String() }), Type.Object({ b: Type.String() })]),
  });
  assert.equal(
    describe(schema, { policy: 'x', code: 3, nested: {} }),
    'The request is not valid: policy must be "retry" or "queue"; code must be a string or null; ' +
      'nested must be of one of the documented forms.',
  );
});

test('a body that is no object is told as such', () => {
  assert.equal(describe(Type.Object({}), [1]), 'The request is not valid: the body must be an object.');
});

test('more than fifty problems are counted, not listed', () => {
  const schema = Type.Array(Type.Integer());
  const message = describe(
    schema,
    Array.from({ length: 60 }, () => 'x'),
  );
  assert.match(message, /49 must be a whole number; and 10 more\.$/);
});

test('lengths, bounds, choices and entries of lists are told in words', () => {
  const schema = Type.Object({
    name: Type.String({ minLength: 1 }),
    secret: Type.String({ maxLength: 3 }),
    tags: Type.Array(Type.String()),
    policy: Type.Enum(['a', 'b']),
    'a/b': Type.Boolean(),
  });
  assert.equal(
    describe(schema, { name: '', secret: 'abcd', tags: ['x', 1], policy: 'c', 'a/b': 'yes' }),
    'The request is not valid: name must not be empty; secret must have at most 3 characters; ' +
      'tags.1 must be a string; policy must be "a" or "b"; a/b must be true or false.',
  );
});
