import type { EpochMs } from '../core/clock.ts';
import type { Company } from './company.ts';
import type { AnyRecord } from './records.ts';
import { isGone } from './store.ts';

/** Whether a user may see a record: admins all, others what is theirs or shared with the company. */
export function maySee(company: Company, userId: number, record: AnyRecord): boolean {
  if (record.fields.visible_to !== 1 || record.fields.owner_id === userId) return true;
  return company.store.users.get(userId)?.fields.is_admin === true;
}

/** The users whose webhooks are told of a record. */
export function permittedUserIds(company: Company, record: AnyRecord): number[] {
  return company.store.users
    .sorted()
    .filter((user) => user.fields.active_flag && maySee(company, user.id, record))
    .map((user) => user.id);
}

/** What a read by id may show: the record (deleted ones within 30 days too), nothing, or a refusal. */
export function findReadable(
  company: Company,
  userId: number,
  record: AnyRecord | undefined,
  now: EpochMs,
): AnyRecord | 'missing' | 'forbidden' {
  if (!record || isGone(record, now)) return 'missing';
  return maySee(company, userId, record) ? record : 'forbidden';
}
