import { configurationText } from '../configuration-text.ts';
import type { AuthMethod } from './method.ts';

/** A token the user pastes, sent as it is in a header. A 401 is final. */
export interface ApiKeyOptions {
  /** The value of `authentication.type`. */
  type: string;
  /** The configuration entry that holds it. */
  key: string;
  /** The header that carries it, and what stands before it (`Bearer `). */
  header: string;
  prefix?: string;
}

export function apiKey(options: ApiKeyOptions): AuthMethod {
  const { type, key, header, prefix = '' } = options;
  return {
    type,
    required: [key],
    chosenBy: [key],
    fromConfiguration: (configuration) => ({ accessToken: configurationText(configuration, key) ?? '' }),
    sign: (credentials) => ({ [header]: `${prefix}${credentials.accessToken}` }),
  };
}
