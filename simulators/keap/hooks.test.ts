import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { createClock } from '../core/clock.ts';
import type { Hook } from './hooks.ts';
import { createKeapSimulator } from './simulator.ts';
import type { KeapSimulator } from './simulator.ts';

const START = Date.parse('2026-11-20T09:15:00Z');

interface Delivered {
  event_key: string;
  object_type: string;
  object_keys: Array<{ id: number; apiUrl: string; timestamp: string }>;
}

describe('the Keap simulator: REST hooks', () => {
  let simulator: KeapSimulator;
  let hookUrl: string;
  const received: Delivered[] = [];
  /** What the receiver does with a handshake and with deliveries. */
  let echoes = true;
  let secrets: string[] = [];
  let answers: number[] = [];

  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
    request.on('end', () => {
      const secret = request.headers['x-hook-secret'];
      if (typeof secret === 'string') {
        secrets.push(secret);
        response.writeHead(200, echoes ? { 'x-hook-secret': secret } : {}).end();
        return;
      }
      received.push(JSON.parse(text) as Delivered);
      response.writeHead(answers.shift() ?? 200).end();
    });
  });

  before(async () => {
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    hookUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  beforeEach(async () => {
    received.length = 0;
    secrets = [];
    answers = [];
    echoes = true;
    simulator = await createKeapSimulator({ clock: createClock(START), hookDelayMs: 30_000 });
  });
  afterEach(() => simulator.close());

  const call = async (method: string, path: string, given: { body?: unknown; secret?: string } = {}) => {
    const answer = await fetch(`${simulator.url}/crm/rest/v1/hooks${path}`, {
      method,
      headers: {
        authorization: `Bearer ${simulator.credentials.accessKey}`,
        ...(given.secret !== undefined && { 'x-hook-secret': given.secret }),
      },
      ...(given.body !== undefined && { body: JSON.stringify(given.body) }),
    });
    const text = await answer.text();
    return { status: answer.status, hook: (text === '' ? {} : JSON.parse(text)) as Hook };
  };
  const subscribe = async (eventKey: string): Promise<Hook> =>
    (await call('POST', '', { body: { eventKey, hookUrl } })).hook;
  const pass = async (ms: number): Promise<void> => {
    simulator.clock.advance(ms);
    await simulator.hooks.idle();
  };

  it('proves the receiver while the creation is in flight', async () => {
    const { status, hook } = await call('POST', '', { body: { eventKey: 'order.add', hookUrl } });
    assert.equal(secrets.length, 1);
    assert.deepEqual([status, hook], [200, { key: '1', eventKey: 'order.add', hookUrl, status: 'Verified' }]);
    assert.equal((await call('DELETE', '/1')).status, 204);
    assert.equal((await call('GET', '/1')).status, 404);
  });

  it('a receiver that does not echo stays unverified and can prove itself later, in two ways', async () => {
    echoes = false;
    assert.equal((await subscribe('order.add')).status, 'Unverified');
    assert.equal((await call('POST', '/1/delayedVerify', { secret: 'guessed' })).status, 400);
    const later = await call('POST', '/1/delayedVerify', { secret: secrets[0]! });
    assert.equal(later.hook.status, 'Verified');
    assert.equal((await subscribe('order.edit')).status, 'Unverified');
    echoes = true;
    assert.equal((await call('POST', '/2/verify')).hook.status, 'Verified');
  });

  it('gathers changes of one key and sends them once the delay is over', async () => {
    await subscribe('order.edit');
    await subscribe('order.delete');
    const { orders } = simulator.store;
    orders.update(3, { title: 'once' });
    simulator.clock.advance(10_000);
    orders.update(3, { title: 'twice' });
    orders.update(4, { title: 'another' });
    orders.erase(5);
    await pass(19_999);
    assert.equal(received.length, 0);
    await pass(1);
    assert.deepEqual(received, [
      {
        event_key: 'order.edit',
        object_type: 'order',
        object_keys: [
          { id: 3, apiUrl: `${simulator.url}/crm/rest/v1/orders/3`, timestamp: '2026-11-20T09:15:10Z' },
          { id: 4, apiUrl: `${simulator.url}/crm/rest/v1/orders/4`, timestamp: '2026-11-20T09:15:10Z' },
        ],
      },
    ]);
    await pass(10_000);
    assert.deepEqual(received[1]?.object_keys, [{ id: 5, apiUrl: '', timestamp: '2026-11-20T09:15:10Z' }]);
  });

  it('sends at most a thousand objects at a time', async () => {
    await subscribe('order.add');
    for (let nth = 0; nth < 1500; nth += 1) simulator.store.orders.create({});
    await pass(30_000);
    const sizes = received.map((one) => one.object_keys.length).sort((a, b) => a - b);
    assert.deepEqual(sizes, [500, 1000]);
  });

  it('tries four times, then the subscription is inactive until it is verified again', async () => {
    await subscribe('product.edit');
    answers = [500, 404, 503, 500];
    simulator.store.products.update(1, { product_price: 1 });
    for (const ms of [30_000, 45_000, 300_000, 1_800_000]) await pass(ms);
    assert.equal(received.length, 4);
    assert.equal((await call('GET', '/1')).hook.status, 'Inactive');
    simulator.store.products.update(1, { product_price: 2 });
    await pass(3_600_000);
    assert.equal(received.length, 4, 'nothing is sent to an inactive one');
    assert.equal((await call('POST', '/1/verify')).hook.status, 'Verified');
    simulator.store.products.update(1, { product_price: 3 });
    await pass(30_000);
    assert.equal(received.length, 5);
  });

  it('a redirect is a success and 410 the end', async () => {
    await subscribe('contact.edit');
    answers = [302, 410];
    simulator.store.contacts.update(1, { given_name: 'A' });
    await pass(30_000);
    assert.equal(simulator.hooks.get('1')?.status, 'Verified');
    simulator.store.contacts.update(1, { given_name: 'B' });
    await pass(30_000);
    assert.equal(simulator.hooks.get('1')?.status, 'Inactive');
  });

  it('an add may be followed by an edit, and a payment has a key of its own', async () => {
    const own = await createKeapSimulator({ clock: createClock(START), hookDelayMs: 0, addsAreEdited: true });
    for (const key of ['order.add', 'order.edit', 'invoice.payment.add'])
      await own.hooks.create(key, hookUrl);
    const { id } = own.store.orders.create({});
    own.clock.advance(0);
    await own.hooks.idle();
    assert.deepEqual(received.map((one) => one.event_key).sort(), ['order.add', 'order.edit']);
    own.store.orders.pay(id, 100, { silent: true });
    own.clock.advance(0);
    await own.hooks.idle();
    assert.equal(received.at(-1)?.object_type, 'invoice.payment');
    await own.close();
  });

  it('lists the event keys and refuses unknown ones', async () => {
    const { hook } = await call('GET', '/event_keys');
    assert.ok((hook as unknown as string[]).includes('order.delete'));
    assert.equal((await call('POST', '', { body: { eventKey: 'order.paint', hookUrl } })).status, 400);
    assert.equal(
      (await call('POST', '', { body: { eventKey: 'order.add', hookUrl: 'http://example.com' } })).status,
      400,
    );
  });
});
