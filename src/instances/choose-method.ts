import type { AuthMethod } from '../connectors/auth/method.ts';
import { configurationText } from '../connectors/configuration-text.ts';
import type { Connector } from '../connectors/define-connector.ts';
import { AUTHENTICATION_TYPE } from '../elements/catalogue.ts';
import type { JsonObject } from '../kernel/json.ts';
import { isAbsent } from './entry-values.ts';

/** The pseudo entry that stands for the code of the consent page. */
export const CODE = 'providerData.code';

export interface MethodChoice {
  configuration: JsonObject;
  /** Whether the request brings a code. */
  hasCode: boolean;
  /** The method the instance signed in with, if it did. */
  present?: AuthMethod;
}

/**
 * How to sign in: what `authentication.type` says; where it is absent or unusable (`oauth2 OR apiKey`) the first
 * method of which something is there, a code before anything else; else the present one, else the default.
 */
export function chooseMethod(connector: Connector, choice: MethodChoice): AuthMethod {
  const { configuration, hasCode, present } = choice;
  const methods = connector.authentication;
  const type = configurationText(configuration, AUTHENTICATION_TYPE)?.toLowerCase();
  const named = methods.find((method) => method.type.toLowerCase() === type);
  if (named !== undefined) return named;
  const byCode = hasCode ? methods.find((method) => method.chosenBy.includes(CODE)) : undefined;
  const isThere = (key: string): boolean => !isAbsent(configuration[key]);
  const byEntry = methods.filter((method) => method.chosenBy.some(isThere));
  // What the present method needs is usually still there: it stays unless only another one's entries are.
  if (present !== undefined && byCode === undefined && (byEntry.length === 0 || byEntry.includes(present))) {
    return present;
  }
  return byCode ?? byEntry[0] ?? present ?? methods[0];
}
