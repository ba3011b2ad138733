import { findZone, UTC, type Zone } from '../../date-pattern/zone.ts';
import { Fault } from '../../kernel/errors.ts';
import { isJsonObject, type JsonObject } from '../../kernel/json.ts';
import { configurationText } from '../configuration-text.ts';
import type { ConnectorContext } from '../define-connector.ts';

/** The legacy login speaks v3 or v4 only; Salesforce's tokens are taken by v5 (and by v3 and v4). */
export type Dialect = 'legacy' | 'v5';
export type Version = '3' | '4';

export function dialectOf(configuration: JsonObject): Dialect {
  return configurationText(configuration, 'authentication.type')?.toLowerCase() === 'oauth2'
    ? 'v5'
    : 'legacy';
}

/** What `provider.version` says; 4 when it says nothing usable. */
export function configuredVersion(configuration: JsonObject): Version {
  return configurationText(configuration, 'provider.version') === '3' ? '3' : '4';
}

/** The version the account turned out to take (codes 88 and 89), else the configured one. */
export function versionOf({ configuration, discovered }: ConnectorContext): Version {
  const found = isJsonObject(discovered) ? discovered['version'] : undefined;
  return found === '3' || found === '4' ? found : configuredVersion(configuration);
}

/**
 * The zone of the API user, in which v3 and v4 read and write times (Pardot, vendor facts of 2026-11, section 3).
 * @throws Fault `bad_request` for a name that is no zone: in a wrong one changes would be missed.
 */
export function zoneOf(configuration: JsonObject): Zone {
  const name = configurationText(configuration, 'timezone');
  if (name === undefined) return UTC;
  const zone = findZone(name);
  if (zone !== null) return zone;
  throw new Fault(
    'bad_request',
    `timezone is no time zone: ${JSON.stringify(name)}. Use an IANA name such as Europe/Paris, or GMT.`,
  );
}
