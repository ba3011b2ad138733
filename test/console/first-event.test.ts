import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startHouse, type House } from './house.ts';

let house: House;
before(async () => {
  house = await startHouse();
});
after(() => house.close());

test('somebody new connects an account and sees its first event delivered', async () => {
  const { vendor, callback, server } = house;
  const page = await house.open('/');
  await page.getByRole('heading', { name: 'Three steps to the first event' }).waitFor();
  await page.getByRole('link', { name: /^Pipedrive/ }).click();

  await page.getByRole('button', { name: 'Create Instance' }).click();
  await page.getByText('Give it a name.').first().waitFor();
  await page.getByLabel('Name', { exact: false }).first().fill('Acme');
  await page.getByLabel('Email').fill(vendor.credentials.email);
  await page
    .getByLabel('Password *')
    .or(page.getByLabel('Password', { exact: true }))
    .first()
    .fill(vendor.credentials.password);
  await page.getByRole('button', { name: 'Show optional fields' }).click();
  await page.getByLabel('Base URL').fill(vendor.url);
  await page.getByLabel('Event Notification Callback URL').fill(callback.url);

  const curl = await page.getByTestId('curl').innerText();
  assert.match(curl, /"pipedrive\.password": "<pipedrive\.password>"/);
  assert.ok(!curl.includes(vendor.credentials.password), 'the request beside the form holds no secret');
  assert.ok(curl.includes(vendor.credentials.email), 'it follows the form');

  await page.getByRole('button', { name: 'Generate a signature key' }).click();
  await page.getByRole('button', { name: 'Send a test event' }).click();
  await page.getByText('The callback accepted it.').waitFor();
  assert.match(String(callback.received[0]?.headers['elements-webhook-signature']), /^sha256=/);

  await page.getByRole('button', { name: 'Create Instance' }).click();
  await page.getByRole('heading', { name: 'Acme is connected' }).waitFor();
  await page.getByText('Webhook URL').waitFor();

  const made = vendor.store.persons.create({ name: 'Grace Hopper' });
  server.clock.advance(2000);
  await page.getByRole('button', { name: 'Poll now' }).click();
  await page.getByRole('link', { name: 'Watch its events' }).click();
  const row = page.getByRole('listitem').filter({ hasText: `contacts ${made.id}` });
  await row.getByText('Delivered').waitFor();
  await row.getByRole('link').click();
  await page.getByText('Try 1: accepted').waitFor();
  await page.getByText('Found by a poll.').waitFor();
});

test('an event appears by itself while the list is open', async () => {
  const { vendor, server } = house;
  const { id } = await house.connect('Live');
  const page = await house.open(`/instances/${id}/events`);
  await page.getByText('No events yet').waitFor();
  const person = vendor.store.persons.sorted()[0]!;
  vendor.store.persons.update(person.id, { name: 'Renamed' });
  server.clock.advance(2000);
  await server.call('POST', `/instances/${id}/poll`);
  await page
    .getByRole('listitem')
    .filter({ hasText: `contacts ${person.id}` })
    .waitFor();
});

test('filters are in the URL and survive a reload', async () => {
  const page = await house.open('/instances');
  await page.getByLabel('Search instances').fill('liv');
  await page.waitForURL(/search=liv/);
  await page.reload();
  assert.equal(await page.getByLabel('Search instances').inputValue(), 'liv');
  await page.getByRole('link', { name: 'Live', exact: true }).waitFor();
  assert.equal(await page.getByRole('link', { name: 'Acme', exact: true }).count(), 0);
});

test('wrong credentials are told, and what was typed stays', async () => {
  const page = await house.open('/connectors/pipedrive');
  await page.locator('#instance-name').fill('Wrong');
  await page.getByLabel('Email').fill('nobody@example.com');
  await page.locator('[id="entry-pipedrive.password"]').fill('nothing');
  await page.getByRole('button', { name: 'Show optional fields' }).click();
  await page.getByLabel('Base URL').fill(house.vendor.url);
  await page.getByRole('button', { name: 'Create Instance' }).click();
  await page.getByRole('alert').getByText('The vendor said').waitFor();
  assert.equal(await page.getByLabel('Email').inputValue(), 'nobody@example.com');
});

test('whoever is not signed in comes back to where they wanted to go', async () => {
  const context = await house.browser.newContext({ baseURL: house.server.url });
  const page = await context.newPage();
  await page.goto('/events?status=NOTIFIED');
  await page.waitForURL(/sign-in/);
  await page.getByLabel('E-mail').fill(house.server.email);
  await page.getByLabel('Password', { exact: true }).fill('wrong');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').waitFor();
  await page.getByLabel('Password', { exact: true }).fill(house.server.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(/\/events\?status=NOTIFIED$/);
});
