import type { Queryable } from '../database/pool.ts';
import { toDate, type EpochMs } from '../kernel/clock.ts';
import type { KnownState } from './known-state.ts';

const KINDS = { live: 'l', deleted: 'd', idOnly: 'i' } as const;
/** `o` and `p` differ for sweeps only. */
const KIND_OF: Record<string, KnownState['kind']> = {
  l: 'live',
  o: 'live',
  d: 'deleted',
  i: 'idOnly',
  p: 'idOnly',
};

interface KnownRow {
  record_id: string;
  fp: string | null;
  fp_prev: string | null;
  changed_at: EpochMs | null;
  shape: number;
  kind: string;
}

/** What is known of the given ids of a resource. */
export async function readKnown(
  db: Queryable,
  resourceId: number,
  ids: readonly string[],
): Promise<Map<string, KnownState>> {
  if (ids.length === 0) return new Map();
  const rows = await db.query<KnownRow>(
    `select record_id, fp::text as fp, fp_prev::text as fp_prev, changed_at, shape, kind
     from known_records where resource_id = $1 and record_id = any($2::text[])`,
    [resourceId, ids],
    { name: 'read-known' },
  );
  return new Map(
    rows.map((row) => [
      row.record_id,
      {
        fp: row.fp === null ? null : BigInt(row.fp),
        fpPrev: row.fp_prev === null ? null : BigInt(row.fp_prev),
        changedAt: row.changed_at,
        shape: row.shape,
        kind: KIND_OF[row.kind]!,
      },
    ]),
  );
}

/** Writes the states of one page. */
export async function writeKnown(
  db: Queryable,
  resourceId: number,
  states: ReadonlyMap<string, KnownState>,
): Promise<void> {
  if (states.size === 0) return;
  const known = [...states.values()];
  await db.execute(
    `insert into known_records (resource_id, record_id, fp, fp_prev, changed_at, shape, kind)
     select $1, * from unnest($2::text[], $3::int8[], $4::int8[], $5::timestamptz[], $6::int4[], $7::"char"[])
     on conflict (resource_id, record_id) do update set fp = excluded.fp, fp_prev = excluded.fp_prev,
       changed_at = excluded.changed_at, shape = excluded.shape, kind = excluded.kind`,
    [
      resourceId,
      [...states.keys()],
      known.map(({ fp }) => fp),
      known.map(({ fpPrev }) => fpPrev),
      known.map(({ changedAt }) => (changedAt === null ? null : toDate(changedAt))),
      known.map(({ shape }) => shape),
      known.map(({ kind }) => KINDS[kind]),
    ],
    { name: 'write-known' },
  );
}

/** Forgets deletions of before then. */
export function pruneTombstones(db: Queryable, before: EpochMs): Promise<number> {
  return db.execute(`delete from known_records where kind = 'd' and changed_at < $1`, [toDate(before)]);
}

const PER_RECORD = ['swept_ids', 'held_deletions', 'snapshots', 'known_records'] as const;

/** Forgets some of what is known of an instance's records; how many rows, 0 when nothing is left. */
export async function forgetSome(db: Queryable, instanceId: number, limit: number): Promise<number> {
  let gone = 0;
  for (const table of PER_RECORD) {
    gone += await db.execute(
      `delete from ${table} where ctid = any(array(
         select k.ctid from ${table} k join polled_resources r on r.id = k.resource_id
         where r.instance_id = $1 limit $2))`,
      [instanceId, limit],
    );
  }
  return gone;
}
