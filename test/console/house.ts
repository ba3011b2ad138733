import assert from 'node:assert/strict';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { createPipedriveSimulator, type PipedriveSimulator } from '../../simulators/pipedrive/simulator.ts';
import { startCallback, type Callback } from '../support/callback.ts';
import { createRunningClock, type RunningClock } from '../support/running-clock.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { launchBrowser } from './browser.ts';

/** A server with the console, a vendor, a callback and a browser. */
export interface House {
  server: TestServer<RunningClock>;
  vendor: PipedriveSimulator;
  callback: Callback;
  browser: Browser;
  /** A signed-in page at `path`; whatever goes wrong in it fails `close`. */
  open(path: string, options?: BrowserContextOptions): Promise<Page>;
  /** Connects the vendor by the API. */
  connect(name: string, configuration?: Record<string, unknown>): Promise<Connected>;
  close(): Promise<void>;
}

export interface Connected {
  id: number;
  token: string;
}

export async function startHouse(): Promise<House> {
  const [vendor, callback, server, browser] = await Promise.all([
    createPipedriveSimulator({}),
    startCallback(),
    startTestServer({ clock: createRunningClock() }),
    launchBrowser(),
  ]);
  const faults: string[] = [];
  const watched = async (options: BrowserContextOptions): Promise<Page> => {
    const context = await browser.newContext({ baseURL: server.url, reducedMotion: 'reduce', ...options });
    context.setDefaultTimeout(15_000);
    const page = await context.newPage();
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => {
      // Content-Security-Policy breaches and React's complaints come this way; answers such as 404 do too.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
        faults.push(message.text());
      }
    });
    page.on('request', (request) => {
      const { origin, protocol } = new URL(request.url());
      if (protocol.startsWith('http') && origin !== server.url && origin !== vendor.url) {
        faults.push(`a request to a third party: ${request.url()}`);
      }
    });
    return page;
  };
  return {
    server,
    vendor,
    callback,
    browser,
    open: async (path, options = {}) => {
      const page = await watched(options);
      await signIn(page, server);
      if (path !== '/') await page.goto(path);
      return page;
    },
    connect: async (name, configuration = {}) => {
      const answer = await server.call<Connected>('POST', '/instances', {
        body: {
          element: { key: 'pipedrive' },
          name,
          tags: [name.toLowerCase()],
          configuration: {
            'pipedrive.email': vendor.credentials.email,
            'pipedrive.password': vendor.credentials.password,
            'base.url': vendor.url,
            'event.notification.enabled': 'true',
            'event.vendor.type': 'polling',
            'event.notification.callback.url': callback.url,
            ...configuration,
          },
        },
      });
      assert.equal(answer.status, 200, JSON.stringify(answer.body));
      return answer.body;
    },
    close: async () => {
      await browser.close();
      await server.close();
      await callback.close();
      await vendor.close();
      assert.deepEqual(faults, [], 'nothing went wrong in any page');
    },
  };
}

/** By the form, as a person does. */
export async function signIn(page: Page, server: { email: string; password: string }): Promise<void> {
  await page.goto('/sign-in');
  await page.getByLabel('E-mail').fill(server.email);
  await page.getByLabel('Password', { exact: true }).fill(server.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page
    .getByRole('navigation', { name: 'Main' })
    .or(page.getByRole('button', { name: 'Menu' }))
    .first()
    .waitFor();
}
