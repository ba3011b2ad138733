import type { Queryable } from '../database/pool.ts';
import { toDate, type EpochMs } from '../kernel/clock.ts';
import type { Scope } from './overview-queries.ts';

export interface EndpointSearch extends Scope {
  /** Only those for which something waits, or that are deactivated. */
  hasWork: boolean;
  instanceId: number | undefined;
  /** A part of the address or of the instance's name. */
  text: string | undefined;
  /** Tries since then are looked at, the newest `mostTries` of each callback. */
  since: EpochMs;
  mostTries: number;
  /** What waits is not counted beyond. */
  mostWaiting: number;
  limit: number;
}

export interface EndpointRow {
  subscription_id: number;
  instance_id: number | null;
  url: string;
  active: boolean;
  reason: string | null;
  waiting: number;
  tries: number;
  failures: number;
  p95_ms: number | null;
}

/** Callbacks with what waits for them and how they did: the deactivated first, then whose oldest event waits longest. */
export async function listEndpoints(db: Queryable, search: EndpointSearch): Promise<EndpointRow[]> {
  return db.query<EndpointRow>(
    `with chosen as (
       select s.id, s.instance_id, s.url, s.active, s.reason, oldest.id as oldest_id
       from subscriptions s left join instances i on i.id = s.instance_id
         left join lateral (select o.id from outbox o where o.lane_id = s.id order by o.id limit 1) oldest on true
       where s.url <> ''
         and s.account_id in (select id from accounts where organization_id = $1 and ($2::bigint is null or id = $2))
         and ($3::bigint is null or s.instance_id = $3)
         and ($4::text is null or position(lower($4) in lower(s.url || ' ' || coalesce(i.name, ''))) > 0)
         and (not $5 or not s.active or oldest.id is not null)
       order by s.active, oldest.id nulls last, s.id limit $6
     )
     select c.id as subscription_id, c.instance_id, c.url, c.active, c.reason,
       (select count(*) from (select from outbox o where o.lane_id = c.id limit $7) open) as waiting,
       t.tries, t.failures, t.p95_ms
     from chosen c cross join lateral (
       select count(*) as tries, count(*) filter (where outcome <> 'delivered') as failures,
         percentile_cont(0.95) within group (order by latency_ms) as p95_ms
       from (select outcome, latency_ms from attempts a where a.lane_id = c.id and a.at >= $8
         order by a.at desc limit $9) newest
     ) t
     order by c.active, c.oldest_id nulls last, c.id`,
    [
      search.organizationId,
      search.accountId,
      search.instanceId ?? null,
      search.text ?? null,
      search.hasWork,
      search.limit,
      search.mostWaiting,
      toDate(search.since),
      search.mostTries,
    ],
  );
}
