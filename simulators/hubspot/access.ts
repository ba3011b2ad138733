import type { EpochMs, SimulatorClock } from '../core/clock.ts';
import type { Random } from '../core/random.ts';
import { readBearer } from '../core/route.ts';
import type { SimulatorRequest } from '../core/route.ts';
import type { Portal } from './portal.ts';
import { kindOf } from './records.ts';

/** Who a request speaks for. */
export interface Caller {
  portal: Portal;
  kind: 'private-app' | 'oauth';
  userId: number;
  scopes: readonly string[];
  /** The token it came with. */
  token: string;
}

/** An access token of the OAuth app, as its info endpoint shows it. */
export interface Grant {
  portal: Portal;
  userId: number;
  scopes: readonly string[];
  refreshToken: string;
  expiresAt: EpochMs;
}

/** The tokens of all portals. */
export interface Access {
  /** The token of a portal's private app; made on the first call. */
  privateAppToken(portal: Portal): string;
  /** As the "rotate" button with immediate expiry: the old token is dead. Returns the new one. */
  rotatePrivateAppToken(portal: Portal): string;
  grantAccess(grant: Omit<Grant, 'expiresAt'>, lifeMs: number): string;
  /** A living access token's grant. */
  grantOf(accessToken: string): Grant | undefined;
  /** Ends the access tokens of a refresh token, or one access token. */
  revoke(token: string): void;
  /** The caller of a request, or why there is none. */
  identify(request: SimulatorRequest): Caller | 'missing' | 'hapikey' | 'expired' | 'unknown';
}

export const PRIVATE_APP_SCOPES: readonly string[] = [
  'crm.objects.contacts.read',
  'crm.objects.contacts.write',
  'crm.objects.companies.read',
  'crm.objects.companies.write',
  'crm.objects.deals.read',
  'crm.objects.deals.write',
  'crm.objects.owners.read',
  'crm.schemas.contacts.read',
  'crm.schemas.companies.read',
  'crm.schemas.deals.read',
];

export function createAccess({ clock, random }: { clock: SimulatorClock; random: Random }): Access {
  const privateApps = new Map<string, Portal>();
  const tokenOf = new Map<Portal, string>();
  const grants = new Map<string, Grant>();

  const rotate = (portal: Portal): string => {
    const old = tokenOf.get(portal);
    if (old !== undefined) privateApps.delete(old);
    const token = `pat-na1-${random.uuid()}`;
    tokenOf.set(portal, token);
    privateApps.set(token, portal);
    return token;
  };

  const living = (token: string): Grant | undefined => {
    const grant = grants.get(token);
    return grant && clock.now() < grant.expiresAt ? grant : undefined;
  };

  return {
    privateAppToken: (portal) => tokenOf.get(portal) ?? rotate(portal),
    rotatePrivateAppToken: rotate,
    grantAccess(grant, lifeMs) {
      // Tokens are opaque and grow (vendor page: up to 512 characters).
      const accessToken = `CI${random.hex(238)}`;
      grants.set(accessToken, { ...grant, expiresAt: clock.now() + lifeMs });
      return accessToken;
    },
    grantOf: living,
    revoke(token) {
      grants.delete(token);
      for (const [accessToken, { refreshToken }] of grants) {
        if (refreshToken === token) grants.delete(accessToken);
      }
    },
    identify(request) {
      const token = readBearer(request);
      if (token === undefined) return request.query.has('hapikey') ? 'hapikey' : 'missing';
      const portal = privateApps.get(token);
      if (portal) return { portal, kind: 'private-app', userId: 501, scopes: PRIVATE_APP_SCOPES, token };
      const grant = living(token);
      if (grant) {
        return { portal: grant.portal, kind: 'oauth', userId: grant.userId, scopes: grant.scopes, token };
      }
      return grants.has(token) ? 'expired' : 'unknown';
    },
  };
}

const OF_A_KIND = [
  /^\/crm\/(?:v3\/)?(?:objects|properties)\/(?:\d{4}-\d{2}\/)?([\w-]+)/,
  /^\/(contacts|companies|deals)\/v\d\//,
];

/** The scope a call needs and lacks, or undefined when it may be made. Properties may be read with either scope. */
export function missingScope(caller: Caller, method: string, path: string): string | undefined {
  const segment = OF_A_KIND.map((pattern) => pattern.exec(path)?.[1]).find((found) => found !== undefined);
  const kind = segment === undefined ? undefined : kindOf(segment);
  if (kind === undefined) return undefined;
  const isRead = method === 'GET' || /\/(search|batch\/read)$/.test(path);
  const needed = `crm.objects.${kind}.${isRead ? 'read' : 'write'}`;
  const isProperties = path.startsWith('/crm/v3/properties/') || path.startsWith('/crm/properties/');
  const enough = [needed, ...(isProperties ? [`crm.schemas.${kind}.${isRead ? 'read' : 'write'}`] : [])];
  return enough.some((scope) => caller.scopes.includes(scope)) ? undefined : needed;
}
