import { hash, randomBytes } from 'node:crypto';
import type { Database } from '../database/pool.ts';
import type { Clock } from '../kernel/clock.ts';
import type { SealedColumn } from '../vault/sealed-column.ts';
import type { Vault } from '../vault/vault.ts';
import { deleteConsentsBefore, findConsentOf, issueVerifier } from './consent-queries.ts';

export interface ConsentDeps {
  db: Database;
  vault: Vault;
  clock: Clock;
}

/** Which consent page: for whose app, and where it leads back to. */
export interface ConsentPage {
  accountId: number;
  elementKey: string;
  apiKey: string;
  callbackUrl: string;
}

/** What this room keeps sealed. */
export const sealedInElements: readonly SealedColumn[] = [
  {
    table: 'oauth_consents',
    column: 'verifier',
    key: [
      ['page', 'bytea'],
      ['state', 'bytea'],
    ],
    placeOf: (page: Buffer, state: Buffer) => placeOf({ page, state }),
  },
];

/** A person may take a while on the consent page; the codes themselves live minutes. */
const LIFETIME_MS = 3_600_000;

/**
 * The code challenge (RFC 7636, S256) for the URL of a consent page. Its verifier is stored, sealed, for the code that
 * comes back, and so is the page's site; the caller need not keep anything.
 */
export async function issueChallenge(
  { db, vault, clock }: ConsentDeps,
  page: ConsentPage,
  { state, siteAddress }: { state: string; siteAddress: string | null },
): Promise<string> {
  const now = clock.now();
  await deleteConsentsBefore(db, now - LIFETIME_MS);
  const key = { page: pageHash(page), state: sha256(state) };
  const sealed = await issueVerifier(db, {
    ...key,
    accountId: page.accountId,
    verifier: vault.seal(randomBytes(32).toString('base64url'), placeOf(key)),
    siteAddress,
    now,
    staleBefore: now - LIFETIME_MS,
  });
  return hash('sha256', vault.openText(sealed, placeOf(key)), 'base64url');
}

/**
 * The verifier that belongs to a code, and the site it is good at; null when its consent page was not made here, or too
 * long ago. Without the state that came back with the code it is the page's last one.
 */
export async function findConsent(
  { db, vault, clock }: ConsentDeps,
  page: ConsentPage,
  state: string | null,
): Promise<{ codeVerifier: string; siteAddress: string | null } | null> {
  const key = { page: pageHash(page), state: state === null ? null : sha256(state) };
  const row = await findConsentOf(db, { ...key, issuedAfter: clock.now() - LIFETIME_MS });
  if (row === undefined) return null;
  const codeVerifier = vault.openText(row.verifier, placeOf({ ...key, state: row.state }));
  return { codeVerifier, siteAddress: row.site_address };
}

function pageHash({ accountId, elementKey, apiKey, callbackUrl }: ConsentPage): Buffer {
  return sha256(JSON.stringify([accountId, elementKey, apiKey, callbackUrl]));
}

function sha256(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}

function placeOf({ page, state }: { page: Buffer; state: Buffer }): string {
  return `oauth_consents:${page.toString('hex')}:${state.toString('hex')}`;
}
