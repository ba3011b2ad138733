import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startHouse, type Connected, type House } from './house.ts';

let house: House;
let instance: Connected;
before(async () => {
  house = await startHouse();
  instance = await house.connect('Acme');
});
after(() => house.close());

async function makeChange(name: string): Promise<number> {
  const { id } = house.vendor.store.persons.create({ name });
  house.server.clock.advance(2000);
  const answer = await house.server.call('POST', `/instances/${instance.id}/poll`);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return id;
}

test('a failing callback shows its tries, and a redelivery after the repair arrives', async () => {
  const { callback } = house;
  callback.answer({ status: 503, body: 'down for maintenance' });
  const person = await makeChange('Ada');
  const page = await house.open('/deliveries');
  await page.getByRole('button', { name: /1 waiting/ }).click();
  await page.getByText('Retrying', { exact: true }).waitFor();
  await page.goto(`/instances/${instance.id}/events`);
  await page
    .getByRole('listitem')
    .filter({ hasText: `contacts ${person}` })
    .getByRole('link')
    .click();
  await page.getByText('Try 1: failed').waitFor();
  await page.getByText('HTTP 503').first().waitFor();
  await page.getByText('down for maintenance').first().waitFor();

  callback.answer({ status: 200 });
  await page.getByRole('button', { name: 'Redeliver' }).click();
  await page
    .getByText(/Try \d+: accepted/)
    .first()
    .waitFor();
});

test('everything that waits for a callback is sent by one click', async () => {
  const { callback } = house;
  callback.answer({ status: 500 });
  const person = await makeChange('Grace');
  const page = await house.open('/deliveries');
  await page.getByRole('button', { name: /1 waiting/ }).waitFor();
  callback.answer({ status: 200 });
  await page.getByRole('button', { name: /etry all/ }).click();
  await callback.until(
    () => callback.lines().filter((line) => line === `CREATED contacts ${person}`).length >= 2,
  );
  await page.getByText('Nothing waits').waitFor();
});

test('a replay counts first, then sends, and shows that it is done', async () => {
  const { callback } = house;
  callback.answer({ status: 200 });
  const before = callback.received.length;
  const page = await house.open(`/instances/${instance.id}/deliveries`);
  await page.getByRole('button', { name: 'Count', exact: true }).click();
  const replay = page.getByRole('button', { name: /Replay \d+ events?/ });
  await replay.waitFor();
  assert.equal(callback.received.length, before, 'counting sends nothing');
  const count = Number(/\d+/.exec(await replay.innerText())?.[0]);
  assert.ok(count >= 2);
  await replay.click();
  await callback.until(() => callback.received.length >= before + count);
  await page.getByText(`${count} events sent again`).waitFor();
});
