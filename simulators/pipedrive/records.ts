import type { EpochMs } from '../core/clock.ts';
import type { Stored } from '../core/store.ts';

/** The kinds of record the simulator keeps, by the vendor's singular name. */
export type Kind = 'person' | 'organization' | 'deal';

export interface Labelled {
  value: string;
  primary: boolean;
  label: string;
}

/** Custom field hash → value, as REST v2 shows it. */
export type CustomFields = Record<string, unknown>;

export interface PersonFields {
  name: string;
  first_name: string | null;
  last_name: string | null;
  owner_id: number;
  org_id: number | null;
  emails: Labelled[];
  phones: Labelled[];
  /** 1 owner and admins, 3 the whole company. */
  visible_to: number;
  label_ids: number[];
  picture_id: number | null;
  job_title: string | null;
  notes: string | null;
  birthday: string | null;
  custom_fields: CustomFields;
}

export interface Address {
  value: string | null;
  country?: string | null;
  admin_area_level_1?: string | null;
  locality?: string | null;
  route?: string | null;
  street_number?: string | null;
  postal_code?: string | null;
}

export interface OrganizationFields {
  name: string;
  owner_id: number;
  address: Address | null;
  visible_to: number;
  label_ids: number[];
  website: string | null;
  annual_revenue: number | null;
  employee_count: number | null;
  custom_fields: CustomFields;
}

export const DEAL_STATUSES = ['open', 'won', 'lost'] as const;
export type DealStatus = (typeof DEAL_STATUSES)[number];

export interface DealFields {
  title: string;
  value: number;
  currency: string;
  creator_user_id: number;
  owner_id: number;
  person_id: number | null;
  org_id: number | null;
  pipeline_id: number;
  stage_id: number;
  status: DealStatus;
  probability: number | null;
  stage_change_time: EpochMs | null;
  close_time: EpochMs | null;
  won_time: EpochMs | null;
  lost_time: EpochMs | null;
  /** `YYYY-MM-DD`. */
  expected_close_date: string | null;
  lost_reason: string | null;
  is_archived: boolean;
  archive_time: EpochMs | null;
  label_ids: number[];
  visible_to: number;
  origin: string;
  custom_fields: CustomFields;
}

export interface UserFields {
  name: string;
  email: string;
  active_flag: boolean;
  is_admin: boolean;
  role_id: number;
  timezone_name: string;
  timezone_offset: string;
  phone: string | null;
}

export type Person = Stored<number, PersonFields>;
export type Organization = Stored<number, OrganizationFields>;
export type Deal = Stored<number, DealFields>;
export type User = Stored<number, UserFields>;

/** What every person, organization and deal has; enough for lists, permissions and stamps. */
export type AnyRecord = Person | Organization | Deal;

/** How a v1 path and list name a kind. */
export const PLURALS: Record<Kind, 'persons' | 'organizations' | 'deals'> = {
  person: 'persons',
  organization: 'organizations',
  deal: 'deals',
};

export const KINDS = Object.keys(PLURALS) as Kind[];
