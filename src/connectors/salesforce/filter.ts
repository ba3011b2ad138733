import { hash } from 'node:crypto';
import { compileCeql } from '../../ceql/evaluate-ceql.ts';
import type { Ceql } from '../../ceql/tree.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { GiveUp } from '../failures.ts';
import { compileToSoql } from './compile-where.ts';
import { recordFields, type Described } from './described.ts';

/** The filter of a pass, in its position. */
export type Filter = { soql: string | null; rest: Ceql | null };

/** @throws GiveUp for a filter that Salesforce and we cannot apply together: it would be silently wrong. */
export function shareFilter(filter: Ceql | null, described: Described | null): Filter {
  const shared = compileToSoql(filter, described);
  if ('problem' in shared) throw new GiveUp(`where: ${shared.problem}`, 400);
  return shared;
}

/** The part of a filter that is ours. */
export function ownFilter({ rest }: Filter): (record: JsonObject) => boolean {
  return rest === null ? () => true : compileCeql(rest);
}

/** `SELECT` of a whole record; conditions that are null are left out. */
export function selectRecords(
  object: string,
  described: Described | null,
  conditions: readonly (string | null)[],
): string {
  const given = conditions.filter((condition) => condition !== null);
  const where = given.length === 0 ? '' : ` WHERE ${given.join(' AND ')}`;
  return `${['SELECT', recordFields(described).join(',')].join(' ')} FROM ${object}${where}`;
}

/** Names the fields of a pass's records: with other fields, what was read of it does not match what follows. */
export function fieldsDigest(described: Described | null): string {
  return hash('sha256', recordFields(described).join(','), 'base64url').slice(0, 16);
}
