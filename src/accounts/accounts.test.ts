import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { insertInstance } from '../../test/support/rows.ts';
import { startTestServer } from '../../test/support/server.ts';
import { hashToken } from '../vault/hash-token.ts';
import type { Account, User } from './schema.ts';

const server = await startTestServer();
after(() => server.close());
const { call, organizationSecret } = server;

let count = 0;
const address = (): string => `user-${(count += 1)}@example.com`;
const as = (secret: string): string => `User ${secret}, Organization ${organizationSecret}`;

async function addAccount(name = 'Customer'): Promise<Account> {
  const answer = await call<Account>('POST', '/accounts', { body: { name, externalId: 'x-1' } });
  assert.equal(answer.status, 200);
  return answer.body;
}

async function addUser(accountId: number, body: object = {}): Promise<User & { secret: string }> {
  const answer = await call<User & { secret: string }>('POST', `/accounts/${accountId}/users`, {
    body: { email: address(), firstName: 'Ada', lastName: 'Lovelace', password: 'correct horse', ...body },
  });
  assert.equal(answer.status, 200);
  return answer.body;
}

test('the first user finds its organization, account and self with ids from 2', async () => {
  const me = await call<{ id: number; secret: string }>('GET', '/organizations/me');
  assert.equal(me.status, 200);
  assert.ok(me.body.id >= 2);
  assert.equal(me.body.secret, organizationSecret);
  const accounts = await call<Account[]>('GET', '/accounts?pageSize=1');
  const [first] = accounts.body;
  assert.equal(first?.defaultAccount, true);
  assert.ok(first.id >= 2);
  const users = await call<User[]>('GET', `/accounts/${first.id}/users`);
  assert.equal(users.body[0]?.email, server.email);
  assert.deepEqual(users.body[0]?.roles, [{ key: 'org-admin' }]);
  assert.equal(JSON.stringify(users.body).includes('secret'), false);
});

test('signing in gives a token, the token the secrets, and wrong passwords a 401', async () => {
  const { email, password } = server;
  const signIn = await call<{ token: string }>('POST', '/authentication', {
    body: { username: email.toUpperCase(), password },
    authorization: null,
  });
  assert.equal(signIn.status, 200);
  const secrets = await call('GET', '/authentication/secrets', {
    authorization: `Bearer ${signIn.body.token}`,
  });
  assert.deepEqual(secrets.body, { userSecret: server.userSecret, organizationSecret });
  for (const body of [
    { username: email, password: 'wrong' },
    { username: 'nobody@example.com', password },
  ]) {
    const refused = await call<{ message: string }>('POST', '/authentication', { body });
    assert.equal(refused.status, 401);
    assert.equal(refused.body.message, 'Wrong user name or password.');
  }
});

test('a sign-in token ends after an hour, with the password, and when it is altered', async () => {
  const account = await addAccount();
  const user = await addUser(account.id);
  const signIn = async (password: string): Promise<string> => {
    const body = { username: user.email, password };
    return (await call<{ token: string }>('POST', '/authentication', { body })).body.token;
  };
  const secretsWith = async (token: string): Promise<number> =>
    (await call('GET', '/authentication/secrets', { authorization: `Bearer ${token}` })).status;
  const first = await signIn('correct horse');
  assert.equal(await secretsWith(first), 200);
  assert.equal(await secretsWith(`${first.slice(0, -3)}abc`), 401);
  assert.equal(await secretsWith('x'), 401);
  await call('PATCH', `/accounts/${account.id}/users/${user.id}`, { body: { password: 'battery staple' } });
  assert.equal(await secretsWith(first), 401);
  const second = await signIn('battery staple');
  server.clock.advance(59 * 60_000);
  assert.equal(await secretsWith(second), 200);
  server.clock.advance(2 * 60_000);
  assert.equal(await secretsWith(second), 401);
});

test('credentials in any order and case are taken, wrong and missing parts are a 401 that helps', async () => {
  const status = async (authorization: string | null): Promise<number> =>
    (await call('GET', '/accounts', { authorization })).status;
  const { userSecret } = server;
  assert.equal(await status(`organization ${organizationSecret},user ${userSecret}`), 200);
  assert.equal(await status(`User ${userSecret}, Organization ${organizationSecret}, Element none=`), 200);
  assert.equal(await status(`User ${userSecret}, Organization wrong`), 401);
  assert.equal(await status(`User wrong, Organization ${organizationSecret}`), 401);
  assert.equal(await status(`User ${organizationSecret}, Organization ${userSecret}`), 401);
  assert.equal(await status(null), 401);
  const missing = await call<{ message: string }>('GET', '/accounts', {
    authorization: `User ${userSecret}`,
  });
  assert.match(missing.body.message, /The Organization part of the credentials is missing/);
});

test('an Element token of the own account stands in for the Organization part', async () => {
  const account = await addAccount();
  const user = await addUser(account.id);
  const other = await addUser((await addAccount()).id);
  const instanceId = await insertInstance(server.db, { accountId: account.id, userId: user.id });
  await server.db.execute(`update instances set token_hash = $2 where id = $1`, [
    instanceId,
    hashToken('tok='),
  ]);
  const status = async (secret: string, token: string): Promise<number> =>
    (await call('GET', '/accounts', { authorization: `User ${secret}, Element ${token}` })).status;
  assert.equal(await status(user.secret, 'tok='), 200);
  assert.equal(await status(user.secret, 'guessed'), 401);
  assert.equal(await status(other.secret, 'tok='), 401);
});

test('accounts are created, read, changed and listed page by page', async () => {
  const account = await addAccount('Acme');
  assert.deepEqual(account, {
    id: account.id,
    name: 'Acme',
    description: '',
    externalId: 'x-1',
    active: true,
    companyId: account.companyId,
    createdDate: account.createdDate,
    defaultAccount: false,
    type: 'CompanyAccount',
  });
  const changed = await call<Account>('PATCH', `/accounts/${account.id}`, { body: { description: 'new' } });
  assert.deepEqual(changed.body, { ...account, description: 'new' });
  assert.deepEqual((await call('GET', `/accounts/${account.id}`)).body, changed.body);

  const all = await call<Account[]>('GET', '/accounts');
  const seen: number[] = [];
  let token: string | null = '';
  while (token !== null) {
    const page: Awaited<ReturnType<typeof call<Account[]>>> = await call<Account[]>(
      'GET',
      `/accounts?pageSize=2&nextPage=${token}`,
    );
    assert.equal(page.headers.get('elements-returned-count'), String(page.body.length));
    seen.push(...page.body.map(({ id }) => id));
    token = page.headers.get('elements-next-page-token');
  }
  assert.deepEqual(
    seen,
    all.body.map(({ id }) => id),
  );
  assert.deepEqual(
    (await call<Account[]>('GET', '/accounts?pageSize=2&page=2')).body.map(({ id }) => id),
    seen.slice(2, 4),
  );
  assert.equal((await call('GET', '/accounts?nextPage=forged')).status, 400);
});

test('a missing name, a wrong role and a short password are named together', async () => {
  const account = await call<{ message: string }>('POST', '/accounts', { body: { externalId: 3 } });
  assert.equal(account.status, 400);
  assert.equal(
    account.body.message,
    'The request is not valid: name is missing; externalId must be a string.',
  );
  const user = await call<{ message: string }>('POST', `/accounts/${(await addAccount()).id}/users`, {
    body: { role: 'boss', password: 'short', email: 'x' },
  });
  assert.equal(user.status, 400);
  for (const name of ['role', 'password', 'email']) assert.match(user.body.message, new RegExp(name));
});

test('a user of another account does not exist for a member, nor does the account', async () => {
  const mine = await addAccount();
  const other = await addAccount();
  const stranger = await addUser(other.id);
  for (const role of ['member', 'account']) {
    const { secret } = await addUser(mine.id, { role });
    const authorization = as(secret);
    assert.deepEqual(
      (await call<Account[]>('GET', '/accounts', { authorization })).body.map(({ id }) => id),
      [mine.id],
    );
    for (const [method, path, body] of [
      ['GET', `/accounts/${other.id}`],
      ['PATCH', `/accounts/${other.id}`, { name: 'taken' }],
      ['DELETE', `/accounts/${other.id}`],
      ['GET', `/accounts/${other.id}/settings`],
      ['PATCH', `/accounts/${other.id}/settings`, { 'notification.webhook.failure.policy': 'queue' }],
      ['GET', `/accounts/${other.id}/users`],
      ['POST', `/accounts/${other.id}/users`, { email: address() }],
      ['GET', `/accounts/${other.id}/users/${stranger.id}`],
      ['GET', `/accounts/${mine.id}/users/${stranger.id}`],
      ['PATCH', `/accounts/${mine.id}/users/${stranger.email}`, { firstName: 'X' }],
      ['DELETE', `/accounts/${other.id}/users/${stranger.id}`],
    ] as const) {
      const answer = await call(method, path, { authorization, ...(body === undefined ? {} : { body }) });
      assert.equal(answer.status, 404, `${role} ${method} ${path}`);
    }
  }
});

test('a member administers nothing but itself, an account administrator nothing above itself', async () => {
  const account = await addAccount();
  const member = await addUser(account.id, { role: 'member' });
  const admin = await addUser(account.id, { roles: [{ key: 'admin' }, { key: 'org' }] });
  const chief = await addUser(account.id, { role: 'organization' });
  assert.equal(admin.role, 'account');
  const users = `/accounts/${account.id}/users`;
  const status = async (secret: string, method: string, path: string, body?: object): Promise<number> =>
    (await call(method, path, { authorization: as(secret), ...(body === undefined ? {} : { body }) })).status;

  assert.equal(await status(member.secret, 'POST', '/accounts', { name: 'x' }), 403);
  assert.equal(await status(member.secret, 'PATCH', `/accounts/${account.id}`, { name: 'x' }), 403);
  assert.equal(await status(member.secret, 'POST', users, { email: address() }), 403);
  assert.equal(await status(member.secret, 'PATCH', `${users}/${admin.id}`, { password: 'taken over' }), 403);
  assert.equal(await status(member.secret, 'PATCH', `${users}/${member.id}`, { firstName: 'Me' }), 200);
  assert.equal(await status(member.secret, 'PATCH', `${users}/${member.id}`, { role: 'account' }), 409);

  assert.equal(await status(admin.secret, 'POST', users, { email: address() }), 200);
  assert.equal(await status(admin.secret, 'POST', users, { email: address(), role: 'organization' }), 403);
  assert.equal(await status(admin.secret, 'PATCH', `${users}/${chief.id}`, { password: 'taken over' }), 403);
  assert.equal(await status(admin.secret, 'DELETE', `${users}/${chief.id}`), 403);
  assert.equal(await status(admin.secret, 'PATCH', `/accounts/${account.id}`, { active: false }), 403);
  assert.equal(await status(admin.secret, 'DELETE', `/accounts/${account.id}`), 403);
  assert.equal(await status(chief.secret, 'DELETE', `/accounts/${account.id}`), 409);
  assert.equal(await status(chief.secret, 'DELETE', `${users}/${chief.id}`), 409);
});

test('an email address is taken once, in any case and account', async () => {
  const first = await addUser((await addAccount()).id);
  const account = await addAccount();
  const second = await addUser(account.id);
  const taken = { email: first.email.toUpperCase() };
  assert.equal((await call('POST', `/accounts/${account.id}/users`, { body: taken })).status, 409);
  const path = `/accounts/${account.id}/users/${second.email}`;
  assert.equal((await call('PATCH', path, { body: taken })).status, 409);
});

test('a deactivated user or account is refused at once and comes back when activated', async () => {
  const account = await addAccount();
  const user = await addUser(account.id);
  const works = async (): Promise<boolean> => {
    const secret = (await call('GET', '/accounts', { authorization: as(user.secret) })).status;
    const body = { username: user.email, password: 'correct horse' };
    const signIn = (await call('POST', '/authentication', { body })).status;
    assert.equal(secret, signIn);
    return secret === 200;
  };
  assert.equal(await works(), true);
  for (const path of [`/accounts/${account.id}/users/${user.id}`, `/accounts/${account.id}`]) {
    assert.equal((await call('PATCH', path, { body: { active: false } })).status, 200);
    assert.equal(await works(), false, path);
    assert.equal((await call('PATCH', path, { body: { active: true } })).status, 200);
    assert.equal(await works(), true, path);
  }
});

test('a deleted user and account are gone, body null and all', async () => {
  const account = await addAccount();
  const user = await addUser(account.id);
  const path = `/accounts/${account.id}/users/${user.id}`;
  assert.equal((await call('DELETE', path, { body: 'null' })).status, 200);
  assert.equal((await call('GET', path)).status, 404);
  assert.equal((await call('DELETE', path)).status, 404);
  assert.equal((await call('DELETE', `/accounts/${account.id}?permanent=true`)).status, 200);
  assert.equal((await call('GET', `/accounts/${account.id}`)).status, 404);
});

test('the failure policy is retry until it is set, and takes no other value', async () => {
  const account = await addAccount();
  const admin = await addUser(account.id, { role: 'account' });
  const authorization = as(admin.secret);
  const policy = 'notification.webhook.failure.policy';
  assert.deepEqual((await call('GET', '/accounts/settings', { authorization })).body, { [policy]: 'retry' });
  for (const method of ['PATCH', 'POST']) {
    const set = await call(method, '/accounts/settings', { authorization, body: { [policy]: 'queue' } });
    assert.deepEqual(set.body, { [policy]: 'queue' });
    const other = { authorization, body: { [policy]: 'drop' } };
    const refused = await call<{ message: string }>(method, `/accounts/${account.id}/settings`, other);
    assert.equal(refused.status, 400);
    assert.match(refused.body.message, /notification\.webhook\.failure\.policy must be "retry" or "queue"/);
  }
  assert.deepEqual((await call('GET', `/accounts/${account.id}/settings`)).body, { [policy]: 'queue' });
});

test('guessing passwords ends in a 429 that says when to try again', async () => {
  const tries: Awaited<ReturnType<typeof call>>[] = [];
  while (tries.length < 21 && tries.at(-1)?.status !== 429) {
    tries.push(await call('POST', '/authentication', { body: {} }));
  }
  const last = tries.at(-1)!;
  assert.equal(last.status, 429);
  assert.equal(Number(last.headers.get('retry-after')) > 0, true);
  assert.deepEqual(Object.keys(last.body as object), ['requestId', 'message']);
});
