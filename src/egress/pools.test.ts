import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPools } from './pools.ts';

const setUp = (maxIdlePools: number): ReturnType<typeof createPools> =>
  createPools({
    connect: (_, callback) => callback(new Error('no connections in this test'), null),
    connectionsPerOrigin: 1,
    maxIdlePools,
  });

test('an origin keeps its pool while it is used, and afterwards', async () => {
  const pools = setUp(10);
  const first = pools.take('http://a.example');
  assert.equal(pools.take('http://a.example'), first);
  pools.release(first);
  pools.release(first);
  assert.equal(pools.take('http://a.example'), first);
  await pools.destroy(new Error('end'));
});

test('of idle pools the least recently used goes first, one in use never', async () => {
  const pools = setUp(2);
  const used = pools.take('http://used.example');
  const [a, b, c] = ['a', 'b', 'c'].map((name) => pools.take(`http://${name}.example`));
  for (const entry of [a, b]) pools.release(entry!);
  pools.release(pools.take('http://a.example'));
  pools.release(c!);
  assert.deepEqual(
    [a, b, c, used].map((entry) => entry!.pool.closed),
    [false, true, false, false],
  );
  assert.notEqual(pools.take('http://b.example'), b);
  await pools.destroy(new Error('end'));
});

test('ten thousand origins leave no more than the idle limit behind', async () => {
  const pools = setUp(1_000);
  for (let i = 0; i < 10_000; i++) pools.release(pools.take(`http://host-${i}.example`));
  assert.equal(pools.size(), 1_000);
  await pools.destroy(new Error('end'));
  assert.equal(pools.size(), 0);
});
