import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createPipedriveSimulator, type PipedriveSimulator } from '../../simulators/pipedrive/simulator.ts';
import type { Account, User } from '../../src/accounts/schema.ts';
import type { InstanceView } from '../../src/instances/schema.ts';
import { createRunningClock, type RunningClock } from '../support/running-clock.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

/** Section 10 of the wire contract: accounts and users, and what becomes of their instances. */

let simulator: PipedriveSimulator;
let server: TestServer<RunningClock>;
before(async () => {
  simulator = await createPipedriveSimulator({ limits: { enforced: false } });
  server = await startTestServer({ clock: createRunningClock(), env: { TIDINGS_ROLES: 'api,poller' } });
});
after(async () => {
  await server.close();
  await simulator.close();
});

interface Person extends User {
  authorization: string;
}

let count = 0;

async function addAccount(name: string): Promise<Account> {
  const { status, body } = await server.call<Account>('POST', '/accounts', { body: { name } });
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

async function addUser(accountId: number, role = 'account'): Promise<Person> {
  const { status, body } = await server.call<User>('POST', `/accounts/${accountId}/users`, {
    body: { email: `person-${(count += 1)}@example.com`, firstName: 'Ada', role },
  });
  assert.equal(status, 200, JSON.stringify(body));
  return { ...body, authorization: `User ${body.secret}, Organization ${server.organizationSecret}` };
}

async function connect({ authorization }: Person): Promise<InstanceView> {
  const { status, body } = await server.call<InstanceView>('POST', '/instances', {
    authorization,
    body: {
      element: { key: 'pipedrive' },
      name: 'Theirs',
      configuration: {
        'pipedrive.api.token': simulator.credentials.apiToken,
        'base.url': simulator.url,
        'event.notification.enabled': true,
        'event.poller.refresh_interval': 1,
        'event.objects': 'persons',
      },
    },
  });
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

const statusOf = async (
  method: string,
  path: string,
  { authorization }: Person,
  token?: string,
): Promise<number> =>
  (await server.call(method, path, { authorization, ...(token !== undefined && { token }) })).status;

/** Lets an interval pass; whether the vendor was asked for changes. What was begun is over when it resolves. */
async function isPolled(): Promise<boolean> {
  const asked = (): number => simulator.requests.list('/api').length;
  simulator.requests.clear();
  server.clock.advance(120_000);
  for (let waited = 0; waited < 1500 && asked() === 0; waited += 50) await sleep(50);
  const isAsked = asked() > 0;
  for (let before = -1; before !== asked();) {
    before = asked();
    await sleep(200);
  }
  return isAsked;
}

test('the organization has an id and the secret that everybody sends', async () => {
  const { status, body } = await server.call<{ id: number; secret: string }>('GET', '/organizations/me');
  assert.equal(status, 200);
  assert.ok(body.id >= 2);
  assert.equal(body.secret, server.organizationSecret);
});

test('an account and its users are created, read, changed and deleted', async () => {
  const account = await addAccount('Customer');
  assert.ok(account.id > 2, 'ids start at 2, which is the first account');
  assert.deepEqual((await server.call('GET', `/accounts/${account.id}`)).body, account);
  const renamed = await server.call<Account>('PATCH', `/accounts/${account.id}`, {
    body: { name: 'Renamed' },
  });
  assert.equal(renamed.body.name, 'Renamed');
  const { secret, authorization: _, ...person } = await addUser(account.id);
  assert.ok((secret ?? '').length >= 32);
  const path = `/accounts/${account.id}/users/${person.id}`;
  const { secret: _secret, ...known } = person as User;
  assert.deepEqual((await server.call('GET', path)).body, known);
  assert.deepEqual((await server.call('GET', `/accounts/${account.id}/users`)).body, [known]);
  const changed = await server.call<User>('PUT', path, { body: { lastName: 'Lovelace' } });
  assert.equal(changed.body.fullName, 'Ada Lovelace');
  assert.equal((await server.call('DELETE', path, { body: 'null' })).status, 200);
  assert.equal((await server.call('GET', path)).status, 404);
  assert.equal((await server.call('DELETE', `/accounts/${account.id}`, { body: 'null' })).status, 200);
  assert.equal((await server.call('GET', `/accounts/${account.id}`)).status, 404);
  assert.equal((await server.call('DELETE', `/accounts/${account.id}`)).status, 404);
});

test('every user has its own secret and sees the instances of its account only', async () => {
  const [one, two] = [await addAccount('One'), await addAccount('Two')];
  const [ada, bob] = [await addUser(one.id), await addUser(two.id)];
  const colleague = await addUser(one.id, 'member');
  assert.equal(new Set([ada.secret, bob.secret, colleague.secret]).size, 3);
  const instance = await connect(ada);
  assert.equal(instance.user.id, ada.id);
  assert.equal(await statusOf('GET', `/instances/${instance.id}`, ada), 200);
  assert.equal(await statusOf('GET', `/instances/${instance.id}`, colleague), 200);
  assert.equal(await statusOf('GET', `/instances/${instance.id}`, bob), 404);
  assert.equal(await statusOf('GET', '/instances', bob), 404);
  assert.equal(await statusOf('GET', '/contacts', bob, instance.token), 401);
  await server.call('DELETE', `/accounts/${one.id}`);
  await server.call('DELETE', `/accounts/${two.id}`);
});

test('a deactivated user or account is refused and polled no more, an activated one again', async () => {
  const account = await addAccount('Pausing');
  const person = await addUser(account.id);
  const instance = await connect(person);
  assert.equal(await isPolled(), true);
  for (const path of [`/accounts/${account.id}/users/${person.id}`, `/accounts/${account.id}`]) {
    assert.equal((await server.call('PATCH', path, { body: { active: false } })).status, 200);
    assert.equal(await statusOf('GET', '/instances', person), 401);
    assert.equal(await statusOf('GET', '/contacts', person, instance.token), 401);
    assert.equal(await isPolled(), false, `${path} is inactive`);
    assert.equal((await server.call('PATCH', path, { body: { active: true } })).status, 200);
    assert.equal(await statusOf('GET', '/instances', person), 200);
    assert.equal(await isPolled(), true, `${path} is active`);
  }
  await server.call('DELETE', `/accounts/${account.id}`);
});

test('deactivation with permanent=true takes the instances away', async () => {
  for (const what of ['user', 'account'] as const) {
    const account = await addAccount('Leaving');
    const person = await addUser(account.id);
    const instance = await connect(person);
    const path = what === 'user' ? `/accounts/${account.id}/users/${person.id}` : `/accounts/${account.id}`;
    const answer = await server.call(`PATCH`, `${path}?permanent=true`, { body: { active: false } });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    assert.equal((await server.call('PATCH', path, { body: { active: true } })).status, 200);
    assert.equal(await statusOf('GET', `/instances/${instance.id}`, person), 404, what);
    assert.equal(await isPolled(), false, what);
    assert.equal((await server.call('DELETE', `/accounts/${account.id}`)).status, 200);
  }
});

test('deleting an account or a user with a live instance removes it and stops its polling', async () => {
  for (const what of ['user', 'account'] as const) {
    const account = await addAccount('Closing');
    const person = await addUser(account.id);
    const instance = await connect(person);
    await isPolled();
    const path = what === 'user' ? `/accounts/${account.id}/users/${person.id}` : `/accounts/${account.id}`;
    const removed = await server.call('DELETE', path, { body: 'null' });
    assert.equal(removed.status, 200, JSON.stringify(removed.body));
    assert.equal(await statusOf('GET', '/instances', person), 401);
    assert.equal(await statusOf('GET', '/contacts', person, instance.token), 401);
    assert.equal((await server.call('GET', `/instances/${instance.id}`)).status, 404);
    assert.equal(await isPolled(), false, what);
    await server.call('DELETE', `/accounts/${account.id}`);
  }
});

test('nobody removes the branch it sits on', async () => {
  const [first] = (await server.call<Account[]>('GET', '/accounts')).body;
  const [self] = (await server.call<User[]>('GET', `/accounts/${first!.id}/users`)).body;
  for (const path of [`/accounts/${first!.id}`, `/accounts/${first!.id}/users/${self!.id}`]) {
    assert.equal((await server.call('DELETE', path)).status, 409, path);
    assert.equal((await server.call('PATCH', path, { body: { active: false } })).status, 409, path);
  }
});

test('an account has a failure policy, retry until it is set', async () => {
  const key = 'notification.webhook.failure.policy';
  const account = await addAccount('Queueing');
  const person = await addUser(account.id);
  const read = async (): Promise<unknown> =>
    (await server.call('GET', '/accounts/settings', { authorization: person.authorization })).body;
  assert.deepEqual(await read(), { [key]: 'retry' });
  for (const [method, value] of [
    ['PATCH', 'queue'],
    ['POST', 'retry'],
  ] as const) {
    const path = `/accounts/${account.id}/settings`;
    const set = await server.call(method, path, { body: { [key]: value } });
    assert.deepEqual([set.status, set.body], [200, { [key]: value }]);
    assert.deepEqual(await read(), { [key]: value });
    assert.deepEqual((await server.call('GET', path)).body, { [key]: value });
  }
  await server.call('DELETE', `/accounts/${account.id}`);
});
