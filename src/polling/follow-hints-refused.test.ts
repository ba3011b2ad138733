import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GiveUp } from '../connectors/failures.ts';
import { SECOND, useHarness } from './testing/use-harness.ts';

const harness = useHarness();

test('hints of a resource that the vendor refuses to read keep those of another waiting no longer', async () => {
  const polled = { url: '/hubs/crm/items', idField: 'id' };
  const h = await harness({
    configuration: {
      'event.vendor.type': 'both',
      'event.poller.configuration': { refused: polled, read: polled },
    },
  });
  await h.begin();
  h.clock.advance(SECOND);
  for (const id of ['1', '2']) h.model.write(id);
  for (const [id, objectType] of [
    ['1', 'refused'],
    ['2', 'read'],
  ] as const) {
    await h.db.execute(
      `insert into hints (event_id, instance_id, object_type, object_id, is_deletion, received_at)
       values (gen_random_uuid(), $1, $2, $3, false, $4)`,
      [h.instance().id, objectType, id, new Date(h.clock.now())],
    );
  }
  h.onCall(({ path, query }) => {
    const isRefused = path === '/read' && JSON.stringify(query).includes('"1"');
    if (isRefused) throw new GiveUp('not for this user', 403);
  });
  await h.poller.wakeHinted();
  await h.pollDue();
  assert.deepEqual(await h.lines(), ['CREATED read 2']);
  const left = await h.db.query<{ object_id: string }>('select object_id from hints');
  assert.deepEqual(left, [{ object_id: '1' }]);
});
