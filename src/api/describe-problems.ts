import type { TLocalizedValidationError as Problem } from 'typebox/error';

/** Enough to repair a form in one go; more would only bury the first. */
const MAX_TOLD = 50;

const KINDS: Record<string, string> = {
  object: 'an object',
  array: 'an array',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  string: 'a string',
  null: 'null',
};

/**
 * One sentence that names every problem: `name is missing; configuration.event.objects must be a string`.
 * `part` is where the request is wrong: `body`, `querystring`, `params` or `headers`.
 */
export function describeProblems(part: string, problems: readonly Problem[]): string {
  const unions = problems.filter((problem) => problem.keyword === 'anyOf');
  // How each alternative of a union failed is told by the union's own problem.
  const own = problems.filter((problem) => !unions.some((union) => isWithin(problem, union)));
  const texts = [...new Set(own.flatMap((problem) => describe(part, problem, problems)))];
  const untold = texts.length - MAX_TOLD;
  const rest = untold > 0 ? `; and ${untold} more` : '';
  return `The request is not valid: ${texts.slice(0, MAX_TOLD).join('; ')}${rest}.`;
}

function isWithin(problem: Problem, union: Problem): boolean {
  return problem.schemaPath.startsWith(`${union.schemaPath}/anyOf/`);
}

function describe(part: string, problem: Problem, all: readonly Problem[]): string[] {
  const path = problem.instancePath.split('/').slice(1).map(unescapePointer);
  const name = path.length === 0 ? whole(part) : path.join('.');
  const member = (key: PropertyKey): string => [...path, String(key)].join('.');
  if (problem.keyword === 'required') {
    return problem.params.requiredProperties.map((key) => `${member(key)} is missing`);
  }
  if (problem.keyword === 'additionalProperties') {
    return problem.params.additionalProperties.map((key) => `${member(key)} is not known here`);
  }
  if (problem.keyword === 'anyOf') return [`${name} must be ${alternatives(problem, all)}`];
  return [`${name} ${demandOf(problem)}`];
}

function whole(part: string): string {
  return part === 'querystring' ? 'the query' : `the ${part}`;
}

/** RFC 6901, section 4. */
function unescapePointer(token: string): string {
  return token.replaceAll('~1', '/').replaceAll('~0', '~');
}

function alternatives(union: Problem, all: readonly Problem[]): string {
  const told = all
    .filter((problem) => isWithin(problem, union) && problem.instancePath === union.instancePath)
    .flatMap((problem) => {
      if (problem.keyword === 'const') return [JSON.stringify(problem.params.allowedValue)];
      if (problem.keyword === 'type') return [kindsOf(problem.params.type)];
      return [];
    });
  return told.length === 0 ? 'of one of the documented forms' : [...new Set(told)].join(' or ');
}

function kindsOf(type: string | readonly string[]): string {
  return [type]
    .flat()
    .map((one) => KINDS[one] ?? one)
    .join(' or ');
}

type Params<Keyword> = Extract<Problem, { keyword: Keyword }>['params'];

const DEMANDS: { [Keyword in Problem['keyword']]?: (params: Params<Keyword>) => string } = {
  type: ({ type }) => `must be ${kindsOf(type)}`,
  const: ({ allowedValue }) => `must be ${JSON.stringify(allowedValue)}`,
  enum: ({ allowedValues }) => `must be ${allowedValues.map((value) => JSON.stringify(value)).join(' or ')}`,
  minimum: ({ limit }) => `must be at least ${limit}`,
  maximum: ({ limit }) => `must be at most ${limit}`,
  minLength: ({ limit }) => (limit === 1 ? 'must not be empty' : `must have at least ${limit} characters`),
  maxLength: ({ limit }) => `must have at most ${limit} characters`,
  maxItems: ({ limit }) => `must have at most ${limit} entries`,
  pattern: () => 'does not have the documented form',
  format: ({ format }) => `must be a valid ${format}`,
};

function demandOf(problem: Problem): string {
  const demand = DEMANDS[problem.keyword] as ((params: Problem['params']) => string) | undefined;
  return demand?.(problem.params) ?? problem.message;
}
