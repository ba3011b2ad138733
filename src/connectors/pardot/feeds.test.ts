import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { findZone, offsetAt } from '../../date-pattern/zone.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { ConnectorContext } from '../define-connector.ts';
import { UnreadableAnswer } from '../failures.ts';
import type { Feed, FeedPage, Position } from '../feed.ts';
import { answer } from '../testing/answers.ts';
import { feedsOf, sweepOf } from './feeds.ts';
import type { Kind } from './kinds.ts';
import { localText, readStamp, repeatedTime } from './local-time.ts';
import { legacyRows, prospect, prospectV5, v5Page } from './samples.ts';

const FROM = Date.UTC(2026, 10, 20, 9, 15, 0, 700);
const contextFor = (configuration: JsonObject, discovered: JsonObject | null = null): ConnectorContext => ({
  configuration,
  facts: {},
  discovered,
  now: FROM,
});
const legacy = contextFor({});
const v5 = contextFor({ 'authentication.type': 'oauth2' }, { customFields: ['Region__c'] });
const pageOf = (feed: Feed, body: JsonObject, position: Position): FeedPage => {
  const page = feed.read(answer(body), position);
  assert.ok(page !== 'restart');
  return page;
};
const feedOf = (kind: Kind, context: ConnectorContext, name: string): Feed =>
  [...feedsOf(kind, context), sweepOf(kind, context)].find((feed) => feed.name === name)!;
const at = (id: number, second: number): JsonObject => ({
  ...prospect,
  id,
  updated_at: `2026-11-20 09:15:${String(second).padStart(2, '0')}`,
});

test('v4 is asked from a second earlier on, for its bounds are exclusive', () => {
  const feed = feedOf('prospect', legacy, 'updated');
  const request = feed.request(feed.start({ from: FROM, filter: null, fields: [] }));
  assert.deepEqual(request, {
    method: 'GET',
    path: '/api/prospect/version/4/do/query',
    query: {
      format: 'json',
      output: 'bulk',
      deleted: 'false',
      updated_after: '2026-11-20 09:14:59',
      sort_by: 'updated_at',
      sort_order: 'ascending',
      limit: 200,
    },
  });
  const bin = feedOf('prospect', legacy, 'bin');
  assert.equal(bin.request(bin.start({ filter: null, fields: [] })).query?.['deleted'], 'true');
  assert.equal(bin.request(bin.start({ filter: null, fields: [] })).query?.['updated_after'], undefined);
});

test('the version that was found goes before the configured one', () => {
  const feed = feedOf('campaign', contextFor({ 'provider.version': '4' }, { version: '3' }), 'listing');
  const { path } = feed.request(feed.start({ filter: null, fields: [] }));
  assert.equal(path, '/api/campaign/version/3/do/query');
});

test('a full page goes on from its last second, a short one is the last', () => {
  const feed = feedOf('prospect', legacy, 'updated');
  const start = feed.start({ from: FROM, filter: null, fields: [], pageSize: 2 });
  const { next } = pageOf(feed, legacyRows('prospect', [at(1, 0), at(2, 9)]), start);
  assert.equal(feed.request(next!).query?.['updated_after'], '2026-11-20 09:15:08');
  assert.equal(pageOf(feed, legacyRows('prospect', [at(2, 9)]), next!).next, null);
});

test('a page of one second is read on by id, then from the next second', () => {
  const feed = feedOf('prospect', legacy, 'updated');
  const start = feed.start({ from: FROM, filter: null, fields: [], pageSize: 2 });
  const tie = pageOf(feed, legacyRows('prospect', [at(1, 5), at(7, 5)]), start).next!;
  assert.deepEqual(feed.request(tie).query, {
    format: 'json',
    output: 'bulk',
    deleted: 'false',
    updated_after: '2026-11-20 09:15:04',
    updated_before: '2026-11-20 09:15:06',
    id_greater_than: '0',
    sort_by: 'id',
    sort_order: 'ascending',
    limit: 2,
  });
  const more = pageOf(feed, legacyRows('prospect', [at(1, 5), at(7, 5)]), tie).next!;
  assert.equal(feed.request(more).query?.['id_greater_than'], '7');
  const behind = pageOf(feed, legacyRows('prospect', []), more).next!;
  assert.equal(feed.request(behind).query?.['updated_after'], '2026-11-20 09:15:05');
});

test('rows out of order or without stamps are reported: a watermark over them would lose changes', () => {
  const feed = feedOf('prospect', legacy, 'updated');
  const start = feed.start({ from: FROM, filter: null, fields: [], pageSize: 2 });
  const { updated_at: _, created_at: __, ...unstamped } = at(2, 9);
  for (const rows of [
    [at(1, 9), at(2, 3)],
    [at(1, 0), unstamped],
  ]) {
    assert.throws(() => feed.read(answer(legacyRows('prospect', rows)), start), UnreadableAnswer);
  }
});

test('a scan goes on behind the last id', () => {
  const feed = feedOf('opportunity', legacy, 'listing');
  const start = feed.start({ filter: null, fields: [], pageSize: 2 });
  assert.equal(feed.request(start).query?.['id_greater_than'], '0');
  const { next } = pageOf(feed, legacyRows('opportunity', [at(3, 0), at(9, 0)]), start);
  assert.equal(feed.request(next!).query?.['id_greater_than'], '9');
  assert.equal(pageOf(feed, legacyRows('opportunity', [at(12, 0)]), next!).next, null);
});

test('v5 is asked inclusively, with the recycle bin where there is one', () => {
  const feed = feedOf('prospect', v5, 'changes');
  const { query } = feed.request(feed.start({ from: FROM, filter: null, fields: [] }));
  const { fields, ...rest } = query!;
  assert.deepEqual(rest, {
    deleted: 'all',
    updatedAtAfterOrEqualTo: '2026-11-20T09:15:00+00:00',
    orderBy: 'updatedAt ASC',
    limit: 1000,
  });
  assert.match(String(fields), /^id,email,.*,updatedById,Region__c$/);
  const activities = feedOf('visitorActivity', v5, 'changes');
  const start = activities.start({ filter: null, fields: [] });
  assert.equal(activities.request(start).query?.['deleted'], undefined);
});

test('v5 goes on from the last stamp, not by tokens, and shows what is deleted', () => {
  const feed = feedOf('prospect', v5, 'changes');
  const start = feed.start({ from: FROM, filter: null, fields: [] });
  const url = 'https://pi.pardot.com/api/v5/objects/prospects?fields=id&nextPageToken=a%2Bb';
  const late = { ...prospectV5, id: 332, isDeleted: true, updatedAt: '2026-11-20T04:15:09-05:00' };
  const { rows, next } = pageOf(feed, v5Page([prospectV5, late], url), start);
  assert.deepEqual(
    rows.map((row) => row.deleted ?? false),
    [false, true],
  );
  assert.equal(feed.request(next!).query?.['updatedAtAfterOrEqualTo'], '2026-11-20T09:15:09+00:00');
  assert.equal(pageOf(feed, v5Page([late]), next!).next, null);
  assert.throws(() => feed.read(answer(v5Page([], url)), next!), UnreadableAnswer);
});

test('a page of v5 that shares one second is read on by id', () => {
  const feed = feedOf('prospect', v5, 'changes');
  const start = feed.start({ from: FROM, filter: null, fields: [], pageSize: 2 });
  const tie = pageOf(feed, v5Page([prospectV5, { ...prospectV5, id: 335 }]), start).next!;
  const { fields: _, ...rest } = feed.request(tie).query!;
  assert.deepEqual(rest, {
    deleted: 'all',
    updatedAtAfterOrEqualTo: '2026-11-20T09:15:00+00:00',
    updatedAtBefore: '2026-11-20T09:15:01+00:00',
    idGreaterThan: '0',
    orderBy: 'id ASC',
    limit: 2,
  });
});

test('a short page of a v5 sweep is the last one only when no other is named', () => {
  const feed = feedOf('prospect', v5, 'sweep');
  const start = feed.start({ filter: null, fields: [], pageSize: 5 });
  const url = 'https://pi.pardot.com/api/v5/objects/prospects?nextPageToken=x';
  const { next } = pageOf(feed, v5Page([prospectV5], url), start);
  assert.equal(feed.request(next!).query?.['idGreaterThan'], '331');
  assert.equal(pageOf(feed, v5Page([prospectV5]), start).next, null);
});

const ZONES = [
  'Europe/Paris',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kolkata',
  'America/Sao_Paulo',
];

test('a stamp written for a zone is read back, but in the hour that comes twice', () => {
  const second = fc.integer({ min: Date.UTC(2015, 0) / 1000, max: Date.UTC(2035, 0) / 1000 });
  fc.assert(
    fc.property(fc.constantFrom(...ZONES), second, (name, seconds) => {
      const zone = findZone(name)!;
      const instant = seconds * 1000;
      const back = readStamp(localText(instant, zone), zone)!;
      const repeated = repeatedTime(instant, zone);
      if (repeated === undefined) assert.equal(back, instant);
      else assert.ok(back >= repeated.from && back < repeated.to);
    }),
    { numRuns: 2000 },
  );
});

test('the time that comes twice is found from within, and its edges come once', () => {
  const cases: [string, number, number][] = [
    ['Europe/Paris', Date.UTC(2026, 9, 25, 1), 3_600_000],
    ['America/New_York', Date.UTC(2026, 10, 1, 6), 3_600_000],
    ['Australia/Lord_Howe', Date.UTC(2026, 3, 4, 15), 1_800_000],
  ];
  for (const [name, change, length] of cases) {
    const zone = findZone(name)!;
    assert.ok(offsetAt(zone, change) < offsetAt(zone, change - 1), name);
    const span = { from: change - length, to: change + length + 1000 };
    for (const inside of [span.from, change - 1000, change, span.to - 1000]) {
      assert.deepEqual(repeatedTime(inside, zone), span, name);
    }
    for (const edge of [span.from - 1000, span.to - 1000, span.to]) {
      const text = localText(edge, zone);
      assert.equal(readStamp(text, zone), edge, `${name} ${text}`);
    }
    assert.equal(repeatedTime(span.from - 1000, zone), undefined);
    assert.equal(repeatedTime(span.to, zone), undefined);
  }
  assert.equal(repeatedTime(Date.UTC(2026, 2, 29, 1), findZone('Europe/Paris')!), undefined, 'spring');
  assert.equal(repeatedTime(FROM, findZone('GMT')!), undefined);
});
