import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import type { Authentication } from '../accounts/caller.ts';
import { parseAuthorization } from '../accounts/parse-authorization.ts';
import { passwordStamp } from '../accounts/sign-in-token.ts';
import type { Queryable } from '../database/pool.ts';
import type { Clock, EpochMs } from '../kernel/clock.ts';
import type { Vault } from '../vault/vault.ts';
import { VaultError } from '../vault/vault.ts';
import { findSessionUser, type SessionUserRow } from './queries.ts';
import { assertOwnPage } from './same-origin.ts';

const COOKIE = 'tidings_session';
const LIFETIME_MS = 12 * 60 * 60 * 1000;
/** A session older than this is prolonged when the console next asks who is signed in. */
const RENEW_AFTER_MS = 10 * 60 * 1000;
const PLACE = 'console-session';

const Content = Compile(
  Type.Object({ userId: Type.Integer(), issuedAt: Type.Integer(), password: Type.String() }),
);

export interface SessionDeps {
  db: Queryable;
  clock: Clock;
  vault: Vault;
  site: { readonly publicUrl: string };
}

export interface Session {
  user: SessionUserRow;
  issuedAt: EpochMs;
}

/**
 * The `Set-Cookie` of a session: sealed by the vault and stored nowhere, it names the user and a hash of its password
 * hash, so that it ends with the password. No script reads it, and no other site's page can send it.
 */
export function sessionCookie(
  { clock, vault, site }: Omit<SessionDeps, 'db'>,
  user: Pick<SessionUserRow, 'user_id' | 'password_hash'>,
): string {
  const content = {
    userId: user.user_id,
    issuedAt: clock.now(),
    password: passwordStamp(user.password_hash),
  };
  const sealed = vault.seal(JSON.stringify(content), PLACE).toString('base64url');
  return setCookie(site, sealed, LIFETIME_MS);
}

/** The `Set-Cookie` that makes a browser forget its session. */
export function endedCookie(site: SessionDeps['site']): string {
  return setCookie(site, '', 0);
}

/** RFC 6265, 4.1. The value is base64url, so nothing in it needs quoting. */
function setCookie({ publicUrl }: SessionDeps['site'], value: string, lifetimeMs: number): string {
  const { protocol, pathname } = new URL(publicUrl);
  const secure = protocol === 'https:' ? '; Secure' : '';
  return `${COOKIE}=${value}; Max-Age=${lifetimeMs / 1000}; Path=${pathname}; HttpOnly; SameSite=Strict${secure}`;
}

function readCookie(header: string | undefined): string | undefined {
  const pairs = (header ?? '').split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1);
}

/** Whoever the request's cookie names, as long as it holds and the user is active; null otherwise. */
export async function readSession(deps: SessionDeps, request: FastifyRequest): Promise<Session | null> {
  const sealed = readCookie(request.headers.cookie);
  const content = sealed === undefined ? null : open(deps, sealed);
  if (content === null) return null;
  const user = await findSessionUser(deps.db, content.userId);
  if (user === undefined || content.password !== passwordStamp(user.password_hash)) return null;
  return { user, issuedAt: content.issuedAt };
}

export function isRenewalDue({ issuedAt }: Session, clock: Clock): boolean {
  return clock.now() - issuedAt > RENEW_AFTER_MS;
}

/**
 * Lets the console's pages call the API: the cookie stands for the User and Organization parts of the credentials, an
 * `Authorization: Element <token>` beside it is kept. Null when the request brings credentials of its own or no cookie.
 * @throws Fault `forbidden` when a page of another origin sends it.
 */
export function createSessionAuthentication(deps: SessionDeps) {
  return async (request: FastifyRequest): Promise<Authentication | null> => {
    if (request.headers.cookie === undefined) return null;
    const { authorization } = request.headers;
    const given =
      authorization === undefined
        ? { user: null, organization: null, element: null }
        : parseAuthorization(authorization);
    if (given.user !== null || given.organization !== null) return null;
    const session = await readSession(deps, request);
    if (session === null) return null;
    assertOwnPage(request, deps.site);
    const { user_id: userId, account_id: accountId, organization_id: organizationId, role } = session.user;
    return { caller: { organizationId, accountId, userId, role }, elementToken: given.element };
  };
}

function open({ clock, vault }: SessionDeps, sealed: string) {
  try {
    const content: unknown = JSON.parse(vault.openText(Buffer.from(sealed, 'base64url'), PLACE));
    return Content.Check(content) && content.issuedAt + LIFETIME_MS > clock.now() ? content : null;
  } catch (error) {
    if (error instanceof VaultError) return null;
    throw error;
  }
}
