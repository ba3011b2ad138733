import { isJsonObject, type JsonObject } from '../../kernel/json.ts';
import { configurationText } from '../configuration-text.ts';
import type { VendorResponse } from '../vendor-http.ts';
import type { AuthInput, AuthMethod, AuthReading } from './method.ts';
import { readRefusal, SIGN_IN_ANSWERS } from './refusal.ts';

/** A login that turns a name and a password into a token; repeated when the token is no longer taken. */
export interface PasswordLoginOptions {
  type: string;
  path: string | ((configuration: JsonObject) => string);
  bodyAs: 'json' | 'form';
  /** Field of the login body → configuration entry. All are required. */
  fields: Record<string, string>;
  /** Further fields of the body, as they are (`format: 'json'`). */
  constants?: Record<string, string>;
  /** Reads the token from a 2xx body; undefined when it holds none and says why itself. */
  readToken(
    body: JsonObject,
    configuration: JsonObject,
  ): { token: string; extra?: Record<string, string> } | { refused: string } | undefined;
  /** How long a token lives; absent: until it is refused. */
  lifetimeS?: number;
  sign: AuthMethod['sign'];
  /** The configuration entry that shows the token, masked. */
  derivedKey?: string;
  /** What to tell when the vendor no longer has this login (404, 405, 410). */
  removed?: string;
}

export function passwordLogin(options: PasswordLoginOptions): AuthMethod {
  const entries = Object.values(options.fields);
  const acquire: NonNullable<AuthMethod['acquire']> = ({ configuration }) => {
    const filled = Object.entries(options.fields).map(([field, entry]) => [
      field,
      configurationText(configuration, entry) ?? '',
    ]);
    const body: Record<string, string> = { ...Object.fromEntries(filled), ...options.constants };
    return {
      method: 'POST',
      path: typeof options.path === 'string' ? options.path : options.path(configuration),
      ...(options.bodyAs === 'json' ? { json: body } : { form: body }),
      anonymous: true,
      accept: SIGN_IN_ANSWERS,
    };
  };
  const { derivedKey } = options;
  return {
    type: options.type,
    required: entries,
    chosenBy: entries,
    acquire,
    refresh: acquire,
    read: (response, input) => readLogin(response, input, options),
    sign: options.sign,
    ...(derivedKey !== undefined && { derived: ({ accessToken }) => ({ [derivedKey]: accessToken }) }),
  };
}

function readLogin(response: VendorResponse, input: AuthInput, options: PasswordLoginOptions): AuthReading {
  const { status, body } = response;
  if (options.removed !== undefined && (status === 404 || status === 405 || status === 410)) {
    return { ok: false, why: options.removed, permanent: true };
  }
  const login =
    status >= 200 && status < 300 && isJsonObject(body)
      ? options.readToken(body, input.configuration)
      : undefined;
  if (login === undefined) {
    const secrets = Object.values(options.fields).map((entry) =>
      configurationText(input.configuration, entry),
    );
    return readRefusal(response, secrets);
  }
  if ('refused' in login) return { ok: false, why: login.refused, permanent: true };
  return {
    ok: true,
    credentials: {
      accessToken: login.token,
      ...(options.lifetimeS !== undefined && { expiresAt: input.now + options.lifetimeS * 1000 }),
      ...(login.extra !== undefined && { extra: login.extra }),
    },
  };
}
