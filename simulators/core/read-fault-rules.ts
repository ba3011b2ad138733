import type { FaultRule } from './faults.ts';

const EFFECTS = ['reply', 'vendor', 'hang', 'drop', 'truncate', 'malformed-json', 'html', 'huge'];
const NUMBERS = ['nth', 'probability', 'seed', 'times'] as const;

/** The rules of `POST /__simulator/faults` (one, a list, or `{ rules }`), or a text saying what is wrong. */
export function readFaultRules(body: unknown): FaultRule[] | string {
  const given = isObject(body) && Array.isArray(body['rules']) ? body['rules'] : body;
  const rules: unknown[] = Array.isArray(given) ? given : [given];
  for (const [index, rule] of rules.entries()) {
    const problem = problemOf(rule);
    if (problem) return `rule ${index}: ${problem}`;
  }
  return rules as FaultRule[];
}

function problemOf(rule: unknown): string | undefined {
  if (!isObject(rule)) return 'must be an object with `effect`';
  for (const key of NUMBERS) {
    if (rule[key] !== undefined && typeof rule[key] !== 'number') return `\`${key}\` must be a number`;
  }
  for (const key of ['method', 'path']) {
    if (rule[key] !== undefined && typeof rule[key] !== 'string') return `\`${key}\` must be a text`;
  }
  const effect = rule['effect'];
  if (!isObject(effect) || !EFFECTS.includes(String(effect['kind']))) {
    return `\`effect.kind\` must be one of ${EFFECTS.join(', ')}`;
  }
  if (effect['kind'] === 'reply' && !isStatus(effect['status']))
    return '`effect.status` must be an HTTP status';
  if (effect['kind'] === 'vendor' && typeof effect['name'] !== 'string')
    return '`effect.name` must be a text';
  if (effect['kind'] === 'huge' && typeof effect['bytes'] !== 'number')
    return '`effect.bytes` must be a number';
  return undefined;
}

function isStatus(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 200 && value <= 599;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
