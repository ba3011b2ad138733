import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const TIDINGS = fileURLToPath(new URL('../../bin/tidings.js', import.meta.url));

test('the demo shows a change of every vendor, polled and by webhook, each signed, and ends', async () => {
  const { PATH } = process.env;
  const port = 20_000 + (process.pid % 10_000);
  const child = spawn(process.execPath, [TIDINGS, 'demo', '--events', '20', '--port', String(port)], {
    env: { PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ]);
  assert.deepEqual([code, err], [0, '']);
  const connected = [...out.matchAll(/connected: [^(]+\((\w+)\), instance \d+, ([^;]+);/g)].map(
    ([, name, way]) => `${name}: ${way}`,
  );
  assert.deepEqual(connected, [
    'Pipedrive: changes come by webhook',
    'Salesforce: polled',
    'HubSpot: polled when a webhook tells of a change',
    'Pardot: polled',
    'Keap: polled',
  ]);
  const heard = [...out.matchAll(/^ {2}(\w+) +(CREATED|UPDATED|DELETED) +\w+ +\w+ +(.+)$/gm)];
  assert.ok(heard.length >= 20, out);
  const vendors = ['hubspotcrm', 'infusionsoftecommerce', 'pardot', 'pipedrive', 'sfdc'];
  assert.deepEqual(new Set(heard.map(([, key]) => key)), new Set(vendors));
  assert.deepEqual([...new Set(heard.map(([, , , verdict]) => verdict))], ['signature ok']);
});
