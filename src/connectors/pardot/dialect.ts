import { findZone, UTC, type Zone } from '../../date-pattern/zone.ts';
import { Fault } from '../../kernel/errors.ts';
import { isJsonObject, type JsonObject } from '../../kernel/json.ts';
import { configurationText } from '../configuration-text.ts';
import type { ConnectorContext } from '../define-connector.ts';
import type { VendorResponse } from '../vendor-http.ts';
import { readRefusal } from './envelope.ts';

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

/** The version the account took at sign-in, where the configured one was wrong. */
export function assumedVersion({
  configuration,
  facts,
}: Pick<ConnectorContext, 'configuration' | 'facts'>): Version {
  return versionIn(facts) ?? configuredVersion(configuration);
}

/** The version the account turned out to take (codes 88 and 89), lately or at sign-in, else the configured one. */
export function versionOf(context: ConnectorContext): Version {
  const { discovered } = context;
  return (isJsonObject(discovered) ? versionIn(discovered) : undefined) ?? assumedVersion(context);
}

/** Which version an answer asks for: 88 must use 4, 89 cannot use it (Pardot error codes, read 2026-11). */
export function demandedVersion(response: VendorResponse): Version | undefined {
  const code = readRefusal(response)?.code;
  if (code === 88) return '4';
  return code === 89 ? '3' : undefined;
}

function versionIn({ version }: JsonObject): Version | undefined {
  return version === '3' || version === '4' ? version : undefined;
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
