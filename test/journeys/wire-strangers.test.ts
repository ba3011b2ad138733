import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { systemClock } from '../../src/kernel/clock.ts';
import { startCallback, type Callback } from '../support/callback.ts';
import { connect, type Connected } from '../support/connected.ts';
import { startTestServer, type Answer, type TestServer } from '../support/server.ts';

/** Nobody reaches what belongs to another account, whatever route is tried; taken from the API's own description. */

interface Operation {
  summary?: string;
  description?: string;
  tags?: string[];
  operationId?: string;
  parameters?: { in: string; name: string; required?: boolean }[];
}

let server: TestServer<typeof systemClock>;
let callback: Callback;
let document: { paths: Record<string, Record<string, Operation>> };
/** What the stranger is after: an instance of the first account, with an event, an entry, a subscription. */
let owned: Connected;
let ids: Record<string, string>;
/** A user of another account, who may do everything there, with an instance of its own. */
let stranger: { authorization: string; instance: Connected };

before(async () => {
  server = await startTestServer({ clock: systemClock, env: { TIDINGS_ROLES: 'api,delivery' } });
  callback = await startCallback();
  const answer = await fetch(`${server.url}/openapi.json`);
  document = (await answer.json()) as typeof document;
  owned = await connect(server, 'pipedrive', { callbackUrl: callback.url });
  stranger = await addStranger();
  ids = await idsOfOwner();
});
after(async () => {
  await server.close();
  await callback.close();
  await Promise.all([owned.vendor.close(), stranger.instance.vendor.close()]);
});

async function addStranger(): Promise<typeof stranger> {
  const account = await server.call<{ id: number }>('POST', '/accounts', { body: { name: 'Strangers' } });
  const user = await server.call<{ secret: string }>('POST', `/accounts/${account.body.id}/users`, {
    body: { email: 'stranger@example.com', role: 'account' },
  });
  const authorization = `User ${user.body.secret}, Organization ${server.organizationSecret}`;
  return { authorization, instance: await connect(server, 'pipedrive', { authorization }) };
}

async function idsOfOwner(): Promise<Record<string, string>> {
  await new Promise((resolve) => setTimeout(resolve, 1100));
  owned.vendor.changes[0]!();
  const polled = await server.call('POST', `/instances/${owned.id}/poll`);
  assert.equal(polled.status, 200, JSON.stringify(polled.body));
  await callback.until(() => callback.received.length > 0);
  const first = async (path: string, token?: string): Promise<string> => {
    const { status, body } = await server.call<{ id: number | string }[]>('GET', path, {
      ...(token !== undefined && { token }),
    });
    assert.equal(status, 200, path);
    return String(body[0]!.id);
  };
  const notice = await server.call<{ id: string }>('POST', '/notifications', {
    body: { severity: 'low', topic: 'a-topic', message: 'hello', from: 'me' },
  });
  return {
    id: String(owned.id),
    eventId: await first('/instances/events'),
    configId: await first('/instances/configuration', owned.token),
    userId: '2',
    account: '2',
    subscription: await first('/notifications/subscriptions'),
    notification: notice.body.id,
  };
}

/** Paths whose `{id}` is that of something else than an instance. */
function kindOf(path: string): string {
  if (path.startsWith('/accounts')) return 'account';
  if (path.startsWith('/notifications/subscriptions')) return 'subscription';
  return path.startsWith('/notifications') ? 'notification' : 'id';
}

function operations(): { method: string; path: string; operation: Operation }[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      operation,
    })),
  );
}

/** Every operation that names something by an id, but for the resources, which are reached by an Element token. */
function guarded(): { method: string; path: string; filled: string }[] {
  return operations()
    .filter(({ path }) => /\{(id|userId|eventId|configId)\}/.test(path) && !/^\/(hubs\/|\{)/.test(path))
    .map(({ method, path }) => ({
      method,
      path,
      filled: path
        .replace('{keyOrId}', 'pipedrive')
        .replace('{id}', ids[kindOf(path)]!)
        .replace(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? '1'),
    }));
}

/** A body with which the owner's request would be taken. */
const BODIES: Record<string, unknown> = {
  'POST /accounts/{id}/users': { email: 'new@example.com' },
  'PATCH /accounts/{id}/settings': { 'notification.webhook.failure.policy': 'queue' },
  'POST /accounts/{id}/settings': { 'notification.webhook.failure.policy': 'queue' },
  'PUT /accounts/{id}/settings': { 'notification.webhook.failure.policy': 'queue' },
  'POST /instances/{id}/events/replay': { from: '2026-01-01T00:00:00Z', to: '2036-01-01T00:00:00Z' },
  'POST /instances/{id}/polling/reset': {
    objectType: 'contacts',
    from: '2026-01-01T00:00:00Z',
    dryRun: true,
  },
  'PATCH /instances/{id}/configuration/{configId}': { propertyValue: 'stolen' },
  'PATCH /instances/configuration/{configId}': { propertyValue: 'stolen' },
};

const bodyOf = (method: string, path: string): { body?: unknown } => {
  const body =
    BODIES[`${method} ${path}`] ?? (method === 'PATCH' || method === 'PUT' ? { name: 'stolen' } : undefined);
  return body === undefined ? {} : { body };
};

function isRefusal({ status }: Answer<unknown>): boolean {
  return [401, 403, 404].includes(status);
}

test('a user of another account finds nothing under any id of ours', async () => {
  const found: string[] = [];
  const seen = guarded();
  assert.ok(seen.length > 30, `${seen.length} operations`);
  for (const { method, path, filled } of seen) {
    const answer = await server.call(method, filled, {
      authorization: stranger.authorization,
      ...bodyOf(method, path),
    });
    if (!isRefusal(answer)) found.push(`${method} ${filled}: ${answer.status}`);
  }
  assert.deepEqual(found, []);
});

test('an Element token of the own instance opens no other one', async () => {
  const found: string[] = [];
  for (const { method, path, filled } of guarded()) {
    const answer = await server.call(method, filled, {
      authorization: `${stranger.authorization}, Element ${stranger.instance.token}`,
      ...bodyOf(method, path),
    });
    if (!isRefusal(answer)) found.push(`${method} ${filled}: ${answer.status}`);
  }
  assert.deepEqual(found, []);
});

test('the Element token of a foreign instance is worth nothing', async () => {
  for (const [method, path] of [
    ['GET', '/instances/configuration'],
    ['PATCH', '/instances'],
    ['PUT', '/instances'],
    ['GET', '/instances/event-poller-records'],
    ['GET', '/hubs/crm/contacts'],
    ['GET', '/hubs/crm/ping'],
    ['POST', '/hubs/crm/contacts'],
    ['DELETE', '/hubs/crm/contacts/1'],
    ['GET', '/objects'],
    ['GET', '/contacts'],
    ['GET', '/instances/events'],
  ] as const) {
    const answer = await server.call(method, path, {
      authorization: stranger.authorization,
      token: owned.token,
      ...(method === 'POST' && { body: {} }),
    });
    assert.equal(answer.status, 401, `${method} ${path}`);
  }
});

test('without credentials no documented operation but the public ones is answered', async () => {
  const open: string[] = [];
  for (const { method, path } of operations()) {
    const filled = path
      .replace('{keyOrId}', 'pipedrive')
      .replace('{hub}', 'crm')
      .replace('{resource}', 'contacts')
      .replace(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? '1');
    const answer = await server.call(method, filled, { authorization: null, ...bodyOf(method, path) });
    if (answer.status !== 401) open.push(`${method} ${path}`);
  }
  assert.deepEqual(
    open.filter((line) => !/ \/events\//.test(line)),
    // It asks for a body first: it is how secrets are got.
    ['POST /authentication'],
  );
});

test('lists show a stranger its own only', async () => {
  const { authorization, instance } = stranger;
  const bodies = await Promise.all(
    [
      '/instances',
      '/elements/pipedrive/instances',
      '/instances/events',
      `/instances/events?instanceId=${owned.id}`,
      '/notifications/subscriptions',
      '/notifications/subscriptions/deliveries',
      '/notifications?topics[]=a-topic',
      '/instances/polling-disabled',
      '/accounts',
      '/instances/count',
    ].map(async (path) => {
      const answer = await server.call(`GET`, path, { authorization });
      assert.equal(answer.status, 200, `${path}: ${JSON.stringify(answer.body)}`);
      return [path, answer.body] as const;
    }),
  );
  for (const [path, body] of bodies) {
    const shown = JSON.stringify(body);
    assert.ok(!shown.includes(owned.token) && !shown.includes(callback.url), path);
    assert.ok(!shown.includes(ids['eventId']!), path);
  }
  assert.deepEqual(
    (bodies[0]![1] as { id: number }[]).map(({ id }) => id),
    [instance.id],
  );
  assert.equal((bodies.at(-1)![1] as { totalInstances: number }).totalInstances, 1);
});

test('what the strangers tried has changed nothing', async () => {
  const { body } = await server.call<{ name: string; disabled: boolean }>('GET', `/instances/${owned.id}`);
  assert.deepEqual([body.name, body.disabled], [owned.name, false]);
  const settings = await server.call('GET', '/accounts/settings');
  assert.deepEqual(settings.body, { 'notification.webhook.failure.policy': 'retry' });
  assert.equal((await server.call('GET', `/instances/events/${ids['eventId']}`)).status, 200);
});

test('every documented operation says what it is for, under a tag, with all its parameters', () => {
  const silent: string[] = [];
  for (const { method, path, operation } of operations()) {
    const line = `${method} ${path}`;
    const { summary, description, tags = [], parameters = [] } = operation;
    if (!(summary ?? description ?? '').trim()) silent.push(`${line}: neither summary nor description`);
    if (tags.length === 0) silent.push(`${line}: no tag`);
    const inPath = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
    const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
    if (named.sort().join() !== inPath.sort().join()) silent.push(`${line}: parameters ${inPath.join()}`);
  }
  assert.deepEqual(silent, []);
});
