import type { EpochMs } from '../core/clock.ts';
import type { Route, SimulatorReply, SimulatorRequest } from '../core/route.ts';
import type { Company } from './company.ts';
import { failure } from './errors.ts';
import { pageByOffset, readPaging } from './list-v1.ts';
import { presentUser, presentV1 } from './present-v1.ts';
import { KINDS } from './records.ts';
import { atV1 } from './routes-v1.ts';
import type { Session } from './session.ts';
import { parseTimeV1, timeV1 } from './time-format.ts';
import { findReadable } from './visibility.ts';

// How far back the feed reaches since December 2024 (vendor page, 2026-11).
const LOOK_BACK_MS = 31 * 24 * 3_600_000;

interface Item {
  at: EpochMs;
  item: string;
  id: number;
  data: () => unknown;
}

/** `GET /v1/recents`: every kind mixed, oldest change first, deletions included, merged losers with null. */
export function routesRecents(session: Session): Route[] {
  return atV1('GET', '/recents', (request) => recents(session, request));
}

function recents(session: Session, request: SimulatorRequest): SimulatorReply {
  const text = request.query.get('since_timestamp') ?? '';
  const since = parseTimeV1(text);
  if (since === undefined) return failure(400, 'Incorrect since_timestamp value');
  const { company, userId } = session.callerOf(request);
  const now = session.clock.now();
  const wanted = request.query.get('items')?.split(',');
  // "After the given timestamp" says the vendor's page: its own second is left out.
  const from = Math.max(since, now - LOOK_BACK_MS);
  const items = allItems(company, userId, now)
    .filter((one) => one.at > from && (!wanted || wanted.includes(one.item)))
    .sort((a, b) => a.at - b.at || a.item.localeCompare(b.item) || a.id - b.id);
  const { page, pagination } = pageByOffset(items, readPaging(request.query));
  const last = page.at(-1);
  return {
    status: 200,
    body: {
      success: true,
      data: page.length > 0 ? page.map(({ item, id, data }) => ({ item, id, data: data() })) : null,
      additional_data: {
        since_timestamp: text,
        last_timestamp_on_page: last ? timeV1(last.at) : null,
        pagination,
      },
    },
  };
}

function allItems(company: Company, userId: number, now: EpochMs): Item[] {
  const records = KINDS.flatMap((kind) =>
    company.store
      .of(kind)
      .sorted('updatedAt')
      .filter((record) => findReadable(company, userId, record, now) === record)
      .map((record): Item => ({
        at: record.updatedAt,
        item: kind,
        id: record.id,
        data: () => presentV1(company, kind, record, 'rest'),
      })),
  );
  const users = company.store.users.sorted().map((user): Item => ({
    at: user.updatedAt,
    item: 'user',
    id: user.id,
    data: () => [presentUser(user, userId)],
  }));
  const vanished = company.store.vanished().map(({ kind, id, at }): Item => ({
    at: Math.floor(at / 1000) * 1000,
    item: kind,
    id,
    data: () => null,
  }));
  return [...records, ...users, ...vanished];
}
