import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Resource } from '../connectors/define-connector.ts';
import { GiveUp } from '../connectors/failures.ts';
import { pipedrive } from '../connectors/pipedrive/connector.ts';
import { answer } from '../connectors/testing/answers.ts';
import { createManualClock } from '../kernel/clock.ts';
import { createContexts } from './contexts.ts';
import { pipedriveInstance } from './testing/instances.ts';
import type { VendorCalls } from './vendor-calls.ts';

const plain = pipedrive.resources[0]!;
const discovering: Resource = {
  ...plain,
  discover: {
    request: () => ({ method: 'GET', path: '/fields' }),
    read: ({ body }) => body,
    ttlMs: 60_000,
  },
};

function contextsOver(call: () => Promise<number>) {
  const clock = createManualClock(1000);
  const vendor: VendorCalls = { call: async () => answer(await call()) };
  return { clock, contexts: createContexts({ vendor, clock }) };
}

/** Counts how often the vendor was asked, and answers with the count. */
function counting() {
  let count = 0;
  return contextsOver(async () => (count += 1));
}

test('a resource that discovers nothing asks nothing', async () => {
  const { contexts } = contextsOver(async () => assert.fail('asked'));
  const context = await contexts.of(pipedriveInstance(1, { a: 'b' }, { facts: { c: 1 } }), plain);
  assert.deepEqual(context, { configuration: { a: 'b' }, facts: { c: 1 }, discovered: null, now: 1000 });
});

test('what was discovered is kept for its time, per instance and configuration', async () => {
  const { clock, contexts } = counting();
  const discovered = async (...args: Parameters<typeof pipedriveInstance>): Promise<unknown> =>
    (await contexts.of(pipedriveInstance(...args), discovering)).discovered;
  assert.equal(await discovered(1, {}), 1);
  clock.advance(59_999);
  assert.equal(await discovered(1, {}), 1);
  assert.equal(await discovered(2, {}), 2, 'another instance');
  assert.equal(await discovered(1, {}, { configVersion: 2 }), 3, 'another configuration');
  clock.advance(60_000);
  assert.equal(await discovered(1, {}, { configVersion: 2 }), 4, 'too old');
});

test('callers at the same time share one question, and a failed one is asked again', async () => {
  let count = 0;
  const { contexts } = contextsOver(async () => {
    count += 1;
    if (count === 1) throw new GiveUp('not now', 503);
    return count;
  });
  const instance = pipedriveInstance(1, {});
  const both = await Promise.allSettled([
    contexts.of(instance, discovering),
    contexts.of(instance, discovering),
  ]);
  assert.deepEqual(
    both.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  assert.equal(count, 1);
  assert.equal((await contexts.of(instance, discovering)).discovered, 2);
});

test('a request refused for a stale discovery is made once more with a fresh one', async () => {
  const { contexts } = counting();
  const instance = pipedriveInstance(1, {});
  await contexts.of(instance, discovering);
  const seen: unknown[] = [];
  const result = await contexts.within(instance, discovering, async ({ discovered }) => {
    seen.push(discovered);
    if (discovered === 1) throw new GiveUp('INVALID_FIELD', 400);
    return 'done';
  });
  assert.equal(result, 'done');
  assert.deepEqual(seen, [1, 2]);
});

test('a refusal of a fresh discovery, or of another kind, is final', async () => {
  const { contexts } = counting();
  const instance = pipedriveInstance(1, {});
  let tries = 0;
  const refused = (status: number) => () => {
    tries += 1;
    return Promise.reject(new GiveUp('no', status));
  };
  await assert.rejects(contexts.within(instance, discovering, refused(400)), GiveUp);
  assert.equal(tries, 1);
  await assert.rejects(contexts.within(instance, discovering, refused(403)), GiveUp);
  assert.equal(tries, 2);
});
