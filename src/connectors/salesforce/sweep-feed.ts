import { UnreadableAnswer } from '../failures.ts';
import type { Feed, FeedPage, Position } from '../feed.ts';
import type { VendorResponse } from '../vendor-http.ts';
import type { FeedObject } from './changes-feed.ts';
import { stampField } from './described.ts';
import { fieldsDigest, ownFilter, selectRecords, shareFilter, type Filter } from './filter.ts';
import { idOf } from './ids.ts';
import { MAX_PAGE_SIZE, queryRequest, readQueryPage } from './query-page.ts';
import { rowOf } from './records.ts';
import { quote } from './soql-literals.ts';

type SweepPosition = Filter & { lastId: string | null; fields: string };

/**
 * Everything, in the order of ids. Each page is a query of its own from the last id on: a query locator lives two days
 * at most, and a sweep may be spread over more.
 */
export function sweepFeed(name: string, given: FeedObject): Feed {
  const { root, object, described } = given;
  return {
    name,
    kind: 'scan',
    order: 'none',
    changeFields: [],
    start: ({ filter }) =>
      ({
        ...shareFilter(filter, described),
        lastId: null,
        fields: fieldsDigest(described),
      }) satisfies SweepPosition,
    request: (position) => {
      const { lastId, soql } = position as SweepPosition;
      const after = lastId === null ? null : `Id > ${quote(lastId)}`;
      const query = `${selectRecords(object, described, [after, soql])} ORDER BY Id ASC LIMIT ${MAX_PAGE_SIZE}`;
      return queryRequest({ root, soql: query, all: false });
    },
    read: (response, position) => {
      const at = position as SweepPosition;
      return at.fields === fieldsDigest(described) ? readSweep(response, given, at) : 'restart';
    },
  };
}

function readSweep(response: VendorResponse, given: FeedObject, position: SweepPosition): FeedPage {
  const { records, next, total } = readQueryPage(response);
  const stamp = stampField(given.described);
  const rows = records.filter(ownFilter(position)).map((record) => rowOf(record, stamp));
  const isWhole = next === null && total !== null && total < MAX_PAGE_SIZE;
  const last = records.at(-1);
  if (isWhole || last === undefined) return { rows, next: null };
  const lastId = idOf(last);
  if (position.lastId !== null && lastId <= position.lastId) {
    throw new UnreadableAnswer('Salesforce did not answer in the order of ids');
  }
  return { rows, next: { ...position, lastId } satisfies Position };
}
