import type { Queryable } from '../database/pool.ts';
import { toDate, type EpochMs } from '../kernel/clock.ts';

export interface ConsentRow {
  state: Buffer;
  verifier: Buffer;
  site_address: string | null;
}

/**
 * Keeps the verifier of a consent page. While an earlier one of the same page and state may still be answered, that
 * one stays and is given back, so that two people who connect at once do not spoil each other's code; the
 * site is that of the last one.
 */
export async function issueVerifier(
  db: Queryable,
  consent: {
    accountId: number;
    page: Buffer;
    state: Buffer;
    verifier: Buffer;
    siteAddress: string | null;
    now: EpochMs;
    staleBefore: EpochMs;
  },
): Promise<Buffer> {
  const [row] = await db.query<{ verifier: Buffer }>(
    `insert into oauth_consents as c (account_id, page, state, verifier, issued_at, site_address)
     values ($1, $2, $3, $4, $5, $7)
     on conflict (page, state) do update set
       verifier = case when c.issued_at < $6 then excluded.verifier else c.verifier end,
       issued_at = excluded.issued_at, site_address = excluded.site_address
     returning verifier`,
    [
      consent.accountId,
      consent.page,
      consent.state,
      consent.verifier,
      toDate(consent.now),
      toDate(consent.staleBefore),
      consent.siteAddress,
    ],
  );
  return row!.verifier;
}

/** The page's last consent, of that state where one is told. */
export async function findConsentOf(
  db: Queryable,
  search: { page: Buffer; state: Buffer | null; issuedAfter: EpochMs },
): Promise<ConsentRow | undefined> {
  const [row] = await db.query<ConsentRow>(
    `select state, verifier, site_address from oauth_consents
     where page = $1 and ($2::bytea is null or state = $2) and issued_at >= $3
     order by issued_at desc limit 1`,
    [search.page, search.state, toDate(search.issuedAfter)],
  );
  return row;
}

export async function deleteConsentsBefore(db: Queryable, before: EpochMs): Promise<void> {
  await db.execute('delete from oauth_consents where issued_at < $1', [toDate(before)]);
}
