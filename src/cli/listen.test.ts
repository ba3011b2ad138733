import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startTestServer } from '../../test/support/server.ts';
import { createRunningClock } from '../../test/support/running-clock.ts';
import { createPipedriveSimulator } from '../../simulators/pipedrive/simulator.ts';
import { expectedSignature } from '../../test/support/callback.ts';
import { runCli, startCli, type Going } from './testing/run-cli.ts';

const KEY = 'MySecretEventSignatureKey';

const going: Going[] = [];
after(async () => {
  for (const one of going) await one.stop();
});

async function listen(...args: string[]): Promise<Going & { url: string }> {
  const started = startCli(['listen', '--port', '0', ...args]);
  going.push(started);
  const url = /http:\S+\d/.exec(await started.until(/Ctrl-C/))![0];
  return { ...started, url };
}

async function post(url: string, body: string, headers: Record<string, string> = {}): Promise<number> {
  return (await fetch(url, { method: 'POST', body, headers })).status;
}

function notification(objectId: string): string {
  const events = [{ objectId, objectType: 'contacts', eventType: 'CREATED' }];
  return JSON.stringify({
    message: { eventId: `event-${objectId}`, elementKey: 'sfdc', instanceId: 7, events },
  });
}

test('a notification of the server is a line, its signature checked', async () => {
  const listener = await listen('--key', KEY);
  const vendor = await createPipedriveSimulator();
  const server = await startTestServer({ clock: createRunningClock() });
  try {
    const { body } = await server.call<{ id: number }>('POST', '/instances', {
      body: {
        element: { key: 'pipedrive' },
        name: 'Acme',
        configuration: {
          'authentication.type': 'accessToken',
          'pipedrive.api.token': vendor.credentials.apiToken,
          'base.url': vendor.url,
          'event.notification.enabled': true,
          'event.notification.callback.url': listener.url,
          'event.notification.signature.key': KEY,
        },
      },
    });
    const made = await server.call<{ id: string }>('POST', `/instances/${body.id}/events/test`, { body: {} });
    assert.equal(made.status, 200, JSON.stringify(made.body));
    await listener.until(
      new RegExp(`^${made.body.id}  instance ${body.id}  pipedrive  UPDATED test test  signature ok$`, 'm'),
    );
  } finally {
    await server.close();
    await vendor.close();
  }
});

test('a wrong and a missing signature are shouted, and still answered', async () => {
  const listener = await listen('--key', KEY);
  const body = notification('1');
  const wrong = { 'elements-webhook-signature': expectedSignature('another key', Buffer.from(body)) };
  assert.equal(await post(listener.url, body, wrong), 200);
  await listener.until(/^event-1 .*CREATED contacts 1 {2}SIGNATURE WRONG$/m);
  assert.equal(await post(listener.url, notification('2')), 200);
  await listener.until(/^event-2 .*NOT SIGNED$/m);
});

test('without a key nothing is claimed of signatures, and --json gives what was sent', async () => {
  const listener = await listen('--json');
  assert.equal(await post(listener.url, notification('3')), 200);
  const out = await listener.until(/\}\n$/);
  assert.deepEqual(JSON.parse(out.trimEnd().split('\n').at(-1)!), {
    signature: 'unchecked',
    body: JSON.parse(notification('3')) as unknown,
  });
});

test('what is no notification is refused and not shown', async () => {
  const listener = await listen();
  for (const body of ['', '{', '[]', '{"message":{}}', '{"message":{"events":[1]}}']) {
    assert.equal(await post(listener.url, body), 400, body);
  }
  assert.equal((await fetch(listener.url)).status, 405);
  assert.equal(await listener.stop(), 0);
});

test('a port that is taken is one line', async () => {
  const listener = await listen();
  const { port } = new URL(listener.url);
  const { code, err } = await runCli(['listen', '--port', port]);
  assert.deepEqual(
    [code, err],
    [1, `Tidings cannot run: port ${port} is taken: choose another with --port.\n`],
  );
});
