import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startHouse, type House } from './house.ts';

let house: House;
before(async () => {
  house = await startHouse();
});
after(() => house.close());

test('a sign-in at the vendor comes back from its window and creates the instance', async () => {
  const { vendor } = house;
  const page = await house.open('/connectors/pipedrive');
  await page.locator('#instance-name').fill('By OAuth');
  await page
    .getByRole('combobox', { name: 'Authentication Type' })
    .or(page.getByLabel('Authentication Type'))
    .first()
    .click();
  await page.getByRole('option', { name: /^OAuth 2.0/ }).click();
  await page.getByLabel('OAuth API Key').fill(vendor.credentials.clientId);
  await page.locator('[id="entry-oauth.api.secret"]').fill(vendor.credentials.clientSecret);
  assert.equal(
    await page.getByLabel('OAuth Callback URL').inputValue(),
    `${house.server.url}/oauth/callback`,
  );
  await page.getByRole('button', { name: 'Show optional fields' }).click();
  await page.getByLabel('Base URL').fill(vendor.url);
  await page.getByLabel('OAuth Authorization URL').fill(`${vendor.url}/oauth/authorize`);
  await page.getByLabel('OAuth Token URL').fill(`${vendor.url}/oauth/token`);
  const opening = page.waitForEvent('popup');
  await page.getByRole('button', { name: 'Sign in with Pipedrive' }).click();
  const consent = await opening;
  await consent.getByRole('button', { name: /allow/i }).click();
  await page.getByRole('heading', { name: 'By OAuth is connected' }).waitFor();
});
