import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Attention, Instance } from '../instances/instance.ts';
import { clearAttention, setAttention } from '../instances/queries.ts';
import { noteHeld } from './held-attention.ts';
import { discardHeld, releaseHeld } from './held-queries.ts';
import type { Harness } from './testing/harness.ts';
import { DAY, MINUTE, useHarness } from './testing/use-harness.ts';

const harness = useHarness();

const RECORDS = 60;

/** An account of which every id is known. */
async function swept(): Promise<Harness> {
  const h = await harness({ hasSweep: true });
  const stamp = h.clock.now() - 2 * DAY;
  for (let id = 1; id <= RECORDS; id += 1) h.model.write(String(id), { stamp, visibleAt: stamp });
  await h.begin();
  await h.poller.pollNow(h.instance(), { reconcile: true });
  return h;
}

/** The vendor shows nothing any more, and a sweep holds its deletions. */
async function held(): Promise<Harness> {
  const h = await swept();
  hide(h);
  const [polled] = await h.poller.pollNow(h.instance(), { reconcile: true });
  assert.equal(polled!.reconcile!.held, RECORDS);
  return h;
}

function hide(h: Harness): void {
  for (let id = 1; id <= RECORDS; id += 1) h.model.forbidden.add(String(id));
}

const attentionOf = async (h: Harness): Promise<Attention | null> =>
  (await h.one<{ attention: Attention | null }>('select attention from instances')).attention;

/** A poll of the instance as the store would load it now. */
async function pollAsLoaded(h: Harness): Promise<void> {
  const instance: Instance = { ...h.instance(), attention: await attentionOf(h) };
  await h.poller.pollNow(instance);
}

describe('deletions on hold', { timeout: 60_000 }, () => {
  test('ask for a person, naming the resource and what helps', async () => {
    const h = await held();
    const attention = await attentionOf(h);
    assert.deepEqual([attention?.kind, attention?.at], ['deletions_held', h.clock.now()]);
    assert.match(attention!.reason, /So many items went missing at once .*Release them .*discard them/);
  });

  test('ask for one after a sweep that was due by itself, too', async () => {
    const h = await swept();
    hide(h);
    h.clock.advance(DAY + MINUTE);
    await h.pollDue();
    assert.equal((await attentionOf(h))?.kind, 'deletions_held');
  });

  test('ask for nobody once they are released or discarded', async () => {
    for (const decide of [releaseHeld, discardHeld]) {
      const h = await held();
      await decide(h.db, h.instance().id);
      await noteHeld(h, h.instance().id);
      assert.equal(await attentionOf(h), null, decide.name);
    }
  });

  test('ask for nobody once the records show up again', async () => {
    const h = await held();
    h.model.forbidden.clear();
    await h.poller.pollNow(h.instance(), { reconcile: true });
    await pollAsLoaded(h);
    assert.equal(await attentionOf(h), null);
  });

  test('are noted by the next poll when the process died right after the hold', async () => {
    const h = await held();
    await clearAttention(h.db, h.instance().id, 'deletions_held');
    await pollAsLoaded(h);
    const attention = await attentionOf(h);
    assert.equal(attention?.kind, 'deletions_held');
    h.clock.advance(MINUTE);
    await pollAsLoaded(h);
    assert.deepEqual(await attentionOf(h), attention, 'since when does not move');
  });

  test('wait behind whatever else asks for a person, and are noted when that is over', async () => {
    const h = await held();
    const { id } = h.instance();
    for (const kind of ['webhook_setup', 'polling_disabled', 'reauthorize'] as const) {
      await setAttention(h.db, id, { kind, reason: 'something else', at: h.clock.now() });
      await noteHeld(h, id);
      await pollAsLoaded(h);
      assert.equal((await attentionOf(h))?.kind, kind);
      await clearAttention(h.db, id, kind);
      await pollAsLoaded(h);
      assert.equal((await attentionOf(h))?.kind, 'deletions_held');
    }
  });
});
