import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startHouse, type House } from './house.ts';

let house: House;
before(async () => {
  house = await startHouse();
});
after(() => house.close());

async function stored(id: number): Promise<Record<string, Record<string, unknown>>> {
  const { body } = await house.server.call<{ configuration: Record<string, unknown> }>(
    'GET',
    `/instances/${id}`,
  );
  const polling = body.configuration['event.poller.configuration'];
  return (typeof polling === 'string' ? JSON.parse(polling) : polling) as Record<
    string,
    Record<string, unknown>
  >;
}

test('polling is edited by rows, with live examples of what a pattern prints', async () => {
  const { id } = await house.connect('Rows');
  const page = await house.open(`/instances/${id}/edit`);
  await page
    .getByRole('switch', { name: 'Poll opportunities' })
    .or(page.getByLabel('Poll opportunities'))
    .first()
    .uncheck({ force: true });
  await page.getByRole('button', { name: 'Edit contacts' }).click();
  await page.getByRole('button', { name: 'Advanced Filtering' }).click();
  await page.getByLabel('Updated Date Format').fill("yyyy'!'MM");
  const year = new Date().getUTCFullYear();
  await page.getByTestId('example-updatedFormat').getByText(`now: ${year}!`).waitFor();
  await page.getByLabel('Updated Date Format').fill('yyyy-bb');
  await page.getByText('unknown letter "b"').first().waitFor();
  await page.getByLabel('Updated Date Format').fill("yyyy-MM-dd'T'HH:mm:ss'Z'");
  assert.match(await page.getByTestId('curl').innerText(), /-X PATCH/);
  await page.getByRole('button', { name: 'Update' }).click();
  await page.waitForURL(new RegExp(`/instances/${id}$`));
  const polling = await stored(id);
  assert.deepEqual(Object.keys(polling).sort(), ['accounts', 'contacts']);
  assert.equal(
    (polling['contacts']!['datesConfiguration'] as Record<string, unknown>)['updatedDateFormat'],
    "yyyy-MM-dd'T'HH:mm:ss'Z'",
  );
});

test('polling is edited as JSON, and its rows follow', async () => {
  const { id } = await house.connect('Json');
  const page = await house.open(`/instances/${id}/edit`);
  await page.getByRole('button', { name: 'Show the polling configuration as JSON' }).click();
  const editor = page.getByRole('textbox', { name: 'Configure Polling as JSON' });
  await editor.click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.insertText('{ "contacts": ');
  await page.getByRole('button', { name: 'Update' }).click();
  await page.getByText('This is not a JSON object.').first().waitFor();
  await editor.click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.insertText(
    '{"contacts": {"url": "/hubs/crm/contacts", "idField": "id", "pageSize": 50}}',
  );
  await page.getByRole('button', { name: 'Show the polling configuration as rows' }).click();
  assert.equal(await page.getByLabel('Poll contacts').isChecked(), true);
  assert.equal(await page.getByLabel('Poll accounts').isChecked(), false);
  await page.getByRole('button', { name: 'Update' }).click();
  await page.waitForURL(new RegExp(`/instances/${id}$`));
  assert.deepEqual(await stored(id), {
    contacts: { url: '/hubs/crm/contacts', idField: 'id', pageSize: 50 },
  });
});

test('a row is copied to another resource, with its URL', async () => {
  const { id } = await house.connect('Copy', {
    'event.poller.configuration': {
      contacts: { url: "/hubs/crm/contacts?where=update_time>'${date:yyyy-MM-dd}'", idField: 'id' },
    },
  });
  const page = await house.open(`/instances/${id}/edit`);
  await page.getByRole('button', { name: 'Copy contacts to another resource' }).click();
  await page.getByLabel('Name of the other resource').fill('deals');
  await page.getByRole('button', { name: 'Copy', exact: true }).click();
  assert.equal(
    await page.getByLabel('URL', { exact: true }).inputValue(),
    "/hubs/crm/deals?where=update_time>'${date:yyyy-MM-dd}'",
  );
});
