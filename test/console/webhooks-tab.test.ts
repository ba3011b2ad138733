import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { connect } from '../support/connected.ts';
import { createRunningClock } from '../support/running-clock.ts';
import { startTestServer } from '../support/server.ts';
import { startHouse, type Connected, type House } from './house.ts';

const DAY_MS = 86_400_000;

let house: House;
let told: Connected;
before(async () => {
  house = await startHouse();
  told = await house.connect('Told', {
    'event.vendor.type': 'webhook',
    'event.vendor.setup': 'auto',
    'event.objects': 'Person',
  });
});
after(() => house.close());

/** What another process finds that looks after webhooks a day later. */
async function lookAfterWebhooks(isSeen: () => Promise<boolean>): Promise<void> {
  const later = createRunningClock();
  later.advance(DAY_MS + 60_000);
  const watcher = await startTestServer({
    clock: later,
    databaseUrl: house.server.databaseUrl,
    env: { TIDINGS_ROLES: 'poller,delivery', TIDINGS_PUBLIC_URL: house.server.url },
  });
  try {
    for (let nth = 0; nth < 400 && !(await isSeen()); nth += 1) {
      await new Promise((resolve) => {
        setTimeout(resolve, 25);
      });
    }
    assert.ok(await isSeen(), 'the watchdog looked');
  } finally {
    await watcher.close();
  }
}

const subscriptions = (page: Page) => page.getByRole('table', { name: 'Subscriptions at the vendor' });

test('webhooks that were set up are shown healthy and signed, and what arrives is listed live', async () => {
  const page = await house.open(`/instances/${told.id}/webhooks`);
  await page.getByText('Set up', { exact: true }).waitFor();
  await subscriptions(page).getByText('Healthy').waitFor();
  await page.getByText('Signed: each webhook must carry a user name and password').waitFor();
  await page.getByText('No webhook yet').waitFor();
  const person = house.vendor.store.persons.create({ name: 'Grace Hopper' });
  await house.vendor.webhooks.idle();
  await page.getByRole('link', { name: `contacts ${person.id}` }).click();
  await page.getByText('By a webhook of the vendor.').waitFor();
});

test('a subscription that the vendor dropped is shown as it was made again', async () => {
  const { webhooks } = house.vendor;
  const [before] = webhooks.list();
  webhooks.remove(before!.id, 'No successful deliveries on 3 consecutive days');
  await lookAfterWebhooks(async () => webhooks.list().length === 1);
  const page = await house.open(`/instances/${told.id}/webhooks`);
  await subscriptions(page).getByText(String(webhooks.list()[0]!.id), { exact: true }).waitFor();
  await subscriptions(page).getByText('Healthy').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Set up again' }).count(), 0);
});

test('a vendor that refuses is shown with its reason, and one click sets up again', async () => {
  const { webhooks, faults } = house.vendor;
  faults.add({
    method: 'POST',
    path: '/api/v1/webhooks',
    effect: { kind: 'vendor', name: 'forbidden' },
  });
  webhooks.remove(webhooks.list()[0]!.id, 'No successful deliveries on 3 consecutive days');
  // The last look left it due in a day from then.
  await house.server.db.execute(`update webhook_setups set next_check_at = '2000-01-01'`, []);
  await lookAfterWebhooks(async () => {
    const { body } = await house.server.call<{ reason?: string }>('GET', `/instances/${told.id}/webhooks`);
    return body.reason !== undefined;
  });
  const page = await house.open(`/instances/${told.id}/webhooks`);
  await page.getByText('In doubt').waitFor();
  await subscriptions(page).getByText('Unknown').waitFor();
  await page.getByRole('alert').getByText('Pipedrive said:').waitFor();
  faults.clear();
  await page.getByRole('button', { name: 'Set up again' }).click();
  await subscriptions(page).getByText('Healthy').waitFor();
  assert.equal(webhooks.list().length, 1);
  assert.equal(await page.getByText('In doubt').count(), 0);
});

test('by hand: the steps name the address, and the missing secret is told', async () => {
  const { id } = await house.connect('By hand', { 'event.vendor.type': 'webhook' });
  const page = await house.open(`/instances/${id}/webhooks`);
  await page.getByText('By hand', { exact: true }).last().waitFor();
  await page.getByRole('region', { name: 'To do at Pipedrive' }).getByText('/events/pipedrive/').waitFor();
  await page.getByText('Unsigned: whoever knows this URL can send events.').waitFor();
});

test('HubSpot’s exact list of subscriptions is shown, each kind with its properties', async () => {
  const hubspot = await connect(house.server, 'hubspotcrm', {
    changed: { 'event.vendor.type': 'webhooks' },
  });
  try {
    const page = await house.open(`/instances/${hubspot.id}/webhooks`);
    const list = page.getByRole('region', { name: 'To do at HubSpot' });
    await list.getByText(/\d+ subscriptions to create/).waitFor();
    const row = list.getByRole('row').filter({ hasText: 'contact.propertyChange' });
    assert.match(await row.innerText(), /firstname/);
    await list.getByText('contact.deletion').waitFor();
  } finally {
    await hubspot.vendor.close();
  }
});

test('the package for a Salesforce org is downloaded', async () => {
  const salesforce = await connect(house.server, 'sfdc', {
    changed: {
      'event.vendor.type': 'webhook',
      'event.vendor.setup': 'manual',
      'event.objects': 'Account',
    },
  });
  try {
    const page = await house.open(`/instances/${salesforce.id}/webhooks`);
    const coming = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download the package' }).click();
    assert.match((await coming).suggestedFilename(), /\.zip$/);
    await page.getByText('Signed: each webhook must carry a signature').waitFor();
  } finally {
    await salesforce.vendor.close();
  }
});

test('Pardot says that it has no webhooks, and an instance that is only polled that it uses none', async () => {
  const pardot = await connect(house.server, 'pardot');
  try {
    const page = await house.open(`/instances/${pardot.id}/webhooks`);
    await page.getByText('Pardot has no webhooks').waitFor();
    const { id } = await house.connect('Polled');
    await page.goto(`/instances/${id}/webhooks`);
    await page.getByText('Not used').waitFor();
    assert.equal(await page.getByText('Unsigned').count(), 0, 'nothing can come in');
  } finally {
    await pardot.vendor.close();
  }
});
