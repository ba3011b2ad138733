import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCeql } from '../../ceql/parse-ceql.ts';
import type { Ceql } from '../../ceql/tree.ts';
import type { Json } from '../../kernel/json.ts';
import type { ConnectorContext, ListQuery } from '../define-connector.ts';
import { GiveUp, UnreadableAnswer } from '../failures.ts';
import { answer, GARBAGE, htmlAnswer } from '../testing/answers.ts';
import { discoverOrdersApi, ordersApiOf, type OrdersApi } from './api.ts';
import { shareWhere } from './orders-query.ts';
import { ordersByIds, productsByIds } from './read-many.ts';
import { resources } from './resources.ts';
import { listV1, listV2, orderV1, orderV2, product, shownOrderV2 } from './samples.ts';
import { toNewOrder, toOrderPatch } from './write-body.ts';

const NOW = Date.UTC(2026, 10, 20, 9, 15);
const [orders, products] = [resources[0]!, resources[1]!];
const context = (api: OrdersApi | null): ConnectorContext => ({
  configuration: {},
  facts: {},
  discovered: api === null ? null : { ordersApi: api },
  now: NOW,
});
const where = (text: string): Ceql => {
  const parsed = parseCeql(text);
  assert.ok(parsed.ok, text);
  return parsed.tree;
};
const query = (more: Partial<ListQuery> = {}): ListQuery => ({
  pushed: null,
  fields: [],
  pageSize: 50,
  includeDeleted: false,
  ...more,
});

test('v2 is used when it can be asked for modifications, v1 when it refuses or does not listen', () => {
  const request = discoverOrdersApi.request(context(null));
  assert.equal(request.query?.['filter'], 'modified_since_time==2036-11-17T09:15:00Z');
  assert.deepEqual(request.accept, [400, 404]);
  const found = (...args: Parameters<typeof answer>): Json => discoverOrdersApi.read(answer(...args));
  assert.deepEqual(found(listV2([])), { ordersApi: 'v2' });
  assert.deepEqual(found(listV2([orderV2])), { ordersApi: 'v1' });
  assert.deepEqual(found({ code: 400, message: 'Invalid filter' }, 400), { ordersApi: 'v1' });
  assert.deepEqual(found({ message: 'Not Found' }, 404), { ordersApi: 'v1' });
  assert.throws(() => discoverOrdersApi.read(htmlAnswer(400)), UnreadableAnswer);
  for (const response of GARBAGE) assert.throws(() => discoverOrdersApi.read(response), UnreadableAnswer);
  assert.deepEqual(
    [null, 'v1', 'v2'].map((api) => ordersApiOf(context(api as OrdersApi | null))),
    ['v2', 'v1', 'v2'],
  );
});

test('feeds, bulk reads and single reads speak the same API', () => {
  for (const api of ['v1', 'v2'] as const) {
    const { polling, get } = orders;
    const [feed] = polling!.feeds(context(api));
    const paths = [
      feed!.request(feed!.start({ filter: null, fields: [] })).path,
      polling!.readMany(context(api)).request(['26']).path,
      get.request('26', [], context(api)).path,
      orders.list.request(orders.list.start(query(), context(api)), context(api)).path,
    ];
    assert.ok(
      paths.every((path) => path.startsWith(`/crm/rest/${api}/orders`)),
      paths.join(),
    );
  }
});

test('one v1 order looks the same whichever way it is read', () => {
  const { polling, get } = orders;
  const [feed] = polling!.feeds(context('v1'));
  const page = feed!.read(answer(listV1('orders', [orderV1])), feed!.start({ filter: null, fields: [] }));
  const row = page === 'restart' ? undefined : page.rows[0];
  const state = polling!.readMany(context('v1')).read(answer(orderV1), ['26']).get('26');
  assert.deepEqual(state, { state: 'present', row });
  assert.deepEqual(get.read(answer(orderV1)), { record: orderV1 });
});

const SHARED: [
  api: OrdersApi,
  text: string,
  equals: { [name: string]: string },
  since: string | null,
  rest: boolean,
][] = [
  ['v2', 'contact_id = 7', { contact_id: '7' }, null, false],
  ['v1', "contact.id = '7' AND product_id = 3", { contact_id: '7', product_id: '3' }, null, false],
  ['v2', 'contact_id = 7 AND contact_id = 8', { contact_id: '7' }, null, true],
  ['v2', 'id = 26', { ids: '26' }, null, false],
  ['v2', 'id IN (1, 2, 2)', { ids: '1,2' }, null, false],
  ['v1', 'id = 26', {}, null, true],
  ['v1', 'paid != true', { paid: 'false' }, null, false],
  ['v2', "since = '2026-11-20T09:00:00Z'", {}, '2026-11-20T09:00:00.000Z', true],
  ['v1', "modification_time >= '2026-11-20T09:00:00.5Z'", {}, '2026-11-20T09:00:00.500Z', true],
  ['v2', "modification_date < '2026-11-20T09:00:00Z'", {}, null, true],
  ['v2', "contact_id = 'x'", {}, null, true],
  ['v2', "status = 'PAID' OR contact_id = 7", {}, null, true],
];
for (const [api, text, equals, since, hasRest] of SHARED) {
  test(`of ${text}, ${api} gets what it can filter`, () => {
    const shared = shareWhere(api, where(text));
    assert.ok(!('problem' in shared));
    assert.deepEqual(shared.pushed, { equals, since: since === null ? null : Date.parse(since) });
    assert.equal(shared.rest !== null, hasRest);
  });
}

for (const text of [
  'paid > 1',
  'product_id != 3',
  'paid = true OR id = 1',
  "since < '2026-01-01'",
  'since IN (1)',
]) {
  test(`${text} is refused with a reason`, () => {
    const shared = shareWhere('v2', where(text));
    assert.ok('problem' in shared && shared.problem.length > 20);
  });
}

test('products are filtered by active alone, the rest is ours', () => {
  const compiled = products.compileWhere(where("active = true AND sku = 'BOOK-01'"), context(null));
  assert.deepEqual('pushed' in compiled && compiled.pushed, { active: 'true' });
  assert.ok('rest' in compiled && compiled.rest !== null);
  assert.ok('problem' in products.compileWhere(where('active = 1'), context(null)));
  assert.ok('problem' in products.compileWhere(where('active = true AND active = false'), context(null)));
});

test('v2 lists in any documented order, by its own tokens', () => {
  const { list } = orders;
  const compiled = shareWhere('v2', where("paid = true AND since = '2026-11-20T09:00:00Z'"));
  assert.ok(!('problem' in compiled));
  const start = list.start(
    query({ pushed: compiled.pushed, orderBy: { field: 'modification_date', direction: 'desc' } }),
    context('v2'),
  );
  assert.deepEqual(list.request(start, context('v2')).query, {
    filter: 'modified_since_time==2026-11-20T08:59:59Z;paid==true',
    order_by: 'modification_time desc',
    page_size: 50,
    page_token: undefined,
  });
  const page = list.read(answer(listV2([orderV2], 'abc')), start, context('v2'));
  assert.deepEqual(page.records, [shownOrderV2]);
  assert.equal(list.request(page.next!, context('v2')).query?.['page_token'], 'abc');
  assert.throws(
    () => list.read(answer(listV2([orderV2], 'abc')), page.next!, context('v2')),
    UnreadableAnswer,
  );
  assert.equal(list.read(answer(listV2([orderV2], '')), page.next!, context('v2')).next, null);
});

test('v1 lists newest first alone, counts, and stops at a lower bound', () => {
  const { list } = orders;
  const v1 = context('v1');
  for (const orderBy of [
    { field: 'id', direction: 'desc' },
    { field: 'modification_date', direction: 'asc' },
  ] as const) {
    assert.throws(() => list.start(query({ orderBy }), v1), GiveUp);
  }
  const since = Date.UTC(2026, 10, 20, 9, 16);
  const start = list.start(query({ pushed: { equals: {}, since }, pageSize: 1 }), v1);
  assert.deepEqual(list.request(start, v1).query, { order: 'update_date', limit: 1, offset: 0 });
  const page = list.read(answer(listV1('orders', [orderV1], 3)), start, v1);
  assert.deepEqual([page.total, page.next?.['offset']], [3, 1]);
  const older = { ...orderV1, modification_date: '2026-11-20T09:15:59Z' };
  assert.equal(list.read(answer(listV1('orders', [older], 3)), page.next!, v1).next, null);
  assert.equal(
    list.read(answer(listV1('orders', [], 3)), page.next!, v1).next,
    null,
    'whatever count and next say',
  );
});

test('v2 reads orders a hundred at a time and the rest alone', () => {
  const many = ordersByIds('v2');
  assert.deepEqual(many.request(['26', 'x', '27']).query, { filter: 'ids==26,27', page_size: 100 });
  assert.equal(many.request(['x']).query?.['filter'], 'ids==0');
  const states = many.read(answer(listV2([orderV2])), ['26', '27']);
  assert.deepEqual(
    [...states].map(([id, { state }]) => [id, state]),
    [
      ['26', 'present'],
      ['27', 'absent'],
    ],
  );
  assert.equal(many.otherwise?.request(['27']).path, '/crm/rest/v2/orders/27');
  assert.equal(ordersByIds('v1').otherwise, undefined);
});

const ALONE: [string, Parameters<typeof answer>, string][] = [
  ['itself', [product], 'present'],
  ['another', [{ ...product, id: 4 }], 'absent'],
  ['404', [{ message: 'Product not found' }, 404], 'absent'],
  ['403', [{ message: 'Access is denied' }, 403], 'forbidden'],
  ['410', [{ message: 'gone' }, 410], 'gone'],
];
for (const [name, args, state] of ALONE) {
  test(`a product read alone is ${state} by ${name}`, () => {
    assert.equal(
      productsByIds()
        .read(answer(...args), ['3'])
        .get('3')?.state,
      state,
    );
  });
}

test("neither the gateway's fault nor a page of a proxy makes an order absent", () => {
  const fault = { fault: { faultstring: 'Unable to identify proxy', detail: { errorcode: 'x' } } };
  const alone = ordersByIds('v1');
  assert.throws(() => alone.read(answer(fault, 404), ['26']), UnreadableAnswer);
  assert.throws(() => alone.read(htmlAnswer(404), ['26']), UnreadableAnswer);
});

test('an order is created in the words of v1 and changed in those of v2', () => {
  assert.deepEqual(toNewOrder({ title: 'A', order_type: 'ONLINE', order_date: '2026-11-20T09:00:00Z' }), {
    order_title: 'A',
    order_type: 'Online',
    order_date: '2026-11-20T09:00:00Z',
  });
  assert.deepEqual(toOrderPatch({ ...shownOrderV2, contact_id: 7, order_type: 'Offline' }), {
    mask: 'order_title,order_time,order_type,custom_fields,contact_id',
    changes: {
      order_title: 'Starter course',
      order_type: 'OFFLINE',
      order_time: '2026-11-20T09:00:00Z',
      contact_id: '7',
      custom_fields: [],
    },
  });
  assert.throws(() => toOrderPatch({ total: 5 }), GiveUp);
  assert.deepEqual(toNewOrder({ title: 'read', order_title: 'given' }), { order_title: 'given' });
});

test('what was created is read again, so that it has the shape of all others', () => {
  assert.deepEqual(orders.create!.read(answer(orderV1, 201)), { id: '26' });
  assert.deepEqual(orders.update!.read(answer(orderV2)), { sameId: true });
  assert.throws(() => orders.create!.read(answer({}, 201)), UnreadableAnswer);
  const request = orders.update!.request('26', { title: 'New' }, context('v1'));
  assert.deepEqual(request, {
    method: 'PATCH',
    path: '/crm/rest/v2/orders/26',
    query: { update_mask: 'order_title' },
    json: { order_title: 'New' },
  });
  assert.equal(orders.update!.request('26', {}, context('v1')).method, 'GET', 'no change, no write');
});
