/** What of Pardot is connected, by the object's name in v3 and v4. */
export const KINDS = ['prospect', 'opportunity', 'campaign', 'list', 'visitorActivity'] as const;
export type Kind = (typeof KINDS)[number];

/** What the two APIs have of an object (Pardot, vendor facts of 2026-11, sections 1, 3, 4 and 6). */
export interface KindFacts {
  /** The key of its rows in v3 and v4. */
  key: string;
  /** Its collection in v5. */
  plural: string;
  /**
   * v3/v4's `output`: `bulk` leaves out what is nested, and is what keeps large prospects from timing out; nested
   * objects are all that links an opportunity.
   */
  output: 'bulk' | 'simple';
  /** Nested objects that only some answers of v3 and v4 carry: no part of a record. */
  nested: readonly string[];
  /** v3/v4: `updated_after` is taken and rows carry `updated_at`. */
  hasLegacyWindow: boolean;
  /** v3/v4: `deleted=true` lists the recycle bin. */
  hasLegacyBin: boolean;
  /** v5: `isDeleted`, and `deleted=all`. */
  hasBin: boolean;
  /** v5 has the write operations too; else those of v3/v4 are used, whichever way the instance signed in. */
  isWrittenInV5: boolean;
}

export const FACTS: Record<Kind, KindFacts> = {
  prospect: {
    key: 'prospect',
    plural: 'prospects',
    output: 'bulk',
    nested: [
      'campaign',
      'assigned_to',
      'last_activity',
      'profile',
      'visitors',
      'visitor_activities',
      'lists',
    ],
    hasLegacyWindow: true,
    hasLegacyBin: true,
    hasBin: true,
    isWrittenInV5: true,
  },
  opportunity: {
    key: 'opportunity',
    plural: 'opportunities',
    output: 'simple',
    nested: ['opportunity_activities'],
    hasLegacyWindow: false,
    hasLegacyBin: false,
    hasBin: true,
    isWrittenInV5: false,
  },
  campaign: {
    key: 'campaign',
    plural: 'campaigns',
    output: 'simple',
    nested: [],
    hasLegacyWindow: false,
    hasLegacyBin: false,
    hasBin: true,
    isWrittenInV5: false,
  },
  list: {
    key: 'list',
    plural: 'lists',
    output: 'simple',
    nested: [],
    hasLegacyWindow: true,
    hasLegacyBin: false,
    hasBin: true,
    isWrittenInV5: true,
  },
  visitorActivity: {
    key: 'visitor_activity',
    plural: 'visitor-activities',
    output: 'simple',
    nested: [],
    hasLegacyWindow: true,
    hasLegacyBin: false,
    hasBin: false,
    isWrittenInV5: false,
  },
};

/** Largest pages (section 1). */
export const LEGACY_PAGE = 200;
export const V5_PAGE = 1000;

export const ID_PATTERN = /^[1-9]\d{0,14}$/;
