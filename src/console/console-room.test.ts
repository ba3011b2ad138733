import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { startTestServer, type TestServer } from '../../test/support/server.ts';
import { expectedSignature } from '../../test/support/callback.ts';
import { createManualClock } from '../kernel/clock.ts';
import type { OverviewView, SecretsView, SessionView, TestEventView } from './schema.ts';
import { createSignInLinks } from './sign-in-links.ts';

let server: TestServer;
before(async () => {
  server = await startTestServer();
});
after(() => server.close());

const OWN = { 'x-tidings-console': '1' };

async function request(method: string, path: string, headers: Record<string, string>, body?: unknown) {
  return fetch(`${server.url}${path}`, {
    method,
    redirect: 'manual',
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

async function signIn(): Promise<{ cookie: string; setCookie: string }> {
  const credentials = { email: server.email, password: server.password };
  const answer = await request('POST', '/console/session', { ...OWN, origin: server.url }, credentials);
  assert.equal(answer.status, 200);
  const setCookie = answer.headers.get('set-cookie') ?? '';
  return { cookie: setCookie.split(';')[0]!, setCookie };
}

async function who(cookie: string): Promise<{ user: SessionView['user']; setCookie: string | null }> {
  const answer = await request('GET', '/console/session', { cookie });
  return { user: ((await answer.json()) as SessionView).user, setCookie: answer.headers.get('set-cookie') };
}

const API = '/elements/api-v2';

test('signing in sets a cookie that no script reads and no other site sends, and that opens the API', async () => {
  const { cookie, setCookie } = await signIn();
  assert.match(setCookie, /^tidings_session=[\w-]+; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/);
  assert.equal((await who(cookie)).user?.email, server.email);
  assert.equal((await request('GET', `${API}/elements`, { cookie })).status, 200);
  assert.equal((await request('GET', `${API}/elements`, {})).status, 401);
});

test('a wrong password and a missing user are told the same way', async () => {
  for (const email of [server.email, 'nobody@example.com']) {
    const answer = await request(
      'POST',
      '/console/session',
      { ...OWN, origin: server.url },
      { email, password: 'wrong' },
    );
    assert.equal(answer.status, 401);
    assert.match(((await answer.json()) as { message: string }).message, /Wrong e-mail address or password/);
    assert.equal(answer.headers.get('set-cookie'), null);
  }
});

test('a change by cookie needs the header of the console and its own origin', async () => {
  const { cookie } = await signIn();
  const patch = async (headers: Record<string, string>): Promise<number> =>
    (
      await request(
        'PATCH',
        `${API}/accounts/settings`,
        { cookie, ...headers },
        { 'notification.webhook.failure.policy': 'retry' },
      )
    ).status;
  assert.equal(await patch({ ...OWN, origin: server.url }), 200);
  assert.equal(await patch({ origin: server.url }), 403);
  assert.equal(await patch(OWN), 403);
  assert.equal(await patch({ ...OWN, origin: 'https://evil.example' }), 403);
  assert.equal(await patch({ ...OWN, origin: 'null' }), 403);
  assert.equal(await patch({ ...OWN, origin: server.url, 'sec-fetch-site': 'same-site' }), 403);
});

test('a page of another port on this host cannot read by the cookie', async () => {
  const { cookie } = await signIn();
  const read = async (site: string): Promise<number> =>
    (await request('GET', `${API}/elements`, { cookie, 'sec-fetch-site': site })).status;
  assert.equal(await read('same-origin'), 200);
  assert.equal(await read('none'), 200);
  assert.equal(await read('same-site'), 403);
  assert.equal(await read('cross-site'), 403);
});

test('credentials in the header go before the cookie, wrong ones too', async () => {
  const { cookie } = await signIn();
  const answer = await request('GET', `${API}/elements`, { cookie, authorization: 'User x, Organization y' });
  assert.equal(answer.status, 401);
});

test('an altered cookie is nobody', async () => {
  const { cookie } = await signIn();
  const at = cookie.length - 8;
  const altered = `${cookie.slice(0, at)}${cookie[at] === 'A' ? 'B' : 'A'}${cookie.slice(at + 1)}`;
  for (const bad of [altered, 'tidings_session=', 'tidings_session=%', 'tidings_session=AAAA', 'other=1']) {
    assert.equal((await who(bad)).user, null, bad);
  }
});

test('a session lasts twelve hours from its last renewal and is renewed while the console is open', async () => {
  const { cookie } = await signIn();
  assert.equal((await who(cookie)).setCookie, null, 'a young session is not renewed');
  server.clock.advance(11 * 60_000);
  const renewed = (await who(cookie)).setCookie?.split(';')[0];
  assert.ok(renewed);
  server.clock.advance(12 * 3_600_000 - 60_000);
  assert.equal((await who(cookie)).user, null);
  assert.equal((await who(renewed)).user?.email, server.email);
});

test('a session ends with the password and with the user', async () => {
  const added = await server.call<{ id: number }>('POST', '/accounts/2/users', {
    body: { email: 'eva@example.com', password: 'first-password' },
  });
  const enter = async (password: string): Promise<string> => {
    const answer = await request(
      'POST',
      '/console/session',
      { ...OWN, origin: server.url },
      { email: 'eva@example.com', password },
    );
    assert.equal(answer.status, 200);
    return (answer.headers.get('set-cookie') ?? '').split(';')[0]!;
  };
  const first = await enter('first-password');
  await server.call('PATCH', `/accounts/2/users/${added.body.id}`, { body: { password: 'second-password' } });
  assert.equal((await who(first)).user, null);
  const second = await enter('second-password');
  assert.equal((await who(second)).user?.role, 'member');
  await server.call('PATCH', `/accounts/2/users/${added.body.id}`, { body: { active: false } });
  assert.equal((await who(second)).user, null);
});

test('signing out forgets the cookie', async () => {
  const { cookie } = await signIn();
  const answer = await request('DELETE', '/console/session', { cookie, ...OWN, origin: server.url });
  assert.match(answer.headers.get('set-cookie') ?? '', /^tidings_session=; Max-Age=0/);
});

test('a sign-in link works once and for a quarter of an hour', () => {
  const clock = createManualClock(1_800_000_000_000);
  const links = createSignInLinks({ clock });
  const token = links.issue(7);
  assert.equal(links.redeem(`${token}x`), null);
  assert.equal(links.redeem(token), 7);
  assert.equal(links.redeem(token), null);
  const late = links.issue(7);
  clock.advance(15 * 60_000);
  assert.equal(links.redeem(late), null);
});

test('a link that is no link leads to the sign-in and sets nothing', async () => {
  const answer = await request('GET', '/console/sign-in?token=guess', {});
  assert.equal(answer.status, 302);
  assert.equal(answer.headers.get('location'), '/sign-in?link=used');
  assert.equal(answer.headers.get('set-cookie'), null);
});

test('the page of every path has a strict policy and no inline script', async () => {
  assert.ok(
    existsSync(new URL('../../console/dist/index.html', import.meta.url)),
    'build the console first: node bin/prepare.js',
  );
  for (const path of [
    '/',
    '/sign-in',
    '/instances/7/polling',
    '/events/x',
    '/settings',
    '/oauth/callback?code=1',
  ]) {
    const answer = await request('GET', path, {});
    assert.equal(answer.status, 200, path);
    assert.match(answer.headers.get('content-type') ?? '', /^text\/html/);
    assert.match(answer.headers.get('content-security-policy') ?? '', /script-src 'self';/);
    const html = await answer.text();
    assert.doesNotMatch(html, /<script(?![^>]*\bsrc=)/);
    assert.doesNotMatch(html, /\s(?:src|href)="(?:https?:)?\/\//);
  }
  const html = await (await request('GET', '/', {})).text();
  const script = /src="(\/assets\/index-[^"]+\.js)"/.exec(html)?.[1];
  const asset = await request('GET', script!, {});
  assert.equal(asset.status, 200);
  assert.equal(asset.headers.get('cache-control'), 'public, max-age=31536000, immutable');
  assert.equal((await request('GET', '/assets/nothing.js', {})).status, 404);
  assert.equal((await request('GET', '/assets/..%2f..%2fpackage.json', {})).status, 404);
});

test('the overview counts nothing where nothing happened', async () => {
  const { body } = await server.call<OverviewView>('GET', '/console/overview');
  assert.deepEqual(body, {
    waiting: 0,
    retrying: 0,
    queued: 0,
    isMore: false,
    oldestUndelivered: null,
    windowSeconds: 3600,
    delivered: 0,
    failed: 0,
    slowest: [],
    stopped: [],
  });
});

test('a test event is signed with the key that was typed and tells what came back', async () => {
  const seen: { body: Buffer; signature: string | undefined }[] = [];
  const callback = createServer((incoming, response) => {
    void text(incoming).then((body) => {
      seen.push({
        body: Buffer.from(body),
        signature: incoming.headers['elements-webhook-signature'] as string | undefined,
      });
      response.writeHead(incoming.url === '/bad' ? 500 : 200).end('thanks');
    });
  });
  await new Promise<void>((resolve) => {
    callback.listen(0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(callback.address() as AddressInfo).port}`;
  const send = (body: unknown) => server.call<TestEventView>('POST', '/console/test-event', { body });
  try {
    const good = await send({ url, elementKey: 'pipedrive', signatureKey: 'k' });
    assert.equal(good.body.outcome, 'delivered');
    assert.equal(seen[0]?.signature, expectedSignature('k', seen[0]!.body));
    const { message } = JSON.parse(String(seen[0]?.body)) as {
      message: { eventId: string; events: unknown[] };
    };
    assert.equal(message.eventId, good.body.eventId);
    assert.equal(message.events.length, 1);
    const refused = await send({ url: `${url}/bad`, elementKey: 'pipedrive' });
    assert.deepEqual(
      [refused.body.outcome, refused.body.status, refused.body.response],
      ['refused', 500, 'thanks'],
    );
    assert.equal(seen[1]?.signature, undefined);
    assert.equal((await send({ url: 'ftp://x', elementKey: 'pipedrive' })).status, 400);
  } finally {
    callback.closeAllConnections();
    callback.close();
  }
  const gone = await send({ url, elementKey: 'pipedrive' });
  assert.equal(gone.body.outcome, 'unreachable');
});

test('a rotated secret replaces the old one at once', async () => {
  const added = await server.call<{ secret: string }>('POST', '/accounts/2/users', {
    body: { email: 'rob@example.com' },
  });
  const as = (secret: string): string => `User ${secret}, Organization ${server.organizationSecret}`;
  const before = added.body.secret;
  const shown = await server.call<SecretsView>('GET', '/console/secrets', { authorization: as(before) });
  assert.equal(shown.body.userSecret, before);
  const rotated = await server.call<SecretsView>('POST', '/console/secrets/user/rotate', {
    authorization: as(before),
  });
  assert.notEqual(rotated.body.userSecret, before);
  assert.equal((await server.call('GET', '/elements', { authorization: as(before) })).status, 401);
  assert.equal(
    (await server.call('GET', '/elements', { authorization: as(rotated.body.userSecret) })).status,
    200,
  );
  const refused = await server.call('POST', '/console/secrets/organization/rotate', {
    authorization: as(rotated.body.userSecret),
  });
  assert.equal(refused.status, 403, 'a member does not replace the secret of all');
});
