import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type { Connector, Resource } from '../connectors/define-connector.ts';
import { GiveUp } from '../connectors/failures.ts';
import type { Feed } from '../connectors/feed.ts';
import type { VendorRequest, VendorResponse } from '../connectors/vendor-http.ts';
import { createHarness, type Harness } from './testing/harness.ts';
import { modelConnector } from './testing/model-vendor.ts';

/** A vendor that must be asked for each field by name, and refuses one that it has no more. */

let fields: string[];
let asked: string[];
let harness: Harness;

function connector(): Connector {
  const model = modelConnector();
  const [items] = model.resources;
  const naming = (feed: Feed, names: string): Feed => ({
    ...feed,
    request: (position) => {
      const request = feed.request(position);
      return { ...request, query: { ...request.query, fields: names } };
    },
  });
  const discovering: Resource = {
    ...items!,
    discover: {
      request: () => ({ method: 'GET', path: '/fields' }),
      read: ({ body }) => body,
      ttlMs: 3_600_000,
    },
    polling: {
      ...items!.polling!,
      feeds: (context) =>
        items!.polling!.feeds(context).map((feed) => naming(feed, (context.discovered as string[]).join())),
    },
  };
  return { ...model, resources: [discovering] };
}

async function answer(request: VendorRequest): Promise<VendorResponse> {
  const { fields: given, ...query } = request.query ?? {};
  const names = given?.toString();
  asked.push(names === undefined ? request.path : `${request.path} ${names}`);
  if (request.path === '/fields') return { status: 200, headers: {}, body: fields, text: '' };
  const missing = names?.split(',').find((name) => !fields.includes(name));
  if (missing !== undefined) throw new GiveUp(`there is no field ${missing}`, 400);
  return harness.model.answer({ ...request, query });
}

before(async () => {
  fields = ['id', 'name', 'size'];
  asked = [];
  harness = await createHarness({
    connector: connector(),
    vendor: { call: (_instance, request) => answer(request) },
  });
  await harness.begin();
});
after(() => harness.close());
beforeEach(() => {
  asked = [];
});

test('a field that was removed at the vendor costs a poll one more question, and no event', async () => {
  fields = ['id', 'name'];
  harness.clock.advance(60_000);
  harness.model.write('1');
  await harness.next();
  assert.deepEqual(asked.slice(0, 3), ['/changes id,name,size', '/fields', '/changes id,name']);
  assert.deepEqual(await harness.lines(), ['CREATED items 1']);
  const { failures } = await harness.one<{ failures: number }>('select failures from polled_resources');
  assert.equal(failures, 0);
});

test('a request that is refused with what was discovered just now is a failure, asked twice a poll', async () => {
  fields = [];
  harness.clock.advance(60_000);
  await harness.next();
  assert.equal(asked.filter((line) => line.startsWith('/changes')).length, 2);
  const row = await harness.one<{ failures: number; last_error: string }>(
    'select failures, last_error from polled_resources',
  );
  assert.deepEqual([row.failures, row.last_error], [1, 'there is no field ']);
});
