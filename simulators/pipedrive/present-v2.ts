import type { AnyRecord, Deal, Kind, Organization, Person } from './records.ts';
import { optionalTimeV2, timeV2 } from './time-format.ts';

/** A record as REST v2 shows it: plain ids, RFC 3339 times, custom fields apart. */
export function presentV2(kind: Kind, record: AnyRecord): Record<string, unknown> {
  if (kind === 'person') return presentPerson(record as Person);
  return kind === 'deal' ? presentDeal(record as Deal) : presentOrganization(record as Organization);
}

function presentPerson({ id, fields, ...stamps }: Person): Record<string, unknown> {
  return {
    id,
    name: fields.name,
    first_name: fields.first_name,
    last_name: fields.last_name,
    owner_id: fields.owner_id,
    org_id: fields.org_id,
    add_time: timeV2(stamps.createdAt),
    update_time: timeV2(stamps.updatedAt),
    emails: fields.emails,
    phones: fields.phones,
    is_deleted: stamps.deletedAt !== null,
    visible_to: fields.visible_to,
    label_ids: fields.label_ids,
    picture_id: fields.picture_id,
    job_title: fields.job_title,
    notes: fields.notes,
    birthday: fields.birthday,
    custom_fields: fields.custom_fields,
  };
}

function presentOrganization({ id, fields, ...stamps }: Organization): Record<string, unknown> {
  return {
    id,
    name: fields.name,
    owner_id: fields.owner_id,
    add_time: timeV2(stamps.createdAt),
    update_time: timeV2(stamps.updatedAt),
    is_deleted: stamps.deletedAt !== null,
    visible_to: fields.visible_to,
    address: fields.address,
    label_ids: fields.label_ids,
    website: fields.website,
    annual_revenue: fields.annual_revenue,
    employee_count: fields.employee_count,
    custom_fields: fields.custom_fields,
  };
}

function presentDeal({ id, fields, ...stamps }: Deal): Record<string, unknown> {
  return {
    id,
    title: fields.title,
    creator_user_id: fields.creator_user_id,
    owner_id: fields.owner_id,
    value: fields.value,
    person_id: fields.person_id,
    org_id: fields.org_id,
    stage_id: fields.stage_id,
    pipeline_id: fields.pipeline_id,
    currency: fields.currency,
    archive_time: optionalTimeV2(fields.archive_time),
    add_time: timeV2(stamps.createdAt),
    update_time: timeV2(stamps.updatedAt),
    stage_change_time: optionalTimeV2(fields.stage_change_time),
    status: stamps.deletedAt === null ? fields.status : 'deleted',
    is_archived: fields.is_archived,
    is_deleted: stamps.deletedAt !== null,
    probability: fields.probability,
    lost_reason: fields.lost_reason,
    visible_to: fields.visible_to,
    close_time: optionalTimeV2(fields.close_time),
    won_time: optionalTimeV2(fields.won_time),
    lost_time: optionalTimeV2(fields.lost_time),
    expected_close_date: fields.expected_close_date,
    label_ids: fields.label_ids,
    origin: fields.origin,
    // An account without values in its custom fields shows null on deals (vendor page, 2026-11).
    custom_fields: Object.keys(fields.custom_fields).length > 0 ? fields.custom_fields : null,
  };
}
