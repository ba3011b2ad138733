/*
 * A Pipedrive that serves one endless kind of record from memory, as a process of its own: `RECORDS` persons in pages of
 * 500, all of version `?` as told over IPC, about 700 bytes each. It parses nothing and filters nothing.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const RECORDS = Number(process.argv[2]);
const BASE = Number(process.argv[3]);
let version = 1;

const filler = JSON.stringify({
  custom_fields: Object.fromEntries(
    Array.from({ length: 8 }, (_, n) => [
      `4f${n}a9d2b7c1e0f3a5b6c7d8e9f0a1b2c3d4e5f6`,
      n % 2 ? null : `value ${n}`,
    ]),
  ),
  label_ids: [1, 2],
  is_deleted: false,
  visible_to: 3,
}).slice(1);

function person(id: number): string {
  const at = new Date(BASE + version * 1000).toISOString().replace('.000Z', 'Z');
  return `{"id":${id},"name":"Person ${id}, version ${version}","first_name":"Person","last_name":"${id}","owner_id":7,"org_id":${id % 1000},"add_time":"2024-01-01T00:00:00Z","update_time":"${at}","emails":[{"value":"person${id}@example.com","primary":true,"label":"work"}],"phones":[{"value":"+49 30 ${id}","primary":true,"label":"work"}],${filler}`;
}

function page(url: URL): string {
  if (url.pathname !== '/api/v2/persons') {
    return '{"success":true,"data":[],"additional_data":{"last_timestamp_on_page":null,"pagination":{"start":0,"limit":500,"more_items_in_collection":false}}}';
  }
  const limit = Number(url.searchParams.get('limit'));
  const first = Number(url.searchParams.get('cursor') ?? 0) + 1;
  const last = Math.min(first + limit - 1, RECORDS);
  let rows = '';
  for (let id = first; id <= last; id += 1) rows += `${id === first ? '' : ','}${person(id)}`;
  const next = last < RECORDS ? `"${last}"` : 'null';
  return `{"success":true,"data":[${rows}],"additional_data":{"next_cursor":${next}}}`;
}

process.on('message', (to: number) => {
  version = to;
  process.send?.('ready');
});
const server = createServer((request, response) => {
  response.setHeader('content-type', 'application/json');
  response.end(page(new URL(request.url!, 'http://bench')));
}).listen(0, '127.0.0.1', () => {
  process.send?.((server.address() as AddressInfo).port);
});
