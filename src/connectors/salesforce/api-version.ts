import type { JsonObject } from '../../kernel/json.ts';
import { configurationText } from '../configuration-text.ts';

/** Spring '26; alive at every org in 2026-11 (Salesforce REST API Developer Guide, "Versions"). */
export const DEFAULT_VERSION = '66.0';

export const VERSION_ENTRY = 'salesforce.api.version';

/** Versions 21 to 30 are retired (read 2026-11). */
export const OLDEST_VERSION = 31;

/** Where the API begins (`/services/data/v66.0`); the configured version may be written `66`, `66.0` or `v66.0`. */
export function apiRoot(configuration: JsonObject): string {
  const text = configurationText(configuration, VERSION_ENTRY) ?? DEFAULT_VERSION;
  const version = Number(/^v?(\d{2,3})(?:\.0)?$/i.exec(text)?.[1] ?? Number.NaN);
  return `/services/data/v${version >= OLDEST_VERSION ? `${version}.0` : DEFAULT_VERSION}`;
}
