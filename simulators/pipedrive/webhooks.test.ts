import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createClock } from '../core/clock.ts';
import { createWebhookReceiver } from '../core/webhook-receiver.ts';
import type { WebhookReceiver } from '../core/webhook-receiver.ts';
import { SCORE_FIELD } from './seed.ts';
import { createPipedriveSimulator } from './simulator.ts';
import type { PipedriveSimulator } from './simulator.ts';

const START = Date.parse('2026-11-20T09:15:00.250Z');
type Item = Record<string, unknown>;

/** The value at a path of keys; undefined where it ends early. */
const at = (value: unknown, ...keys: string[]): unknown =>
  keys.reduce<unknown>((inner, key) => (inner as Item | undefined)?.[key], value);

describe('Pipedrive webhooks', () => {
  let simulator: PipedriveSimulator;
  let receiver: WebhookReceiver;

  beforeEach(async () => {
    receiver = await createWebhookReceiver();
    const clock = createClock(START);
    simulator = await createPipedriveSimulator({ clock, seeded: false, webhookTimeoutMs: 100 });
  });
  afterEach(async () => {
    await simulator.close();
    await receiver.close();
  });

  const call = async (
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: Item }> => {
    const response = await fetch(simulator.url + path, {
      method,
      headers: { 'x-api-token': simulator.credentials.apiToken, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Item };
  };
  const subscribe = (more: Item = {}): Promise<{ status: number; body: Item }> =>
    call('POST', '/v1/webhooks', {
      subscription_url: receiver.url,
      event_action: '*',
      event_object: '*',
      name: 'ours',
      ...more,
    });
  const bodies = async (): Promise<Item[]> => {
    await simulator.webhooks.idle();
    return receiver.received.map((one) => JSON.parse(one.body) as Item);
  };
  const metas = async (): Promise<Item[]> => (await bodies()).map((one) => one['meta'] as Item);

  it('is created with 201 and version 2.0 by default, listed, and deleted once', async () => {
    const made = await subscribe({ http_auth_user: 'u', http_auth_password: 'p' });
    const id = (made.body['data'] as Item)['id'];
    assert.equal(made.status, 201);
    assert.deepEqual(made.body, {
      status: 'ok',
      success: true,
      data: {
        id,
        company_id: 8_087_566,
        owner_id: 12_256_380,
        user_id: 12_256_380,
        event_action: '*',
        event_object: '*',
        subscription_url: receiver.url,
        version: '2.0',
        name: 'ours',
        http_auth_user: 'u',
        http_auth_password: 'p',
        is_active: 1,
        add_time: '2026-11-20 09:15:00',
        remove_time: null,
        type: 'general',
        remove_reason: null,
        last_delivery_time: null,
        last_http_status: null,
        admin_id: 12_256_380,
      },
    });
    assert.deepEqual((await call('GET', '/v1/webhooks')).body['data'], [made.body['data']]);
    const removed = await call('DELETE', `/v1/webhooks/${String(id)}`);
    assert.deepEqual(removed, { status: 200, body: { status: 'ok', success: true } });
    assert.equal((await call('DELETE', `/v1/webhooks/${String(id)}`)).status, 404);
  });

  it('refuses what is wrong field by field, and the forty-first', async () => {
    const wrong = await subscribe({ subscription_url: '/relative', event_action: 'added', name: undefined });
    assert.deepEqual(wrong, {
      status: 400,
      body: {
        status: 'error',
        success: false,
        errors: {
          subscription_url: ['must be a full and valid URL'],
          event_action: ['must be one of create, change, delete, *'],
          name: ['is required'],
        },
      },
    });
    assert.equal((await subscribe({ version: '1.0', event_action: 'added' })).status, 201);
    for (let nth = 2; nth <= 40; nth += 1) assert.equal((await subscribe()).status, 201);
    assert.equal((await subscribe()).status, 422);
  });

  it('v2 tells of creation, change and deletion with text ids, typed custom fields and only what changed', async () => {
    const made = await subscribe({ http_auth_user: 'us', http_auth_password: 'er' });
    const { id } = simulator.store.persons.create({ name: 'Ada', custom_fields: { [SCORE_FIELD]: 978 } });
    // The vendor keeps no order between requests under way, so one at a time here.
    await simulator.webhooks.idle();
    simulator.clock.advance(2000);
    await call('PATCH', `/api/v2/persons/${id}`, { name: 'Bea' });
    await simulator.webhooks.idle();
    simulator.store.persons.remove(id);
    const [create, change, remove] = await bodies();
    assert.equal(
      receiver.received[0]?.headers['authorization'],
      `Basic ${Buffer.from('us:er').toString('base64')}`,
    );
    const meta = create?.['meta'] as Item;
    assert.deepEqual(meta, {
      action: 'create',
      entity: 'person',
      entity_id: '1',
      company_id: '8087566',
      user_id: '12256380',
      correlation_id: meta['correlation_id'],
      id: meta['id'],
      timestamp: '2026-11-20T09:15:00.250Z',
      type: 'general',
      version: '2.0',
      webhook_id: String((made.body['data'] as Item)['id']),
      webhook_owner_id: '12256380',
      change_source: 'app',
      is_bulk_edit: false,
      permitted_user_ids: ['12256380', '12256381', '12256382'],
      attempt: 1,
      host: 'acme.pipedrive.com',
    });
    assert.match(String(meta['id']), /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    const data = create?.['data'] as Item;
    assert.deepEqual([data['id'], data['visible_to'], create?.['previous']], [1, '3', null]);
    assert.deepEqual(data['custom_fields'], { [SCORE_FIELD]: { type: 'double', value: 978 } });
    assert.deepEqual(change?.['previous'], {
      name: 'Ada',
      first_name: 'Ada',
      update_time: '2026-11-20T09:15:00Z',
    });
    assert.equal(at(change, 'meta', 'change_source'), 'api');
    assert.deepEqual([remove?.['data'], at(remove, 'previous', 'name')], [null, 'Bea']);
  });

  it('a new deal has no update time in v2', async () => {
    await subscribe();
    simulator.store.deals.create({ title: 'Big' });
    const [create] = await bodies();
    assert.deepEqual([at(create, 'data', 'title'), at(create, 'data', 'update_time')], ['Big', null]);
  });

  it('v1 tells the whole record before and after with plain references and counts retries', async () => {
    await subscribe({ version: '1.0' });
    const organization = simulator.store.organizations.create({ name: 'Org' }, { silent: true });
    const { id } = simulator.store.persons.create({ name: 'Ada', org_id: organization.id }, { silent: true });
    receiver.answers.push(500);
    simulator.store.persons.update(id, { name: 'Bea' });
    await simulator.webhooks.idle();
    simulator.clock.advance(3000);
    const [first, second] = await bodies();
    const meta = first?.['meta'] as Item;
    assert.deepEqual(
      [first?.['v'], first?.['event'], first?.['retry'], second?.['retry']],
      [1, 'updated.person', 0, 1],
    );
    assert.deepEqual(
      [meta['id'], meta['company_id'], meta['timestamp']],
      [id, 8_087_566, Math.floor(START / 1000)],
    );
    const [current, previous] = [first?.['current'] as Item, first?.['previous'] as Item];
    assert.deepEqual(
      [previous['name'], current['name'], current['org_id'], current['org_name']],
      ['Ada', 'Bea', 1, 'Org'],
    );
    assert.equal(current['update_time'], '2026-11-20 09:15:00');
    assert.deepEqual({ ...second, retry: 0 }, first);
  });

  it('a merge is a deletion and a change in v2, deleted and merged in v1', async () => {
    await subscribe();
    await subscribe({ version: '1.0' });
    const { persons } = simulator.store;
    const winner = persons.create({ name: 'W' }, { silent: true });
    const loser = persons.create({ name: 'L' }, { silent: true });
    persons.merge(winner.id, loser.id);
    const v2 = (await metas()).filter((meta) => meta['version'] === '2.0');
    const ends = v2.map((meta) => [
      meta['action'],
      meta['entity_id'],
      meta['merged_to_id'],
      meta['merged_from_id'],
    ]);
    assert.deepEqual(ends.map(String).sort(), ['change,1,,2', 'delete,2,1,']);
    const v1 = (await bodies()).map((one) => one['event']).filter((event) => event !== undefined);
    assert.deepEqual(v1.map(String).sort(), ['deleted.person', 'merged.person']);
  });

  it('a user is a list in v1, and in v2 has its id as event id, a unix time and a change for its end', async () => {
    await subscribe({ event_object: 'user' });
    await subscribe({ version: '1.0', event_object: 'user' });
    const userId = simulator.credentials.userId + 1;
    simulator.store.users.update(userId, { active_flag: false });
    const all = await bodies();
    const v2 = all.find((one) => (one['meta'] as Item)['version'] === '2.0');
    const meta = v2?.['meta'] as Item;
    assert.deepEqual(
      [meta['action'], meta['id'], meta['timestamp'], at(v2, 'data', 'active_flag')],
      ['change', String(userId), Math.floor(START / 1000), false],
    );
    const v1 = all.find((one) => one['event'] === 'updated.user');
    assert.deepEqual(
      (at(v1, 'current') as Item[]).map((one) => one['id']),
      [userId],
    );
  });

  it('only matching actions, objects and visible records are sent', async () => {
    await subscribe({ event_action: 'delete', event_object: 'deal' });
    await subscribe({ event_object: 'person', user_id: simulator.credentials.userId + 1 });
    const { persons, deals } = simulator.store;
    deals.remove(deals.create({ title: 'x' }).id);
    persons.create({ name: 'private', visible_to: 1 });
    persons.create({ name: 'shared' });
    const seen = (await metas()).map((meta) => `${String(meta['action'])} ${String(meta['entity_id'])}`);
    assert.deepEqual(seen.sort(), ['create 2', 'delete 1']);
  });

  it('fails after four tries at 3, 30 and 150 s, with the same id and a rising attempt', async () => {
    await subscribe();
    receiver.answers.push(500, 302, 404, 0);
    simulator.store.persons.create({ name: 'x' });
    for (const delayMs of [3_000, 30_000, 150_000, 600_000]) {
      await simulator.webhooks.idle();
      simulator.clock.advance(delayMs);
    }
    const all = await metas();
    assert.deepEqual(
      all.map((meta) => meta['attempt']),
      [1, 2, 3, 4],
    );
    assert.equal(new Set(all.map((meta) => meta['id'])).size, 1);
    const [delivery] = simulator.webhooks.deliveries();
    assert.deepEqual(
      [delivery?.state, delivery?.tries.map((one) => one.status)],
      ['failed', [500, 302, 404, null]],
    );
    assert.deepEqual(
      delivery?.tries.map((one) => one.at - START),
      [0, 3_000, 33_000, 183_000],
    );
  });

  it('ten failed first tries ban for 30 minutes; three days without success remove the webhook', async () => {
    const id = ((await subscribe()).body['data'] as Item)['id'] as number;
    receiver.answers.push(...Array.from({ length: 60 }, () => 500));
    for (let nth = 0; nth < 10; nth += 1) simulator.store.persons.create({ name: `p${nth}` });
    await simulator.webhooks.idle();
    assert.equal(simulator.webhooks.health(id).bannedUntil, START + 30 * 60_000);
    simulator.store.persons.create({ name: 'lost' });
    assert.equal(simulator.webhooks.deliveries(id).at(-1)?.state, 'banned');
    simulator.clock.advance(3 * 86_400_000);
    assert.deepEqual((await call('GET', '/v1/webhooks')).body['data'], []);
    assert.deepEqual(
      simulator.webhooks.removed().map((one) => [one.id, one.removeReason]),
      [[id, 'No successful deliveries on 3 consecutive days']],
    );
  });

  it('v1 can send every event several times, as the vendor does', async () => {
    await subscribe({ version: '1.0' });
    simulator.webhooks.setDuplicates(2);
    simulator.store.persons.create({ name: 'x' });
    const all = await bodies();
    assert.equal(all.length, 3);
    assert.deepEqual(all[1], all[0]);
  });

  it('under a commit lag the webhook goes out when the change can be read', async () => {
    await subscribe();
    simulator.store.persons.setLag({ kind: 'commit', ms: 4000 });
    simulator.store.persons.create({ name: 'slow' });
    assert.equal((await bodies()).length, 0);
    simulator.clock.advance(4000);
    assert.equal((await bodies()).length, 1);
  });
});
