import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createClock } from '../core/clock.ts';
import { createWebhookReceiver } from '../core/webhook-receiver.ts';
import type { WebhookReceiver } from '../core/webhook-receiver.ts';
import { createHubSpotSimulator } from './simulator.ts';
import type { HubSpotSimulator } from './simulator.ts';

const START = Date.parse('2026-11-20T09:15:00.250Z');
const HOUR_MS = 3_600_000;
type Item = Record<string, unknown>;

describe('HubSpot webhooks', () => {
  let simulator: HubSpotSimulator;
  let receiver: WebhookReceiver;
  beforeEach(async () => {
    receiver = await createWebhookReceiver();
    const clock = createClock(START);
    simulator = await createHubSpotSimulator({ clock, seeded: false, webhookTimeoutMs: 100 });
  });
  afterEach(async () => {
    await simulator.close();
    await receiver.close();
  });

  const call = async (
    method: string,
    path: string,
    body?: unknown,
    key = simulator.credentials.developerApiKey,
  ): Promise<{ status: number; body: Item }> => {
    const url = `${simulator.url}/webhooks/v3/${simulator.credentials.appId}${path}?hapikey=${key}`;
    const response = await fetch(url, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Item) };
  };
  const aim = (query = ''): void => {
    simulator.webhooks.configure({ targetUrl: `${receiver.url}${query}` });
  };
  const subscribe = (...types: string[]): void => {
    for (const type of types) {
      const [eventType = '', propertyName] = type.split(':');
      simulator.webhooks.subscribe({ eventType, ...(propertyName !== undefined && { propertyName }) });
    }
  };
  const bodies = async (): Promise<Item[][]> => {
    await simulator.webhooks.idle();
    return receiver.received.map((one) => JSON.parse(one.body) as Item[]);
  };
  const types = (elements: Item[] = []): string[] =>
    elements.map((one) => one['subscriptionType'] as string).sort();

  it('settings and subscriptions are kept for the developer alone', async () => {
    assert.equal((await call('GET', '/settings')).status, 404);
    const put = await call('PUT', '/settings', {
      targetUrl: receiver.url,
      throttling: { maxConcurrentRequests: 5 },
    });
    assert.deepEqual([put.status, put.body['targetUrl']], [200, receiver.url]);
    assert.equal((await call('PUT', '/settings', { targetUrl: 'http://example.com' })).status, 400);
    const made = await call('POST', '/subscriptions', { eventType: 'contact.creation', active: true });
    assert.deepEqual([made.status, made.body['active']], [201, true]);
    const id = String(made.body['id']);
    assert.equal((await call('PATCH', `/subscriptions/${id}`, { active: false })).body['active'], false);
    const many = await call('POST', '/subscriptions/batch/update', { inputs: [{ id, active: true }] });
    assert.equal((many.body['results'] as Item[])[0]?.['active'], true);
    assert.equal((await call('GET', `/subscriptions/${id}`)).status, 200);
    assert.equal((await call('DELETE', `/subscriptions/${id}`)).status, 204);
    assert.deepEqual((await call('GET', '/subscriptions')).body, { results: [] });
    assert.equal((await call('GET', '/settings', undefined, 'wrong')).status, 401);
    assert.equal((await call('DELETE', '/settings')).status, 204);
    for (const body of [
      { eventType: 'contact.nonsense' },
      { eventType: 'contact.propertyChange' },
      { eventType: 'company.propertyChange', propertyName: 'hs_lastmodifieddate' },
      { eventType: 'object.creation' },
    ]) {
      assert.equal((await call('POST', '/subscriptions', body)).status, 400, JSON.stringify(body));
    }
  });

  it('one creation is one body: the creation not first, a change of each subscribed property, one time', async () => {
    aim();
    subscribe('contact.creation', 'contact.propertyChange:email', 'contact.propertyChange:lastname');
    const { id } = simulator.store.contacts.create({ email: 'a@x.example', lastname: 'A', firstname: 'B' });
    const [body = []] = await bodies();
    assert.deepEqual(types(body), ['contact.creation', 'contact.propertyChange', 'contact.propertyChange']);
    assert.notEqual(body[0]?.['subscriptionType'], 'contact.creation');
    assert.ok(body.every((one) => one['objectId'] === id && one['occurredAt'] === START));
    const creation = body.find((one) => one['subscriptionType'] === 'contact.creation');
    assert.deepEqual(
      [
        creation?.['changeFlag'],
        creation?.['changeSource'],
        creation?.['attemptNumber'],
        creation?.['portalId'],
      ],
      ['CREATED', 'CRM_UI', 0, simulator.credentials.portalId],
    );
    const change = body.find((one) => one['propertyName'] === 'email');
    assert.equal(change?.['propertyValue'], 'a@x.example');
  });

  it('bodies hold a hundred elements at most, and those of several portals', async () => {
    aim();
    subscribe('company.creation');
    const [first, second] = simulator.portals;
    for (let nth = 0; nth < 60; nth += 1) {
      first.store.companies.create({ name: `a${nth}` });
      second.store.companies.create({ name: `b${nth}` });
    }
    const sent = await bodies();
    assert.deepEqual(
      sent.map((one) => one.length).toSorted((a, b) => a - b),
      [20, 100],
    );
    assert.equal(new Set(sent.flat().map((one) => one['portalId'])).size, 2);
  });

  it('signs with versions 1 and 3 over what is sent, the address with some escapes undone', async () => {
    aim('?to=a%40b%20c&x=%3D');
    subscribe('contact.creation');
    simulator.store.contacts.create({ email: 'a@x.example' });
    await bodies();
    const { headers, body, path } = receiver.received[0]!;
    const { clientSecret } = simulator.credentials;
    assert.equal(path, '/hook?to=a%40b%20c&x=%3D');
    assert.equal(
      headers['x-hubspot-signature'],
      createHash('sha256')
        .update(clientSecret + body)
        .digest('hex'),
    );
    assert.equal(headers['x-hubspot-signature-version'], 'v1');
    const timestamp = String(headers['x-hubspot-request-timestamp']);
    const base = `POST${receiver.url}?to=a@b%20c&x=%3D${body}${timestamp}`;
    assert.equal(
      headers['x-hubspot-signature-v3'],
      createHmac('sha256', clientSecret).update(base).digest('base64'),
    );
    assert.equal(timestamp, String(START));
  });

  it('sends again up to ten times over a day, the number of the attempt rising and the signature new', async () => {
    aim();
    subscribe('contact.creation');
    receiver.answers.push(500, 0, 503);
    simulator.store.contacts.create({ email: 'a@x.example' });
    for (let hour = 0; hour < 30; hour += 1) {
      await bodies();
      simulator.clock.advance(HOUR_MS / 4);
    }
    const sent = await bodies();
    assert.deepEqual(
      sent.map(([one]) => one?.['attemptNumber']),
      [0, 1, 2, 3],
    );
    const signatures = new Set(receiver.received.map(({ headers }) => headers['x-hubspot-signature-v3']));
    assert.equal(signatures.size, 4);
    receiver.answers.push(...Array.from({ length: 20 }, () => 500));
    simulator.store.contacts.create({ email: 'b@x.example' });
    for (let step = 0; step < 200; step += 1) {
      await simulator.webhooks.idle();
      simulator.clock.advance(HOUR_MS / 4);
    }
    const [, failed] = simulator.webhooks.deliveries();
    assert.deepEqual([failed?.state, failed?.tries.length], ['failed', 11]);
    const spent = (failed?.tries.at(-1)?.at ?? 0) - (failed?.tries[0]?.at ?? 0);
    assert.ok(spent > 18 * HOUR_MS && spent < 30 * HOUR_MS, `${spent} ms`);
  });

  it('tells of deletions, restores, merges, erasures and links', async () => {
    aim();
    subscribe('contact.deletion', 'contact.restore', 'contact.merge', 'contact.privacyDeletion');
    subscribe('contact.associationChange', 'company.associationChange');
    const { contacts, companies } = simulator.store;
    const [a, b, c] = ['a', 'b', 'c'].map((firstname) => contacts.create({ firstname }).id);
    const company = companies.create({ name: 'Acme' });
    await bodies();
    receiver.received.length = 0;
    const told = async (): Promise<Item[]> => {
      const sent = (await bodies()).flat();
      receiver.received.length = 0;
      return sent;
    };
    contacts.remove(a!);
    assert.deepEqual(types(await told()), ['contact.deletion']);
    contacts.restore(a!);
    assert.deepEqual(types(await told()), ['contact.restore']);
    contacts.merge(a!, b!);
    const [merge, ...others] = await told();
    assert.deepEqual(
      [merge?.['primaryObjectId'], merge?.['mergedObjectIds'], merge?.['newObjectId'], others.length],
      [a, [b], a, 0],
    );
    contacts.gdprDelete(c!);
    assert.deepEqual(types(await told()), ['contact.deletion', 'contact.privacyDeletion']);
    contacts.associate(a!, 'companies', company.id);
    const links = await told();
    assert.deepEqual(
      links
        .map(
          (one) =>
            `${String(one['associationType'])} ${String(one['fromObjectId'])} ${String(one['objectId'])}`,
        )
        .sort(),
      [`COMPANY_TO_CONTACT ${company.id} undefined`, `CONTACT_TO_COMPANY ${a} undefined`],
    );
  });

  it('generic subscriptions name the type of the object', async () => {
    aim();
    simulator.webhooks.subscribe({ eventType: 'object.creation', objectTypeId: '0-3' });
    simulator.store.deals.create({ dealname: 'Big' });
    simulator.store.contacts.create({ firstname: 'A' });
    const [body = []] = await bodies();
    assert.deepEqual(
      body.map((one) => [one['subscriptionType'], one['objectTypeId'], one['isSensitive']]),
      [['object.creation', '0-3', false]],
    );
  });

  it('may send a body twice; an inactive or removed subscription sends none', async () => {
    aim();
    subscribe('contact.creation');
    simulator.webhooks.setDuplicates(1);
    simulator.store.contacts.create({ firstname: 'a' });
    assert.equal((await bodies()).length, 2);
    const [one] = simulator.webhooks.list();
    simulator.webhooks.setActive(one!.id, false);
    simulator.store.contacts.create({ firstname: 'b' });
    assert.equal((await bodies()).length, 2);
    simulator.webhooks.setActive(one!.id, true);
    simulator.webhooks.removeSettings();
    simulator.store.contacts.create({ firstname: 'c' });
    assert.equal((await bodies()).length, 2);
  });
});
