import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Settings } from 'typebox/system';
import { Fault } from '../kernel/errors.ts';
import { describeProblems } from './describe-problems.ts';

// TypeBox stops after eight problems otherwise; a client is told all of them at once.
Settings.Set({ maxErrors: 100 });

/**
 * Compiles a route's TypeBox schema into its check. A body is taken as sent, a missing one (or `null`) as `{}`;
 * what comes as text (params, query, headers) is read as the numbers, booleans and lists its schema asks for.
 * Nothing is removed, no default filled in.
 */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart = 'request' }) => {
  const validator = Compile(schema);
  const read = httpPart === 'body' ? readBody : readTexts;
  return (input: unknown) => {
    const value = read(schema, input);
    if (validator.Check(value)) return { value };
    return { error: new Fault('bad_request', describeProblems(httpPart, validator.Errors(value))) };
  };
};

interface Part {
  type?: string;
  items?: Part;
  properties?: Record<string, Part>;
}

function readBody(schema: TSchema, input: unknown): unknown {
  return input ?? ((schema as Part).type === 'object' ? {} : input);
}

function readTexts(schema: TSchema, input: unknown): unknown {
  const properties = (schema as Part).properties ?? {};
  const read = Object.entries(input as Record<string, unknown>).map(([key, value]) => {
    const part = Object.hasOwn(properties, key) ? properties[key] : undefined;
    return [key, part === undefined ? value : readText(part, value)];
  });
  return Object.fromEntries(read);
}

function readText(part: Part, value: unknown): unknown {
  if (part.type === 'array') {
    const entries: unknown[] = Array.isArray(value) ? value : [value];
    return entries.map((entry) => readText(part.items ?? {}, entry));
  }
  if (typeof value !== 'string') return value;
  if (part.type === 'integer' && /^-?\d{1,16}$/.test(value)) return Number(value);
  if (part.type === 'number' && /^-?\d{1,16}(?:\.\d+)?$/.test(value)) return Number(value);
  if (part.type === 'boolean' && (value === 'true' || value === 'false')) return value === 'true';
  return value;
}
