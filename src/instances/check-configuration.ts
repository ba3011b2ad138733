import type { AuthMethod } from '../connectors/auth/method.ts';
import type { ConfigurationEntry, Connector } from '../connectors/define-connector.ts';
import { AUTHENTICATION_TYPE, BASE_URL, elementEntries } from '../elements/catalogue.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import { CODE } from './choose-method.ts';
import { isAbsent, readBoolean, readChoice, readHttpUrl, readInteger, readText } from './entry-values.ts';
import { eventProblems, isEventKey, readEventSettings } from './event-configuration.ts';

const VENDOR_URLS = new Set([BASE_URL, 'oauth.authorization.url', 'oauth.token.url']);

/** What is wrong with the entries' values, each problem beginning with the key. Unknown keys may hold anything. */
export function configurationProblems(connector: Connector, configuration: JsonObject): string[] {
  const ofEntries = elementEntries(connector).flatMap((entry) => {
    const value = configuration[entry.key];
    if (value === undefined || isAbsent(value) || isEventKey(entry.key)) return [];
    const problem = problemOf(entry, value);
    return problem === undefined ? [] : [`${entry.key} ${problem}`];
  });
  return [...ofEntries, ...eventProblems(configuration), ...eventTypeProblems(connector, configuration)];
}

function problemOf(entry: ConfigurationEntry, value: Json): string | undefined {
  // What it says may be unusable (`oauth2 OR apiKey`); the method is chosen then.
  if (entry.key === AUTHENTICATION_TYPE) return undefined;
  const reading = VENDOR_URLS.has(entry.key)
    ? readHttpUrl(value)
    : entry.type === 'BOOLEAN'
      ? readBoolean(value)
      : entry.type === 'NUMBER'
        ? readInteger(value, 0)
        : entry.type === 'SELECT' && entry.options !== undefined
          ? readChoice(typeof value === 'number' ? String(value) : value, entry.options)
          : readText(value);
  return 'problem' in reading ? reading.problem : undefined;
}

function eventTypeProblems(connector: Connector, configuration: JsonObject): string[] {
  const { methods } = connector.events;
  if (isAbsent(configuration['event.vendor.type'])) return [];
  const { vendorType } = readEventSettings({ configuration });
  const wanted = vendorType === 'both' ? (['polling', 'webhook'] as const) : [vendorType];
  if (wanted.every((method) => methods.includes(method))) return [];
  return [
    `event.vendor.type is ${vendorType}, but ${connector.key} finds changes by ${methods.join(' and ')} only`,
  ];
}

/** Entries the method needs and nobody sent; `providerData.code` too, unless `hasCode`. */
export function missingEntries(method: AuthMethod, configuration: JsonObject, hasCode: boolean): string[] {
  return method.required.filter((key) => (key === CODE ? !hasCode : isAbsent(configuration[key])));
}
