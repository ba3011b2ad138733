import type { EpochMs, SimulatorClock } from '../core/clock.ts';
import type { Random } from '../core/random.ts';
import { readBearer } from '../core/route.ts';
import type { SimulatorRequest } from '../core/route.ts';
import type { Company } from './company.ts';

/** Who a request speaks for. */
export interface Caller {
  company: Company;
  userId: number;
  /** The token it came with; the key of its rate window. */
  token: string;
  /** Null for an API token, which may do everything its user may. */
  scopes: readonly string[] | null;
}

/** The tokens of all companies. */
export interface Access {
  /** The API token of a user in a company; made on the first call. */
  apiToken(company: Company, userId: number): string;
  /** As the user's "regenerate" button: the old token is dead from now on. Returns the new one. */
  regenerateApiToken(company: Company, userId: number): string;
  grantAccess(grant: Omit<Caller, 'token'>, lifeMs: number): { accessToken: string; expiresAt: EpochMs };
  revokeAccess(accessToken: string): void;
  /** The caller of a request, or undefined: no token, unknown, expired or revoked. */
  identify(request: SimulatorRequest): Caller | undefined;
}

export function createAccess({ clock, random }: { clock: SimulatorClock; random: Random }): Access {
  const apiTokens = new Map<string, Omit<Caller, 'token'>>();
  const tokenOf = new Map<string, string>();
  const grants = new Map<string, { grant: Omit<Caller, 'token'>; expiresAt: EpochMs }>();

  const regenerate = (company: Company, userId: number): string => {
    const key = `${company.id}/${userId}`;
    const old = tokenOf.get(key);
    if (old) apiTokens.delete(old);
    const token = random.hex(40);
    tokenOf.set(key, token);
    apiTokens.set(token, { company, userId, scopes: null });
    return token;
  };

  return {
    apiToken: (company, userId) => tokenOf.get(`${company.id}/${userId}`) ?? regenerate(company, userId),
    regenerateApiToken: regenerate,
    grantAccess(grant, lifeMs) {
      const accessToken = `v1u:${random.hex(64)}`;
      const expiresAt = clock.now() + lifeMs;
      grants.set(accessToken, { grant, expiresAt });
      return { accessToken, expiresAt };
    },
    revokeAccess: (accessToken) => {
      grants.delete(accessToken);
    },
    identify(request) {
      const apiToken = request.headers['x-api-token'] ?? request.query.get('api_token');
      if (apiToken) {
        const known = apiTokens.get(apiToken);
        return known && { ...known, token: apiToken };
      }
      const accessToken = readBearer(request);
      const granted = accessToken ? grants.get(accessToken) : undefined;
      if (!accessToken || !granted || clock.now() >= granted.expiresAt) return undefined;
      return { ...granted.grant, token: accessToken };
    },
  };
}

const NEEDED: Array<[prefix: RegExp, scopes: string[]]> = [
  [/^\/deals/, ['deals:read', 'deals:full']],
  [/^\/(persons|organizations)/, ['contacts:read', 'contacts:full']],
  [/^\/recents/, ['recents:read']],
  [/^\/webhooks/, ['webhooks:full', 'admin']],
];

/** Whether a token's scopes allow a call. `path` is without version; writing needs the `:full` scope. */
export function mayCall(scopes: readonly string[] | null, method: string, path: string): boolean {
  if (scopes === null) return true;
  const needed = NEEDED.find(([prefix]) => prefix.test(path))?.[1];
  if (!needed) return true;
  return needed
    .filter((scope) => method === 'GET' || !scope.endsWith(':read'))
    .some((scope) => scopes.includes(scope));
}
