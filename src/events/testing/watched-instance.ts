import assert from 'node:assert/strict';
import { createClock } from '../../../simulators/core/clock.ts';
import { createPipedriveSimulator } from '../../../simulators/pipedrive/simulator.ts';
import { startCallback, type Callback } from '../../../test/support/callback.ts';
import { createRunningClock, type RunningClock } from '../../../test/support/running-clock.ts';
import { startTestServer, type TestServer } from '../../../test/support/server.ts';

/** A whole server with one instance whose events go to a callback. */
export interface WatchedInstance {
  server: TestServer<RunningClock>;
  callback: Callback;
  id: number;
  token: string;
  /** Makes a test event; its id. */
  makeEvent(objectId?: string): Promise<string>;
  /** Waits until it holds, 10 s at most. */
  eventually(isTrue: () => Promise<boolean>): Promise<void>;
  close(): Promise<void>;
}

export async function createWatchedInstance(): Promise<WatchedInstance> {
  const vendor = await createPipedriveSimulator({ clock: createClock() });
  const callback = await startCallback();
  const server = await startTestServer({
    clock: createRunningClock(),
    env: { TIDINGS_ROLES: 'api,delivery' },
  });
  const created = await server.call<{ id: number; token: string }>('POST', '/instances', {
    body: {
      element: { key: 'pipedrive' },
      name: 'Acme',
      configuration: {
        'authentication.type': 'emailPassword',
        'pipedrive.email': vendor.credentials.email,
        'pipedrive.password': vendor.credentials.password,
        'event.notification.enabled': true,
        'event.vendor.type': 'webhook',
        'event.notification.callback.url': callback.url,
        'base.url': `${vendor.url}/v1`,
      },
    },
  });
  assert.equal(created.status, 200, JSON.stringify(created.body));
  const { id, token } = created.body;
  return {
    server,
    callback,
    id,
    token,
    makeEvent: async (objectId = '1') => {
      const made = await server.call<{ id: string }>('POST', `/instances/${id}/events/test`, {
        body: { objectId },
      });
      assert.equal(made.status, 200, JSON.stringify(made.body));
      return made.body.id;
    },
    eventually: async (isTrue) => {
      const end = performance.now() + 10_000;
      while (!(await isTrue())) {
        assert.ok(performance.now() < end, 'did not come true within 10 s');
        await new Promise((resolve) => {
          setTimeout(resolve, 20);
        });
      }
    },
    close: async () => {
      await server.close();
      await callback.close();
      await vendor.close();
    },
  };
}
