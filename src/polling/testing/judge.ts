import assert from 'node:assert/strict';
import type { EpochMs } from '../../kernel/clock.ts';
import type { DetectedEvent } from '../detect.ts';
import type { Version } from './model-vendor.ts';

/** An event that was reported; `version` null for a deletion. */
export interface Told {
  id: string;
  type: DetectedEvent['type'];
  version: number | null;
}

export interface Outcome {
  versions: Version[];
  /** What the silent baseline read: `7#3`, or `7#-<stamp>` for a deletion. */
  silent: ReadonlySet<string>;
  /** In the order of reporting. */
  told: Told[];
  enabledAt: EpochMs;
  /** Ids of which Tidings was shown a live record; absent: those that it told of or read in the baseline. */
  seen?: ReadonlySet<string>;
  /** Ids that Tidings believes to exist outside of what is listed. */
  outside?: ReadonlySet<string>;
}

/** How the vendor behaved. */
export interface Manner {
  kind: 'window' | 'scan';
  late: 'index' | 'commit';
  /** What shows deletions; a feed unless told. */
  deletions?: 'feed' | 'sweep' | 'feed_and_sweep';
}

/**
 * Throws unless, for every record: its events are CREATED? UPDATED* DELETED? and so on, in order of its versions; no
 * version has two events and none that the baseline read; and its final state, once shown, has its event.
 */
export function judge(manner: Manner, outcome: Outcome): void {
  const { versions, silent, told } = outcome;
  for (const id of new Set([...versions, ...told].map((one) => one.id))) {
    const own = versions.filter((version) => version.id === id);
    const about = told.filter((event) => event.id === id);
    const shown = about.flatMap(({ version }) => (version === null ? [] : [version]));
    assert.deepEqual(
      shown,
      [...new Set(shown)].toSorted((a, b) => a - b),
      `the versions of ${id} are told twice or out of order`,
    );
    for (const version of shown) {
      assert.ok(
        own.some(({ n }) => n === version),
        `${id} never had a version ${version}`,
      );
      assert.ok(!silent.has(`${id}#${version}`), `${id}#${version} was read in the baseline`);
    }
    const types = about.map((event) => event.type);
    assertOrder(types, id, silent);
    const deletions = own.filter(({ deleted }) => deleted).length;
    assert.ok(types.filter((type) => type === 'DELETED').length <= deletions, `${id} was deleted too often`);
    assertDeleted(about, own, silent);
    const final = own.at(-1)!;
    if (isOwed(manner, final, { own, about, outcome })) assertTold(final, about.at(-1), silent);
  }
}

/** A deletion is told only between the versions between which it happened. */
function assertDeleted(about: Told[], own: Version[], silent: ReadonlySet<string>): void {
  about.forEach(({ id, type }, index) => {
    if (type !== 'DELETED') return;
    const read = own.filter(({ n }) => silent.has(`${id}#${n}`)).map(({ n }) => n);
    const earlier = about.slice(0, index).flatMap(({ version }) => version ?? []);
    const after = Math.max(0, ...read, ...earlier);
    const before = about.slice(index).find(({ version }) => version !== null)?.version ?? Infinity;
    const happened = own.some(({ deleted, n }) => deleted && n > after && n < before);
    assert.ok(happened, `${id} was not deleted after its version ${after}`);
  });
}

function assertTold(final: Version, last: Told | undefined, silent: ReadonlySet<string>): void {
  // Whoever never heard of a record that was deleted before need not hear that it is deleted again.
  if (last === undefined && final.deleted && wasBuried(final.id, silent)) return;
  assert.ok(last !== undefined, `${final.id} has no event for its final state`);
  assert.equal(last.version, final.deleted ? null : final.n, `the final state of ${final.id} is missing`);
}

/** CREATED first or after DELETED only, nothing but CREATED after DELETED, and never of what the baseline knew. */
function assertOrder(types: string[], id: string, silent: ReadonlySet<string>): void {
  types.forEach((type, index) => {
    const before = types[index - 1];
    if (before === 'DELETED') assert.equal(type, 'CREATED', `${id}: ${types.join(' ')}`);
    if (type !== 'CREATED') return;
    assert.ok(index === 0 || before === 'DELETED', `${id}: ${types.join(' ')}`);
    const wasKnown =
      index === 0 && [...silent].some((name) => name.startsWith(`${id}#`) && !name.includes('-'));
    assert.ok(!wasKnown || wasBuried(id, silent), `${id} was known and is reported as created`);
  });
}

function wasBuried(id: string, silent: ReadonlySet<string>): boolean {
  return [...silent].some((name) => name.startsWith(`${id}#-`));
}

/** Whether the vendor has shown the final state in a way that no rule calls old news. */
function isOwed(
  { kind, late, deletions = 'feed' }: Manner,
  final: Version,
  { own, about, outcome }: { own: Version[]; about: Told[]; outcome: Outcome },
): boolean {
  const { silent, enabledAt, seen, outside } = outcome;
  const tick = (at: EpochMs) => Math.floor(at / 1000);
  if (silent.has(`${final.id}#${final.n}`) || silent.has(`${final.id}#-${final.stamp}`)) return false;
  const isLateCommit = late === 'commit' && kind === 'window' && final.stamp >= enabledAt - 3_600_000;
  const isNews = tick(final.stamp) >= tick(enabledAt);
  if (final.deleted && deletions === 'sweep') {
    // Without a feed of deletions only the loss of what was there can be noticed.
    const wasRead = own.some(({ n, deleted }) => !deleted && silent.has(`${final.id}#${n}`));
    const wasSeen = seen === undefined ? about.length > 0 || wasRead : seen.has(final.id);
    return wasSeen && outside?.has(final.id) !== true;
  }
  if (final.deleted) return isNews;
  // A window does not show what is stamped long ago, and takes an older stamp for a stale read.
  const isBackDated = own.some((version) => tick(version.stamp) > tick(final.stamp));
  const isListed = kind === 'scan' || deletions !== 'feed';
  return (isNews || isLateCommit) && (isListed || !isBackDated);
}
