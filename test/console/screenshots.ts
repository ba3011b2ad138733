/**
 * `npm run screenshots`: every screen of the console, light and dark, on a laptop and a phone, into `screenshots/`.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startHouse, type House } from './house.ts';
import { SCREENS, type ScreenIds } from './screens.ts';

const SIZES = { laptop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };
const SCHEMES = ['light', 'dark'] as const;
/** Lists that fill the window are shown as they are seen, the others whole. */
const AS_SEEN = new Set(['events', 'instance', 'overview']);
const DIRECTORY = join(import.meta.dirname, '../../screenshots');

/** Some accounts, a callback that fails, and changes spread over the last minutes. */
async function furnish(house: House): Promise<ScreenIds> {
  const { server, vendor, callback } = house;
  const { id } = await house.connect('Acme Sales');
  await house.connect('Globex');
  const failing = await house.connect('Initech', {
    'event.notification.callback.url': `${callback.url}&broken`,
  });
  await house.connect('Umbrella', { 'event.vendor.type': 'webhook' });
  const told = await house.connect('Hooli', {
    'event.vendor.type': 'webhook',
    'event.vendor.setup': 'auto',
    'event.objects': 'Person,Deal',
  });
  for (let round = 0; round < 12; round++) {
    vendor.store.persons.create({ name: `Person ${round}` });
    const [person, deal] = [
      vendor.store.persons.sorted()[round % 5]!,
      vendor.store.deals.sorted()[round % 3]!,
    ];
    vendor.store.persons.update(person.id, { name: `Renamed ${round}` });
    if (round % 3 === 0) vendor.store.deals.update(deal.id, { title: `Deal ${round}` });
    server.clock.advance(3000);
    await server.call('POST', `/instances/${id}/poll`);
  }
  callback.answer({ status: 503, body: 'Down for maintenance.' });
  await server.call('POST', `/instances/${failing.id}/poll`);
  const { body } = await server.call<{ id: string }[]>('GET', `/instances/${id}/events`);
  await vendor.webhooks.idle();
  return { instance: id, event: body[0]!.id, told: told.id };
}

const house = await startHouse();
const ids = await furnish(house);
mkdirSync(DIRECTORY, { recursive: true });
for (const colorScheme of SCHEMES) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    const signedOut = await house.browser.newPage({ baseURL: house.server.url, colorScheme, viewport });
    await signedOut.goto('/sign-in');
    await signedOut.getByLabel('E-mail').waitFor();
    await signedOut.screenshot({ path: join(DIRECTORY, `sign-in-${size}-${colorScheme}.png`) });
    await signedOut.close();
    const page = await house.open('/', { colorScheme, viewport, deviceScaleFactor: 1 });
    for (const { name, path, ready } of SCREENS) {
      await page.goto(path(ids));
      await page.getByText(ready).first().waitFor({ state: 'attached' });
      await page.waitForLoadState('networkidle', { timeout: 1500 }).catch(() => {});
      // A window as high as the screen: what sticks to its edges sticks there.
      const height = await page.evaluate<number>('document.documentElement.scrollHeight');
      if (!AS_SEEN.has(name)) await page.setViewportSize({ ...viewport, height });
      await page.screenshot({ path: join(DIRECTORY, `${name}-${size}-${colorScheme}.png`) });
      await page.setViewportSize(viewport);
    }
    await page.context().close();
  }
}
await house.close();
console.log(`${SCREENS.length + 1} screens, light and dark, laptop and phone: ${DIRECTORY}`);
