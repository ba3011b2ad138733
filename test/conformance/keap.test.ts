import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { createClock } from '../../simulators/core/clock.ts';
import { createKeapSimulator } from '../../simulators/keap/simulator.ts';
import type { KeapSimulator } from '../../simulators/keap/simulator.ts';

/**
 * Keap publishes no client for npm, and no recording of its traffic is public: the simulator is held to the shapes
 * of its documents instead. A shape is written as JSON whose values say what stands there: `int`, `number`, `text`,
 * `bool`, `time` (any of v1's forms), `utc` (v2's form), `any`; `?` after it: or null. What the page marks as optional
 * is not listed; more keys than listed are allowed, as Keap adds some now and then.
 */
type Shape = string | Shape[] | { [name: string]: Shape };

const READ_ON = '2026-11-21';

const MONEY = { amount: 'int', currency_code: 'text', formatted_amount: 'text' };
const ERROR_V2 = {
  code: 'int',
  message: 'text',
  status: 'text',
  details: [{ domain: 'text', resource: 'text' }],
};
const FAULT = { fault: { faultstring: 'text', detail: { errorcode: 'text' } } };

const ORDER_V1: Shape = {
  id: 'int',
  title: 'text',
  status: 'text',
  recurring: 'bool',
  total: 'number',
  total_paid: 'number',
  total_due: 'number',
  refund_total: 'number',
  contact: {
    id: 'int',
    email: 'text?',
    first_name: 'text?',
    last_name: 'text?',
    company_name: 'text?',
    job_title: 'text?',
  },
  order_date: 'time',
  creation_date: 'time',
  modification_date: 'time',
  order_type: 'text',
  source_type: 'text',
  lead_affiliate_id: 'int',
  sales_affiliate_id: 'int',
  notes: 'text?',
  terms: 'text?',
  invoice_number: 'any',
  allow_payment: 'bool?',
  allow_paypal: 'bool?',
  shipping_information: 'any?',
  payment_plan: 'any?',
  order_items: [
    {
      id: 'int',
      jobRecurringId: 'int',
      name: 'text',
      description: 'text?',
      type: 'text',
      notes: 'text?',
      quantity: 'int',
      cost: 'number',
      price: 'number',
      discount: 'number?',
      specialId: 'int',
      specialAmount: 'number',
      specialPctOrAmt: 'text?',
      product: {
        id: 'int',
        name: 'text',
        sku: 'text?',
        description: 'text?',
        taxable: 'bool',
        shippable: 'bool',
      },
      subscriptionPlan: 'any?',
    },
  ],
};

const ORDER_V2: Shape = {
  id: 'text',
  title: 'text',
  status: 'text',
  recurring: 'bool',
  total: MONEY,
  total_paid: MONEY,
  total_due: MONEY,
  refund_total: MONEY,
  refund_status: 'text',
  contact: { id: 'text', email: 'text?', given_name: 'text?', family_name: 'text?' },
  creation_time: 'utc',
  modification_time: 'utc',
  order_time: 'utc',
  due_time: 'utc?',
  sent_time: 'utc?',
  order_type: 'text',
  source_type: 'text',
  lead_affiliate_id: 'text',
  sales_affiliate_id: 'text',
  invoice_id: 'text',
  order_items: [
    {
      id: 'text',
      name: 'text',
      quantity: 'int',
      item_type: 'text',
      price_per_unit: MONEY,
      cost_per_unit: MONEY,
    },
  ],
  custom_fields: 'any',
};

const PRODUCT_V1: Shape = {
  id: 'int',
  product_name: 'text',
  product_desc: 'text?',
  product_short_desc: 'text?',
  product_price: 'number',
  product_options: 'any',
  subscription_only: 'bool',
  subscription_plans: 'any',
  sku: 'text?',
  status: 'int',
  url: 'text',
};

const CONTACT_V1: Shape = {
  id: 'int',
  given_name: 'text?',
  family_name: 'text?',
  email_addresses: [{ email: 'text', field: 'text' }],
  phone_numbers: [{ number: 'text', number_e164: 'text', field: 'text' }],
  date_created: 'time',
  last_updated: 'time',
  last_updated_utc_millis: 'int',
  ScoreValue: 'any?',
};

const listV1 = (name: string, record: Shape): Shape => ({
  [name]: [record],
  count: 'int',
  next: 'text',
  previous: 'text',
});

interface Documented {
  /** The page of Keap's documents. */
  page: string;
  readOn: string;
  method?: string;
  /** Under `/crm/rest`. */
  path: string;
  body?: unknown;
  /** Instead of the access key. */
  authorization?: string;
  status: number;
  shape: Shape;
}

const v1 = (given: Omit<Documented, 'page' | 'readOn'>): Documented => ({
  page: 'developer.keap.com/docs/rest',
  readOn: READ_ON,
  ...given,
});
const v2 = (given: Omit<Documented, 'page' | 'readOn'>): Documented => ({
  page: 'developer.keap.com/docs/restv2',
  readOn: READ_ON,
  ...given,
});

const NEW_ORDER = {
  contact_id: 1,
  order_date: '2026-11-20T09:00:00.000Z',
  order_title: 'Documented',
  order_type: 'Offline',
  order_items: [{ product_id: 1, quantity: 1, price: '12.50', description: 'one' }],
};

const DOCUMENTED: readonly Documented[] = [
  v1({
    path: '/v1/orders?order=update_date&limit=5&offset=0',
    status: 200,
    shape: listV1('orders', ORDER_V1),
  }),
  v1({
    path: '/v1/orders?since=2017-01-01T22:17:59.039Z&paid=true',
    status: 200,
    shape: listV1('orders', ORDER_V1),
  }),
  v1({ path: '/v1/orders/1', status: 200, shape: ORDER_V1 }),
  v1({ path: '/v1/orders/999999', status: 404, shape: { message: 'text' } }),
  v1({ path: '/v1/orders?limit=0', status: 400, shape: { message: 'text' } }),
  v1({ method: 'POST', path: '/v1/orders', body: NEW_ORDER, status: 201, shape: ORDER_V1 }),
  v1({
    path: '/v1/products?active=true&limit=2',
    status: 200,
    shape: { products: [PRODUCT_V1], count: 'int', next: 'text', previous: 'text', sync_token: 'text' },
  }),
  v1({ path: '/v1/products/1', status: 200, shape: PRODUCT_V1 }),
  v1({
    path: '/v1/contacts?order=last_updated&order_direction=ASCENDING&since=2017-01-01T22:17:59.039Z',
    status: 200,
    shape: listV1('contacts', CONTACT_V1),
  }),
  v1({
    path: '/v1/contacts/1?optional_properties=custom_fields,lead_source_id,job_title',
    status: 200,
    shape: { ...CONTACT_V1, custom_fields: 'any', lead_source_id: 'int', job_title: 'text?' },
  }),
  v1({
    path: '/v1/oauth/connect/userinfo',
    status: 200,
    shape: { email: 'text', sub: 'text', given_name: 'text?', family_name: 'text?' },
  }),
  v2({
    path: '/v2/orders?filter=modified_since_time%3D%3D2020-01-01T00%3A00%3A00Z&order_by=modification_time%20asc&page_size=3',
    status: 200,
    shape: { orders: [ORDER_V2], next_page_token: 'text' },
  }),
  v2({ path: '/v2/orders?filter=ids%3D%3D1,10,4,24', status: 200, shape: { orders: [ORDER_V2] } }),
  v2({
    path: '/v2/orders?filter=product_id%3D%3D1%3Bcontact_id%3D%3D567',
    status: 200,
    shape: { orders: [] },
  }),
  v2({ path: '/v2/orders?filter=id%3C3', status: 200, shape: { orders: [ORDER_V2] } }),
  v2({ path: '/v2/orders?filter=colour%3D%3Dred', status: 400, shape: ERROR_V2 }),
  v2({ path: '/v2/orders/1', status: 200, shape: ORDER_V2 }),
  v2({ path: '/v2/orders/999999', status: 404, shape: ERROR_V2 }),
  v2({
    method: 'PATCH',
    path: '/v2/orders/1?update_mask=order_title',
    body: { order_title: 'Changed' },
    status: 200,
    shape: ORDER_V2,
  }),
  v2({
    path: '/v2/oauth/connect/userinfo',
    status: 200,
    shape: { email: 'text', sub: 'text', id: 'text', keap_id: 'text', is_admin: 'bool' },
  }),
  {
    page: 'developer.keap.com/getting-started-oauth-keys (answers of the gateway, community posts)',
    readOn: READ_ON,
    path: '/v1/orders',
    authorization: 'Bearer wrong',
    status: 401,
    shape: FAULT,
  },
  {
    page: 'developer.infusionsoft.com/rest-hook-documentation',
    readOn: READ_ON,
    path: '/v1/hooks/event_keys',
    status: 200,
    shape: ['text'],
  },
];

const WORDS: { [word: string]: (value: unknown) => boolean } = {
  int: (value) => Number.isInteger(value),
  number: (value) => typeof value === 'number',
  text: (value) => typeof value === 'string',
  bool: (value) => typeof value === 'boolean',
  time: (value) =>
    typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?(Z|\+0000)$/.test(value),
  utc: (value) => typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(value),
  any: (value) => value !== undefined,
};

/** Where a value differs from its shape; empty when it does not. */
function differences(value: unknown, shape: Shape, at = '$'): string[] {
  if (typeof shape === 'string') {
    const word = shape.replace('?', '');
    if (shape.endsWith('?') && value === null) return [];
    return WORDS[word]!(value) ? [] : [`${at} is ${JSON.stringify(value)}, not ${shape}`];
  }
  if (Array.isArray(shape)) {
    if (!Array.isArray(value)) return [`${at} is no list`];
    const [entry] = shape;
    if (entry === undefined) return value.length === 0 ? [] : [`${at} is not empty`];
    if (value.length === 0) return [`${at} is empty`];
    return value.flatMap((one, index) => differences(one, entry, `${at}[${index}]`));
  }
  if (typeof value !== 'object' || value === null) return [`${at} is ${JSON.stringify(value)}, no object`];
  return Object.entries(shape).flatMap(([name, inner]) =>
    differences((value as Record<string, unknown>)[name], inner, `${at}.${name}`),
  );
}

/** Keeps deliveries and proves itself when asked. */
async function createReceiver(): Promise<{ url: string; bodies: string[]; close(): void }> {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
    request.on('end', () => {
      const secret = request.headers['x-hook-secret'];
      if (secret === undefined) bodies.push(text);
      response.writeHead(200, typeof secret === 'string' ? { 'X-Hook-Secret': secret } : {}).end();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    bodies,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

describe('the shapes of the documents of Keap against the simulator', () => {
  let simulator: KeapSimulator;
  let receiver: Awaited<ReturnType<typeof createReceiver>>;

  before(async () => {
    receiver = await createReceiver();
    simulator = await createKeapSimulator({
      clock: createClock(Date.parse('2026-11-20T09:15:00Z')),
      limits: { enforced: false },
    });
  });
  after(async () => {
    receiver.close();
    await simulator.close();
  });

  for (const { page, readOn, method = 'GET', path, body, authorization, status, shape } of DOCUMENTED) {
    it(`${method} ${path} is answered as in ${page}, read ${readOn}`, async () => {
      const answer = await fetch(`${simulator.url}/crm/rest${path}`, {
        method,
        headers: { authorization: authorization ?? `Bearer ${simulator.credentials.accessKey}` },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      assert.equal(answer.status, status);
      assert.match(answer.headers.get('content-type') ?? '', /^application\/json/);
      assert.deepEqual(differences(await answer.json(), shape), []);
    });
  }

  it('the headers of every answer are those of "API Token Quota and Usage", read 2026-11-21', async () => {
    const { headers } = await fetch(`${simulator.url}/crm/rest/v1/products`, {
      headers: { authorization: `Bearer ${simulator.credentials.accessKey}` },
    });
    for (const family of ['product-quota', 'product-throttle', 'tenant-throttle']) {
      for (const name of ['limit', 'time-unit', 'interval', 'available', 'used']) {
        assert.notEqual(headers.get(`x-keap-${family}-${name}`) ?? '', '', `${family}-${name}`);
      }
    }
    assert.match(headers.get('x-keap-product-quota-expiry-time') ?? '', /^\d{13}$/);
    assert.match(headers.get('x-keap-product-spike-limit') ?? '', /^\d+ps$/);
  });

  it('a delivery is as in "Rest Hook Documentation", read 2026-11-21', async () => {
    const created = await fetch(`${simulator.url}/crm/rest/v1/hooks`, {
      method: 'POST',
      headers: { authorization: `Bearer ${simulator.credentials.accessKey}` },
      body: JSON.stringify({ eventKey: 'order.edit', hookUrl: receiver.url }),
    });
    assert.deepEqual(
      differences(await created.json(), { key: 'text', eventKey: 'text', hookUrl: 'text', status: 'text' }),
      [],
    );
    simulator.store.orders.update(2, { title: 'told' });
    simulator.clock.advance(60_000);
    await simulator.hooks.idle();
    const object = { id: 'int', apiUrl: 'text', timestamp: 'utc' };
    const shape = { event_key: 'text', object_type: 'text', object_keys: [object] };
    assert.equal(receiver.bodies.length, 1);
    assert.deepEqual(differences(JSON.parse(receiver.bodies[0]!), shape), []);
  });
});
