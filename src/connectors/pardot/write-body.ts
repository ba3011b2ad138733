import type { Json, JsonObject } from '../../kernel/json.ts';
import { FACTS, type Kind } from './kinds.ts';
import { fieldName, v5Name } from './names.ts';

/**
 * What Pardot answers but does not take, by our names (vendor facts of 2026-11, section 6): left out, so that a record
 * that was read can be sent back.
 */
const READ_ONLY: ReadonlySet<string> = new Set(
  `id created_at updated_at is_deleted created_by_id updated_by_id last_activity_at recent_interaction crm_lead_fid
  crm_contact_fid crm_owner_fid crm_account_fid crm_last_sync crm_url lifecycle_stage_id password`.split(
    /\s+/,
  ),
);

/** A client's body as the form of v3 and v4. An empty value clears the field. */
export function legacyForm(kind: Kind, body: JsonObject): Record<string, string> {
  const fields = writable(kind, body).map(([name, value]): [string, string] => [name, formText(value)]);
  return { format: 'json', ...Object.fromEntries(fields) };
}

/** A client's body as v5's JSON, by v5's names. Names that are neither's pass, for Pardot to judge. */
export function v5Body(kind: Kind, body: JsonObject): JsonObject {
  return Object.fromEntries(writable(kind, body).map(([name, value]) => [v5Name(kind, name), value]));
}

function writable(kind: Kind, body: JsonObject): [string, Json][] {
  return Object.entries(body)
    .map(([given, value]): [string, Json] => [fieldName(kind, given), value])
    .filter(([name]) => !READ_ONLY.has(name) && !FACTS[kind].nested.includes(name) && !isLink(name));
}

/** The objects an opportunity or activity comes with. */
function isLink(name: string): boolean {
  return name === 'campaign' || name === 'prospects';
}

function formText(value: Json): string {
  if (value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
