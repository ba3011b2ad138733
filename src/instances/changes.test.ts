import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { createPipedriveSimulator } from '../../simulators/pipedrive/simulator.ts';
import { addUser } from '../accounts/add-user.ts';
import { connectors } from '../connectors/registry.ts';
import { systemClock } from '../kernel/clock.ts';
import type { JsonObject } from '../kernel/json.ts';
import { MASK } from '../vault/mask.ts';
import type { Instance } from './instance.ts';
import { openHouse } from './testing/house.ts';

/** Changing instances over HTTP, against the Pipedrive simulator. */

const simulator = await createPipedriveSimulator({ limits: { enforced: false } });
const changes: [before: Instance, after: Instance][] = [];
const removed: number[] = [];
const house = await openHouse(connectors, {
  lifecycle: [
    {
      started: async () => {},
      changed: async (before, after) => void changes.push([before, after]),
      removed: async ({ id }) => void removed.push(id),
    },
  ],
});
after(async () => {
  await house.close();
  await simulator.close();
});

const { credentials } = simulator;
const SENT = {
  'base.url': simulator.url,
  'pipedrive.email': credentials.email,
  'pipedrive.password': credentials.password,
  'event.notification.signature.key': 'key-1',
  'event.notification.callback.headers': { 'X-Key': 'k' },
};

let id: number;
let token: string;
beforeEach(async () => {
  const { status, body } = await house.call('POST', '/instances', {
    element: { key: 'pipedrive' },
    configuration: SENT,
    name: 'First',
    tags: ['a'],
  });
  assert.equal(status, 200, body.message);
  ({ id, token } = body as unknown as { id: number; token: string });
  changes.length = 0;
});

const load = async (): Promise<Instance> => (await house.instances.load(id))!;
const idOf = (json: JsonObject): number => json['id'] as number;
const logins = (): number => simulator.requests.list('/v1/authorizations').length;

test('what GET shows can be PUT back and changes nothing', async () => {
  const shown = await house.call('GET', `/instances/${id}`);
  const before = await load();
  const asked = logins();
  const put = await house.call('PUT', `/instances/${id}`, shown.body);
  assert.equal(put.status, 200, put.body.message);
  assert.deepEqual(put.body, shown.body);
  const { configVersion, configuration } = await load();
  assert.deepEqual(configuration, before.configuration);
  assert.ok(configVersion <= before.configVersion + 1);
  assert.equal(logins(), asked, 'nobody signed in again');
});

test('a PATCH merges entries, replaces tags and raises the version', async () => {
  const before = await load();
  const patched = await house.call('PATCH', `/instances/${id}`, {
    configuration: { 'event.poller.refresh_interval': 999_999_999, 'my.key': 1, 'event.objects': '' },
    tags: ['b', 'c'],
  });
  assert.equal(patched.status, 200, patched.body.message);
  const now = await load();
  assert.deepEqual(now.tags, ['b', 'c']);
  assert.equal(now.configuration['event.poller.refresh_interval'], 999_999_999);
  assert.equal(now.configuration['event.notification.signature.key'], 'key-1');
  assert.equal(now.configVersion, before.configVersion + 1);
  assert.deepEqual(
    changes.map(([was, is]) => [was.configVersion, is.configVersion]),
    [[before.configVersion, before.configVersion + 1]],
  );
  const emptied = await house.call('PATCH', `/instances/${id}`, {
    configuration: { 'event.poller.refresh_interval': '', 'my.key': null },
  });
  const shown = emptied.body['configuration'] as JsonObject;
  assert.equal(shown['event.poller.refresh_interval'], '15');
  assert.ok(!('my.key' in shown));
});

test('a PUT drops what it does not send, but what the sign-in added', async () => {
  const { status, body } = await house.call('PUT', `/instances/${id}`, {
    name: '<b>Second</b>',
    configuration: {
      'base.url': simulator.url,
      'pipedrive.email': credentials.email,
      'pipedrive.password': MASK,
    },
  });
  assert.equal(status, 200, body.message);
  assert.equal(body['name'], 'Second');
  const { configuration } = await load();
  assert.equal(configuration['event.notification.signature.key'], undefined);
  assert.equal(configuration['pipedrive.password'], credentials.password);
  assert.equal(configuration['pipedrive.api.token'], credentials.apiToken);
  const missing = await house.call('PUT', `/instances/${id}`, { configuration: {} });
  assert.equal(missing.status, 400);
  assert.match(missing.body.message, /pipedrive\.email, pipedrive\.password/);
});

test('requests without a body change nothing and are answered', async () => {
  const before = await load();
  for (const body of [undefined, null, {}]) {
    assert.equal((await house.call('PUT', `/instances/${id}`, body)).status, 200);
    assert.equal((await house.call('PATCH', `/instances/${id}/`, body)).status, 200);
  }
  assert.deepEqual(await load(), before);
});

test('twenty PATCHes at once are all kept', async () => {
  const keys = Array.from({ length: 20 }, (_, index) => `my.key.${index}`);
  const before = await load();
  const answers = await Promise.all(
    keys.map((key) => house.call('PATCH', `/instances/${id}`, { configuration: { [key]: key } })),
  );
  assert.ok(answers.every(({ status }) => status === 200));
  const { configuration, configVersion } = await load();
  assert.deepEqual(
    keys.filter((key) => configuration[key] !== key),
    [],
  );
  assert.equal(configVersion, before.configVersion + 20);
});

test('another password is proven before it is kept', async () => {
  const wrong = await house.call('PATCH', `/instances/${id}`, {
    configuration: { 'pipedrive.password': 'wrong' },
  });
  assert.equal(wrong.status, 400);
  assert.ok(wrong.body.providerMessage);
  assert.equal((await load()).configuration['pipedrive.password'], credentials.password);
});

test('leading the credentials elsewhere needs them in the same request', async () => {
  const elsewhere = await createPipedriveSimulator({ limits: { enforced: false } });
  try {
    for (const more of [{}, { 'pipedrive.password': MASK }]) {
      const refused = await house.call('PATCH', `/instances/${id}`, {
        configuration: { 'base.url': elsewhere.url, ...more },
      });
      assert.equal(refused.status, 400);
      assert.match(refused.body.message, /base\.url .* send pipedrive\.password in the same request/);
    }
    const dropped = await house.call('PUT', `/instances/${id}`, {
      configuration: { 'pipedrive.email': credentials.email, 'pipedrive.password': MASK },
    });
    assert.equal(dropped.status, 400);
    assert.equal(elsewhere.requests.count(), 0);
    const moved = await house.call('PATCH', `/instances/${id}`, {
      configuration: { 'base.url': elsewhere.url, 'pipedrive.password': elsewhere.credentials.password },
    });
    assert.equal(moved.status, 200, `${moved.body.message} ${moved.body.providerMessage}`);
    assert.ok(elsewhere.requests.count() > 0);
  } finally {
    await elsewhere.close();
  }
});

test('configuration entries are listed with ids, as text, masked, and changed one by one', async () => {
  const { list } = await house.call('GET', `/instances/${id}/configuration`);
  const entry = (key: string): JsonObject => list.find((one) => one['key'] === key)!;
  assert.equal(entry('pipedrive.password')['propertyValue'], MASK);
  assert.equal(entry('event.notification.callback.headers')['propertyValue'], `{"X-Key":"${MASK}"}`);
  assert.equal(entry('event.poller.refresh_interval')['propertyValue'], '15');
  assert.equal(entry('event.poller.refresh_interval')['name'], 'Event poller refresh interval (mins)');
  assert.ok(list.every((one) => Number.isInteger(one['id']) && typeof one['propertyValue'] === 'string'));

  const path = `/instances/${id}/configuration/${idOf(entry('event.poller.refresh_interval'))}`;
  const patched = await house.call('PATCH', path, { propertyValue: '7' });
  assert.equal(patched.body['propertyValue'], '7', patched.body.message);
  assert.equal((await house.call('GET', path)).body['propertyValue'], '7');
  assert.equal((await load()).configuration['event.poller.refresh_interval'], '7');
  assert.equal((await house.call('PATCH', path, {})).status, 400);
  assert.equal((await house.call('PATCH', path, { propertyValue: 'soon' })).status, 400);
  const emptied = await house.call('PATCH', path, { propertyValue: '' });
  assert.equal(emptied.body['propertyValue'], '15');
  assert.equal((await house.call('GET', `/instances/${id}/configuration/999999`)).status, 404);
});

test('an entry of another instance is not found under this one', async () => {
  const { list } = await house.call('GET', `/instances/${id}/configuration`);
  const other = await house.call('GET', `/instances/${id - 1}/configuration/${idOf(list[0]!)}`);
  assert.equal(other.status, 404);
});

test('the token forms do what the id forms do', async () => {
  const as = { token };
  const patched = await house.call('PATCH', '/instances', { name: 'By token' }, as);
  assert.deepEqual([patched.status, patched.body['id'], patched.body['name']], [200, id, 'By token']);
  assert.equal((await house.call('PUT', '/instances', null, as)).body['id'], id);
  const { list } = await house.call('GET', '/instances/configuration', undefined, as);
  const entry = list.find((one) => one['key'] === 'event.poller.refresh_interval')!;
  const path = `/instances/configuration/${idOf(entry)}`;
  assert.equal((await house.call('PATCH', path, { propertyValue: 9 }, as)).body['propertyValue'], '9');
  assert.equal((await house.call('GET', path, undefined, as)).body['propertyValue'], '9');
  for (const wrong of [{}, { token: 'wrong' }]) {
    assert.equal((await house.call('PATCH', '/instances', { name: 'x' }, wrong)).status, 401);
  }
});

test('disabling keeps everything, and can be done and undone twice', async () => {
  for (const [method, disabled] of [
    ['DELETE', true],
    ['DELETE', true],
    ['PUT', false],
    ['PUT', false],
  ] as const) {
    const { status, body } = await house.call(method, `/instances/${id}/enabled`, null);
    assert.deepEqual([status, body['disabled']], [200, disabled]);
    assert.equal((await load()).disabled, disabled);
  }
  assert.equal(changes.length, 4);
});

test('a deleted instance is gone for everyone, its token is none', async () => {
  assert.equal((await house.call('DELETE', `/instances/${id}`, null)).status, 200);
  assert.deepEqual(removed.at(-1), id);
  assert.equal((await house.call('GET', `/instances/${id}`)).status, 404);
  assert.equal((await house.call('DELETE', `/instances/${id}`)).status, 404);
  assert.equal((await house.call('PATCH', '/instances', {}, { token })).status, 401);
  assert.equal(await house.instances.load(id), undefined);
  assert.equal(await house.instances.recent(id), undefined);
});

test('a vendor that is down does not keep an instance from being deleted', async () => {
  simulator.faults.add({ effect: { kind: 'drop' } });
  assert.equal((await house.call('DELETE', `/instances/${id}`)).status, 200);
  simulator.faults.clear();
  assert.equal((await house.call('GET', `/instances/${id}`)).status, 404);
});

test('a recent copy is at most five seconds old, and never older than a change made here', async () => {
  assert.equal((await house.instances.recent(id))!.name, 'First');
  await house.db.execute(`update instances set name = 'Elsewhere' where id = $1`, [id]);
  assert.equal((await house.instances.recent(id))!.name, 'First');
  house.clock.advance(5_000);
  assert.equal((await house.instances.recent(id))!.name, 'Elsewhere');
  await house.call('PATCH', `/instances/${id}`, { name: 'Here' });
  assert.equal((await house.instances.recent(id))!.name, 'Here');
});

test('lists are filtered, paged and a 404 when empty', async () => {
  const made: number[] = [];
  for (const name of ['Alpha One', 'alpha two', 'Beta']) {
    const { body } = await house.call('POST', '/instances', {
      element: { key: 'pipedrive' },
      configuration: SENT,
      name,
      tags: ['list', name],
    });
    made.push(body['id'] as number);
  }
  const ids = async (query: string): Promise<unknown[]> =>
    (await house.call('GET', `/instances?${query}`)).list.map((one) => one['id']);
  assert.deepEqual(await ids('tags[]=list'), made);
  assert.deepEqual(await ids('tags[]=Beta&tags[]=alpha two'), made.slice(1));
  assert.deepEqual(await ids('searchText=ALPHA&tags[]=list'), made.slice(0, 2));
  assert.deepEqual(await ids('tags[]=list&pageSize=2&page=2'), made.slice(2));
  const first = await house.call('GET', '/instances?tags[]=list&pageSize=2');
  assert.equal(Number(first.headers['elements-returned-count']), 2);
  const next = String(first.headers['elements-next-page-token']);
  assert.deepEqual(await ids(`tags[]=list&pageSize=2&page=1&nextPage=${next}`), made.slice(2));
  const bare = await house.call('GET', '/instances?tags[]=list&hydrate=false');
  assert.ok(bare.list.every((one) => !('configuration' in one)));
  for (const path of ['/instances?searchText=%25', '/instances?tags[]=nobody', '/instances/999999']) {
    assert.equal((await house.call('GET', path)).status, 404, path);
  }
  assert.ok((await house.call('GET', '/elements/167/instances?tags[]=list')).list.length === 3);
  assert.equal((await house.call('GET', `/elements/pipedrive/instances/${made[0]}`)).body['id'], made[0]);
  assert.equal((await house.call('GET', '/elements/nothing/instances')).status, 404);
  const count = (await house.call('GET', '/instances/count')).body;
  const [{ count: ofElement } = { count: 0 }] = count['elementInstances'] as [{ count: number }?];
  assert.equal(count['totalInstances'], ofElement);
  assert.ok(ofElement >= 3);
});

test('an account sees its own instances only', async () => {
  const account = await house.db.query<{ id: number }>(
    `insert into accounts (organization_id, name, created_at) values (2, 'Other', $1) returning id`,
    [new Date(systemClock.now())],
  );
  const { secret } = await addUser(house, {
    accountId: account[0]!.id,
    email: 'other@tidings.example',
    firstName: '',
    lastName: '',
    role: 'account',
    passwordHash: null,
  });
  const as = { user: secret };
  for (const [method, path] of [
    ['GET', `/instances/${id}`],
    ['PATCH', `/instances/${id}`],
    ['DELETE', `/instances/${id}`],
    ['GET', `/instances/${id}/configuration`],
    ['DELETE', `/instances/${id}/enabled`],
    ['GET', '/instances'],
  ] as const) {
    assert.equal((await house.call(method, path, undefined, as)).status, 404, `${method} ${path}`);
  }
  assert.equal((await house.call('PATCH', '/instances', {}, { ...as, token })).status, 401);
  assert.equal((await house.call('GET', '/instances/count', undefined, as)).body['totalInstances'], 0);

  const own = await house.call(
    'POST',
    '/instances',
    { element: { key: 'pipedrive' }, configuration: SENT, name: 'Own' },
    as,
  );
  assert.equal(own.status, 200, own.body.message);
  await house.instances.removeAll({ accountId: account[0]!.id });
  assert.equal(await house.instances.load(own.body['id'] as number), undefined);
  assert.ok(await house.instances.load(id));

  // Deactivated while the vendor was still thinking about the sign-in.
  simulator.faults.add({ path: '/v1/authorizations', times: 1, effect: { kind: 'hang', ms: 300 } });
  const creating = house.call(
    'POST',
    '/instances',
    { element: { key: 'pipedrive' }, configuration: SENT, name: 'Late' },
    as,
  );
  await new Promise((resolve) => setTimeout(resolve, 100));
  await house.db.execute('update accounts set active = false where id = $1', [account[0]!.id]);
  assert.equal((await creating).status, 401);
  simulator.faults.clear();
});
