import type { EpochMs } from '../../kernel/clock.ts';
import { judge } from './judge.ts';
import type { Held, Mistake } from './model-core.ts';
import type { ModelHint } from './model-follower.ts';
import { createModelPoller, versionOf } from './model-poller.ts';
import { createModelVendor, modelConnector, type ModelVendor } from './model-vendor.ts';
import type { History, Step } from './random-history.ts';

const START: EpochMs = Date.UTC(2026, 10, 21, 9);
const SECOND = 1000;
const DAY = 86_400 * SECOND;
const FAR_FUTURE: EpochMs = Date.UTC(2099, 0, 1);
const FIRST_OF_CROWD = 101;
/** A record that is there at the end, without which a 404 says nothing. */
const WITNESS = '99';

/** Plays a history, lets everything become visible, and polls to the end; then throws what the oracle finds. */
export function playHistory(history: History, mistake: Mistake | null): void {
  const time = { now: START, lagMs: 0 };
  const vendor = createModelVendor(() => time.now - time.lagMs);
  const underWay: Told[] = [];
  Object.assign(vendor, { isForgetful: history.isForgetful, isReadAhead: isReadAhead(history) });
  for (let n = 0; n < history.crowd; n += 1) {
    const old = START - 2 * DAY;
    vendor.write(String(FIRST_OF_CROWD + n), { stamp: old, visibleAt: old });
  }
  const change = createChange(history, vendor, time, underWay);
  // Nobody could tell a replica that lags behind a back-dated edit from a new edit: none was seen before.
  for (const step of history.before) if (!isLagging(history) || !isBackDated(step)) change(step);
  const poller = createPoller(history, vendor, time, mistake);
  const silent = poller.baseline();
  const act = createAct(poller, vendor, underWay);
  for (const step of history.after) {
    change(step);
    act(step);
  }
  settle(history, { poller, vendor, time });
  const told = poller.events.map(({ type, row }) => ({ type, id: row.id, version: versionOf(row) }));
  judge(history, {
    versions: vendor.versions,
    silent,
    told,
    enabledAt: poller.enabledAt,
    seen: poller.seen,
    outside: poller.outside,
  });
}

interface Time {
  now: EpochMs;
  /** How far the replica that answers lags. */
  lagMs: number;
}

/** A webhook on its way. */
type Told = Omit<ModelHint, 'received_at'>;
type Poller = ReturnType<typeof createModelPoller>;

/** Of what is not committed yet nothing shows anything. */
function isReadAhead({ isReadAhead: isAhead, late }: History): boolean {
  return isAhead && late === 'index';
}

function isLagging(history: History): boolean {
  return history.staleEvery > 0 || isReadAhead(history);
}

function isBackDated(step: Step): boolean {
  return step.do === 'write' && step.stamp === 'past';
}

function createPoller(history: History, vendor: ModelVendor, time: Time, mistake: Mistake | null): Poller {
  let answers = 0;
  return createModelPoller({
    now: () => time.now,
    connector: modelConnector({
      isScan: history.kind === 'scan',
      pageSize: history.pageSize,
      stamp: { late: history.late },
      hasSweep: history.deletions !== 'feed',
      hasDeletions: history.deletions !== 'sweep',
    }),
    vendor,
    mistake,
    answer: (feed, position) => {
      answers += 1;
      const isStale = history.staleEvery > 0 && answers % history.staleEvery === 0;
      time.lagMs = isStale ? 20 * SECOND : 0;
      const response = vendor.answer(feed.request(position));
      time.lagMs = 0;
      return response;
    },
  });
}

/** What happens at the vendor, and to time. */
function createChange(history: History, vendor: ModelVendor, time: Time, underWay: Told[]) {
  const tick = (at: EpochMs) => Math.floor(at / SECOND);
  /** Where two sights of a record differ in age, stamps must tell its versions apart. */
  const isAmbiguous = (id: string, step: Step): boolean =>
    isLagging(history) &&
    ((step.do === 'write' && step.stamp === 'future') ||
      vendor.versions.some((version) => version.id === id && tick(version.stamp) === tick(time.now)));
  const stampOf = (step: Step): EpochMs => {
    if (step.do !== 'write' || step.stamp === 'now') return time.now;
    return step.stamp === 'future' ? FAR_FUTURE : time.now - DAY;
  };
  return (step: Step): void => {
    if (step.do === 'wait') time.now += step.ms;
    if (step.do !== 'write' && step.do !== 'delete') return;
    const id = String(step.id);
    const deleted = step.do === 'delete';
    const last = vendor.versions.findLast((version) => version.id === id);
    if (isAmbiguous(id, step) || (deleted && (last === undefined || last.deleted))) return;
    const visibleAt = time.now + step.lateS * SECOND;
    vendor.write(id, { stamp: stampOf(step), visibleAt, deleted });
    for (let n = 0; n < step.hints; n += 1) underWay.push({ object_id: id, is_deletion: deleted });
  };
}

/** What Tidings does, what a person does, and how far the vendor lets itself be read. */
function createAct(poller: Poller, vendor: ModelVendor, underWay: Told[]) {
  const { sweeper, follower } = poller;
  let held: Held | null = null;
  let wasLiedTo = false;
  /** Of the only record there is, a false word and a 404 together are what a deletion looks like. */
  const hasLie = (): boolean => wasLiedTo && !follower.isAtRest();
  const reads = { page: poller.read, sweep: sweeper.read, hints: follower.read };
  return (step: Step): void => {
    if (step.do === 'page') poller.write(poller.read());
    if (step.do === 'follow') poller.write(follower.read());
    if (step.do === 'sweep') sweep(poller, step.parts);
    if (step.do === 'stall') held = reads[step.over]();
    if (step.do === 'wake' && held !== null) poller.write(held);
    if (step.do === 'wake' || step.do === 'crash') held = null;
    if (step.do === 'lose_listing') sweeper.loseListing();
    if (step.do === 'person' && !vendor.isBlind) sweeper[step.says]();
    // Nobody releases deletions of an account that can't be read.
    if (step.do === 'blind') vendor.isBlind = !sweeper.hasReleased() && !hasLie();
    if (step.do === 'see') vendor.isBlind = false;
    if (step.do === 'rights') setRights(vendor, step.of, String(step.id));
    if (step.do === 'erase_crowd') eraseCrowd(vendor);
    if (step.do === 'false_hint' && vendor.shown(String(step.id)) !== undefined) {
      const isDeletion = step.isDeletion && !vendor.isBlind;
      wasLiedTo ||= isDeletion;
      follower.arrive({ object_id: String(step.id), is_deletion: isDeletion });
    }
    if (step.do === 'arrive')
      underWay.splice(step.nth % Math.max(1, underWay.length), 1).forEach(follower.arrive);
  };
}

function sweep({ sweeper, write }: Poller, parts: number): void {
  for (let n = 0; n < parts; n += 1) {
    write(sweeper.read());
    if (sweeper.isAtRest()) return;
  }
}

function setRights(vendor: ModelVendor, of: Extract<Step, { do: 'rights' }>['of'], id: string): void {
  if (of === 'hide') vendor.hidden.add(id);
  if (of === 'show') vendor.hidden.delete(id);
  if (of === 'forbid') vendor.forbidden.add(id);
  if (of === 'permit') vendor.forbidden.delete(id);
}

function eraseCrowd(vendor: ModelVendor): void {
  for (const { id, deleted } of vendor.versions.filter((one) => Number(one.id) >= FIRST_OF_CROWD)) {
    if (!deleted && vendor.shown(id)?.deleted === false) vendor.write(id, { deleted: true });
  }
}

/** Everything can be read again, and is, until nothing is left to be found. */
function settle(
  { deletions }: History,
  { poller, vendor, time }: { poller: Poller; vendor: ModelVendor; time: Time },
): void {
  vendor.isBlind = false;
  vendor.hidden.clear();
  vendor.forbidden.clear();
  time.now += SECOND;
  if (deletions !== 'feed') vendor.write(WITNESS);
  for (let round = 0; round < 3; round += 1) {
    time.now += 100 * SECOND;
    poller.pass();
    while (!poller.follower.isAtRest()) poller.write(poller.follower.read());
    if (deletions === 'feed') continue;
    sweep(poller, Infinity);
    poller.sweeper.release();
    sweep(poller, Infinity);
  }
}
