import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Connector } from '../connectors/define-connector.ts';
import type { Feed } from '../connectors/feed.ts';
import type { Harness } from './testing/harness.ts';
import { modelConnector } from './testing/model-vendor.ts';
import { DAY, HOUR, MINUTE, SECOND, useHarness } from './testing/use-harness.ts';

const harness = useHarness();
const OF_ITEMS = { url: '/hubs/crm/items', idField: 'id' };

/** The model's connector, whose resource gets its scan beside the window as soon as `join` is called. */
function joiningConnector(): { connector: Connector; join: () => void } {
  const connector = modelConnector({ pageSize: 3 });
  const polling = connector.resources[0]!.polling!;
  const scans = modelConnector({ isScan: true, pageSize: 3 }).resources[0]!.polling!;
  const own = modelConnector({ pageSize: 3 }).resources[0]!.polling!;
  let hasJoined = false;
  polling.feeds = (context): Feed[] => {
    const scan = scans.feeds(context).filter((feed) => feed.kind === 'scan');
    return hasJoined ? [...scan, ...own.feeds(context)] : own.feeds(context);
  };
  const join = (): void => {
    hasJoined = true;
  };
  return { connector, join };
}

function writeOld(h: Harness, n: number): void {
  const stamp = h.clock.now() - 2 * DAY;
  for (let id = 1; id <= n; id += 1) h.model.write(String(id), { stamp, visibleAt: stamp });
}

describe('a scan that comes to an instance polled already', () => {
  test('is silent about what was there when it joined its resource, and reports every change after', async () => {
    const { connector, join } = joiningConnector();
    const h = await harness({ connector });
    writeOld(h, 7);
    await h.begin();
    h.clock.advance(MINUTE);
    h.model.write('8');
    await h.next();
    assert.deepEqual(await h.lines(), ['CREATED items 8']);
    join();
    await h.next();
    await h.next();
    assert.deepEqual(await h.lines(), [], 'seven old records and one that is known');
    h.clock.advance(MINUTE);
    h.model.write('2');
    h.model.write('8');
    h.model.write('9');
    h.model.write('3', { stamp: h.clock.now() - DAY });
    await h.next();
    const told = await h.lines();
    assert.deepEqual(told.toSorted(), [
      'CREATED items 9',
      'UPDATED items 2',
      'UPDATED items 3',
      'UPDATED items 8',
    ]);
    await h.next();
    assert.deepEqual(await h.lines(), [], 'both feeds show them, each is told once');
  });

  test('loses nothing that changes while its first pass is under way', async () => {
    const { connector, join } = joiningConnector();
    const h = await harness({ connector });
    writeOld(h, 7);
    await h.begin();
    await h.next();
    join();
    let pages = 0;
    h.onCall(({ path }) => {
      if (path !== '/scan') return;
      pages += 1;
      if (pages !== 2) return;
      h.clock.advance(SECOND);
      h.model.write('1');
      h.model.write('6');
    });
    await h.next();
    await h.next();
    assert.deepEqual((await h.lines()).toSorted(), ['UPDATED items 1', 'UPDATED items 6']);
  });

  test('as a resource of its own reads its baseline silently before the change of the instance is answered', async () => {
    const h = await harness({
      isScan: true,
      pageSize: 3,
      configuration: { 'event.poller.configuration': { things: { ...OF_ITEMS, url: '/hubs/crm/things' } } },
    });
    writeOld(h, 7);
    await h.begin();
    h.clock.advance(3 * HOUR);
    h.model.write('1');
    await h.next();
    assert.deepEqual(await h.lines(), ['UPDATED things 1']);
    const { configuration } = h.instance();
    await h.change({
      configuration: {
        ...configuration,
        'event.poller.configuration': {
          things: { ...OF_ITEMS, url: '/hubs/crm/things' },
          items: OF_ITEMS,
        },
      },
    });
    assert.deepEqual(await h.lines(), []);
    h.clock.advance(SECOND);
    h.model.write('7');
    h.model.write('8');
    h.model.write('2', { deleted: true });
    await h.next();
    await h.next();
    assert.deepEqual((await h.lines()).toSorted(), [
      'CREATED items 8',
      'CREATED things 8',
      'DELETED items 2',
      'DELETED things 2',
      'UPDATED items 7',
      'UPDATED things 7',
    ]);
  });

  test('takes what is stamped by whole seconds in the second in which polling began for new', async () => {
    const h = await harness({ isScan: true });
    h.clock.advance(600);
    await h.begin();
    h.clock.advance(300);
    h.model.write('1', { stamp: h.clock.now() - 900 });
    await h.next();
    assert.deepEqual(await h.lines(), ['CREATED items 1']);
  });
});
