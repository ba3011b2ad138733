import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drain } from './drain.ts';

test('all parts finish at the same time', async () => {
  const order: string[] = [];
  const part = (name: string, others: Promise<void>) => ({
    finish: async () => {
      order.push(`${name} begins`);
      await others;
      order.push(`${name} ends`);
    },
  });
  const gate = Promise.withResolvers<void>();
  const done = drain([part('a', gate.promise), part('b', Promise.resolve())], 5_000);
  setImmediate(gate.resolve);
  assert.equal(await done, true);
  assert.deepEqual(order, ['a begins', 'b begins', 'b ends', 'a ends']);
});

test('what has not finished in time is cut off', async () => {
  let isCut = false;
  const never = { finish: () => new Promise<void>(() => {}), cutOff: () => void (isCut = true) };
  assert.equal(await drain([never, { finish: () => {} }], 20), false);
  assert.equal(isCut, true);
});

test('a part that fails to stop is thrown after the others have stopped', async () => {
  let isStopped = false;
  const failing = {
    finish: () => {
      throw new Error('stuck');
    },
  };
  const other = { finish: async () => void (isStopped = true) };
  await assert.rejects(drain([failing, other], 1_000), AggregateError);
  assert.equal(isStopped, true);
});
