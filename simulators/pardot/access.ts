import type { EpochMs, SimulatorClock } from '../core/clock.ts';
import type { Random } from '../core/random.ts';
import { readBearer, readForm } from '../core/route.ts';
import type { SimulatorRequest } from '../core/route.ts';
import type { Account } from './account.ts';
import type { Code } from './errors.ts';

/** An api_key lives an hour; a login meanwhile gives the same one (vendor page section 2, 2026-11-21). */
const API_KEY_LIFE_MS = 3_600_000;

export interface Login {
  email: string;
  password: string;
  userKey: string;
}

/** Keys of the legacy login and access tokens of Salesforce. */
export interface Access {
  /** The key a login gives; undefined for wrong credentials. */
  login(given: Login): string | undefined;
  /** Ends the present api_key before its time. */
  expireApiKey(): void;
  /** A Salesforce access token; it dies when unused for the session timeout. */
  grant(scopes: readonly string[]): string;
  revoke(accessToken: string): void;
  expireTokens(): void;
  /** The code that refuses the request, or undefined when it is let in. */
  refuse(request: SimulatorRequest): Code | undefined;
}

export function createAccess(deps: {
  clock: SimulatorClock;
  random: Random;
  account: Account;
  login: Login;
  sessionTimeoutMs: number;
  /** From 2021-02-15 on the vendor takes no api_key any more. */
  isLoginRemoved: boolean;
}): Access {
  const { clock, random, account } = deps;
  const tokens = new Map<string, { scopes: readonly string[]; usableUntil: EpochMs }>();
  let apiKey: { key: string; usableUntil: EpochMs } | undefined;

  const refuseKey = (given: { key: string; userKey: string }): Code | undefined => {
    if (deps.isLoginRemoved) return 199;
    const isGood =
      apiKey?.key === given.key && clock.now() < apiKey.usableUntil && given.userKey === deps.login.userKey;
    return isGood ? undefined : 1;
  };

  const refuseToken = (request: SimulatorRequest, token: string | undefined): Code | undefined => {
    const known = token === undefined ? undefined : tokens.get(token);
    if (!known || clock.now() >= known.usableUntil || !known.scopes.includes('pardot_api')) return 184;
    const businessUnit = request.headers['pardot-business-unit-id'];
    if (businessUnit === undefined) return 181;
    if (!/^0Uv\w{15}$/.test(businessUnit)) return 182;
    if (businessUnit !== account.businessUnitId) return 201;
    known.usableUntil = clock.now() + deps.sessionTimeoutMs;
    return undefined;
  };

  return {
    login(given) {
      const { email, password, userKey } = deps.login;
      const isKnown = given.email === email && given.password === password && given.userKey === userKey;
      if (!isKnown) return undefined;
      if (!apiKey || clock.now() >= apiKey.usableUntil) {
        apiKey = { key: random.hex(32), usableUntil: clock.now() + API_KEY_LIFE_MS };
      }
      return apiKey.key;
    },
    expireApiKey() {
      apiKey = undefined;
    },
    grant(scopes) {
      const token = `00D${random.hex(12)}!${random.hex(80)}`;
      tokens.set(token, { scopes, usableUntil: clock.now() + deps.sessionTimeoutMs });
      return token;
    },
    revoke: (token) => {
      tokens.delete(token);
    },
    expireTokens: () => tokens.clear(),
    refuse(request) {
      // Credentials in the URL are refused, wherever else they are (vendor page section 2).
      if (request.query.has('api_key') || request.query.has('user_key')) return 49;
      const given = readApiKey(request);
      if (given && !request.path.startsWith('/api/v5/')) return refuseKey(given);
      return refuseToken(request, readBearer(request));
    },
  };
}

/** `Authorization: Pardot api_key=…, user_key=…`, or both in a form body. */
function readApiKey(request: SimulatorRequest): { key: string; userKey: string } | undefined {
  const header = request.headers['authorization'] ?? '';
  if (/^pardot /i.test(header)) {
    const part = (name: string): string => new RegExp(`${name}=([^,\\s]+)`).exec(header)?.[1] ?? '';
    return { key: part('api_key'), userKey: part('user_key') };
  }
  const form = readForm(request);
  const key = form.get('api_key');
  return key === null ? undefined : { key, userKey: form.get('user_key') ?? '' };
}
