import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createClock } from '../core/clock.ts';
import { compareCoverage } from '../core/coverage.ts';
import { KEAP_COVERAGE } from './coverage.ts';
import { createKeapSimulator } from './simulator.ts';
import type { KeapSimulator } from './simulator.ts';

const START = Date.parse('2026-11-20T09:15:00Z');
type Body = Record<string, unknown>;

describe('the Keap simulator: orders, products and contacts', () => {
  let simulator: KeapSimulator;

  before(async () => {
    simulator = await createKeapSimulator({ clock: createClock(START), limits: { enforced: false } });
  });
  after(() => simulator.close());

  const call = async (
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: Body }> => {
    const answer = await fetch(`${simulator.url}/crm/rest${path}`, {
      method,
      headers: { authorization: `Bearer ${simulator.credentials.accessKey}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? {} : (JSON.parse(text) as Body) };
  };
  const get = (path: string): ReturnType<typeof call> => call('GET', path);
  const filter = (text: string): string => `filter=${encodeURIComponent(text)}`;
  const ids = (list: Body[]): number[] => list.map(({ id }) => Number(id as string));

  it('serves what its coverage lists and nothing else', () => {
    assert.deepEqual(compareCoverage(simulator.routes, KEAP_COVERAGE), { unlisted: [], unserved: [] });
  });

  it('writes the same instant in several ways in v1 and in one in v2', async () => {
    const { body } = await get('/v1/orders?limit=20');
    const endings = new Set(
      (body['orders'] as Body[]).map(({ modification_date: text }) => (text as string).slice(19)),
    );
    assert.deepEqual([...endings].sort(), ['.000+0000', '.000Z', 'Z']);
    const one = (await get('/v2/orders/3')).body;
    assert.match(one['modification_time'] as string, /:\d\dZ$/);
    assert.equal(one['id'], '3');
  });

  it('shows money in units in v1 and in the smallest unit in v2', async () => {
    const { id } = simulator.store.orders.create({ contact_id: 1 }, { silent: true });
    const first = (await get(`/v1/orders/${id}`)).body;
    const second = (await get(`/v2/orders/${id}`)).body;
    assert.deepEqual([first['total'], first['id']], [35, id]);
    assert.deepEqual(second['total'], { amount: 3500, currency_code: 'USD', formatted_amount: '$35.00' });
    simulator.store.orders.erase(id);
  });

  it('lists v1 orders newest first by the date asked for, with a next link that never ends', async () => {
    const { body } = await get('/v1/orders?order=update_date&limit=5&offset=18');
    const times = (body['orders'] as Body[]).map((one) => Date.parse(one['modification_date'] as string));
    assert.deepEqual(
      times,
      [...times].sort((a, b) => b - a),
    );
    assert.equal(times.length, 2);
    assert.equal(body['count'], 20);
    const beyond = await get('/v1/orders?limit=5&offset=1000');
    assert.deepEqual(beyond.body['orders'], []);
    assert.match(beyond.body['next'] as string, /offset=1005/);
    assert.equal((await get('/v1/orders?limit=1001')).status, 400);
    assert.equal((await get('/v1/orders?order=modification_date')).status, 400);
  });

  it('compares the creation with since in v1, so that a later change is missed', async () => {
    const order = simulator.store.orders.create(
      {},
      { silent: true, createdAt: START - 90_000, updatedAt: START - 90_000 },
    );
    simulator.store.orders.update(order.id, { title: 'changed' });
    const { body } = await get('/v1/orders?since=2026-11-20T09:14:00Z');
    assert.ok(!ids(body['orders'] as Body[]).includes(order.id));
    simulator.store.orders.erase(order.id);
  });

  it('a shrinking list moves up under an offset and a page token alike', async () => {
    const made = Array.from(
      { length: 6 },
      () => simulator.store.orders.create({ contact_id: 12 }, { silent: true }).id,
    );
    const mine = filter('contact_id==12');
    const first = (await get(`/v2/orders?${mine}&order_by=id%20desc&page_size=3`)).body;
    assert.deepEqual(ids(first['orders'] as Body[]), made.toReversed().slice(0, 3));
    simulator.store.orders.erase(made[5]!);
    const token = first['next_page_token'] as string;
    const second = (await get(`/v2/orders?${mine}&order_by=id%20desc&page_size=3&page_token=${token}`)).body;
    assert.equal(ids(second['orders'] as Body[])[0], made[1], 'the third from the end is shown on neither');
    for (const id of made.slice(0, 5)) simulator.store.orders.erase(id);
  });

  it('filters v2 orders by clauses joined with semicolons and refuses others by 400', async () => {
    const at = '2026-11-20T09:15:00Z';
    const [one, two] = [1, 2].map((contact_id) =>
      simulator.store.orders.create({ contact_id }, { silent: true }),
    );
    const found = async (text: string): Promise<number[]> =>
      ids((await get(`/v2/orders?${filter(text)}`)).body['orders'] as Body[]);
    assert.deepEqual(await found(`modified_since_time==${at}`), [one!.id, two!.id]);
    assert.deepEqual(await found(`modified_since_time==${at};contact_id==2`), [two!.id]);
    assert.deepEqual(await found(`ids==${one!.id},${two!.id},9999`), [one!.id, two!.id]);
    assert.deepEqual(await found(`id>${one!.id};modified_until_time==${at}`), [two!.id]);
    const refused = await get(`/v2/orders?${filter('colour==red')}`);
    assert.deepEqual(refused, {
      status: 400,
      body: {
        code: 400,
        message: 'Invalid filter: colour==',
        status: 'INVALID_ARGUMENT',
        details: [{ domain: 'orders', resource: 'colour' }],
      },
    });
    for (const order of [one!, two!]) simulator.store.orders.erase(order.id);
  });

  it('an application without the newer filters refuses them until it has them', async () => {
    simulator.v2.modified = false;
    const since = filter('modified_since_time==2026-11-20T09:15:00Z');
    assert.equal((await get(`/v2/orders?${since}`)).status, 400);
    assert.equal((await get('/v2/orders?order_by=modification_time%20asc')).status, 400);
    assert.equal((await get(`/v2/orders?${filter('created_since_time==2026-11-20T09:15:00Z')}`)).status, 200);
    simulator.v2.modified = true;
    assert.equal((await get(`/v2/orders?${since}`)).status, 200);
  });

  it('creates, patches and deletes an order, and lists its deletion nowhere', async () => {
    const made = await call('POST', '/v1/orders', {
      contact_id: 1,
      order_date: '2026-11-20T09:00:00.000Z',
      order_title: 'From the API',
      order_type: 'Online',
      order_items: [{ product_id: 2, quantity: 2 }],
    });
    assert.deepEqual([made.status, made.body['total'], made.body['source_type']], [201, 300, 'API']);
    const id = made.body['id'] as number;
    simulator.clock.advance(5000);
    const patched = await call('PATCH', `/v2/orders/${id}?update_mask=order_title`, {
      order_title: 'Renamed',
      notes: 'not named by the mask',
    });
    assert.deepEqual(
      [patched.status, patched.body['title'], patched.body['notes'], patched.body['modification_time']],
      [200, 'Renamed', null, '2026-11-20T09:15:05Z'],
    );
    assert.equal((await call('DELETE', `/v1/orders/${id}`)).status, 204);
    assert.deepEqual(await get(`/v1/orders/${id}`), { status: 404, body: { message: 'Order not found' } });
    assert.equal((await get(`/v2/orders/${id}`)).body['code'], 404);
    assert.deepEqual((await get(`/v2/orders?${filter(`ids==${id}`)}`)).body['orders'], []);
  });

  it('refuses to delete an order with payments, and a payment may leave the stamp alone', async () => {
    const { id, updatedAt } = simulator.store.orders.create({}, { silent: true });
    simulator.clock.advance(1000);
    simulator.store.orders.pay(id, 3500, { touches: false });
    assert.equal(simulator.store.orders.get(id)?.updatedAt, updatedAt);
    assert.equal((await get(`/v1/orders/${id}`)).body['status'], 'PAID');
    assert.equal((await call('DELETE', `/v1/orders/${id}`)).status, 400);
    simulator.store.orders.erase(id);
  });

  it('names everything a new order lacks', async () => {
    const refused = await call('POST', '/v1/orders', { order_type: 'Online' });
    assert.deepEqual(refused, {
      status: 400,
      body: { message: 'contact_id, order_date, order_title, order_items must not be null' },
    });
  });

  it('products have no dates', async () => {
    const made = await call('POST', '/v1/products', { product_name: 'Mug', product_price: 12.5 });
    const id = made.body['id'] as number;
    assert.deepEqual([made.status, made.body['product_price']], [201, 12.5]);
    const patched = await call('PATCH', `/v1/products/${id}`, { active: false });
    assert.equal(patched.body['status'], 0);
    assert.ok(!Object.keys(patched.body).some((name) => /date|time/.test(name)));
    assert.equal((await call('DELETE', `/v1/products/${id}`)).status, 204);
    assert.equal((await get(`/v1/products/${id}`)).status, 404);
  });

  it('contacts compare since with last_updated, in either direction', async () => {
    const made = await call('POST', '/v1/contacts', {
      email_addresses: [{ email: 'new@customers.example', field: 'EMAIL1' }],
    });
    assert.equal(made.status, 201);
    const since = encodeURIComponent(made.body['last_updated'] as string);
    const { body } = await get(`/v1/contacts?since=${since}&order=last_updated&order_direction=ASCENDING`);
    assert.deepEqual(ids(body['contacts'] as Body[]), [made.body['id']]);
    const again = await call('PUT', '/v1/contacts', {
      duplicate_option: 'Email',
      email_addresses: [{ email: 'new@customers.example', field: 'EMAIL1' }],
      given_name: 'Nova',
    });
    assert.deepEqual(
      [again.status, again.body['id'], again.body['given_name']],
      [200, made.body['id'], 'Nova'],
    );
    assert.equal((await call('POST', '/v1/contacts', { given_name: 'Nobody' })).status, 400);
  });

  it('a late index hides a change from lists and not from reads', async () => {
    simulator.store.setLag({ kind: 'index', ms: 60_000 });
    const { id } = simulator.store.orders.create({}, { silent: true });
    simulator.store.setLag(null);
    assert.equal((await get(`/v1/orders/${id}`)).status, 200);
    const listed = async (): Promise<boolean> =>
      ids((await get('/v1/orders?order=update_date')).body['orders'] as Body[]).includes(id);
    assert.equal(await listed(), false);
    simulator.clock.advance(60_000);
    assert.equal(await listed(), true);
  });
});
