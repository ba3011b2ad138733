import type { Event } from '../events/schema.ts';
import { instanceId, runApiCommand, type Asked } from './api-client-command.ts';
import type { Query } from './api-client.ts';
import { changesText } from './changes-text.ts';
import { UsageError } from './command.ts';
import { followEvents } from './events-follow.ts';
import { showEvent } from './events-show.ts';
import { tableLines } from './print-table.ts';

const HELP = `tidings events: the event log, newest first.

  tidings events            the latest
  tidings events show ID    one: its changes, and every try to deliver it

  --instance ID         of one instance
  --status STATUS       NEW, RECEIVED, DISPATCHED, CONSUMED or NOTIFIED
  --event-type TYPE     CREATED, UPDATED, DELETED or UNKNOWN
  --object-type NAME    e.g. contacts
  --object-id ID        of one record
  --from TIME           ISO-8601, UTC unless it names a zone
  --to TIME             inclusive
  --limit N             how many (20)
  --follow              those recorded from now on, oldest first, until stopped
`;
/** Options that are query parameters of the log. */
const FILTERS = {
  status: 'status',
  'event-type': 'eventType',
  'object-type': 'objectType',
  'object-id': 'objectId',
  from: 'from',
  to: 'to',
} as const;
const NOT_FOLLOWED = ['status', 'from', 'to', 'limit'] as const;

const DEFAULT_LIMIT = 20;
const MOST_LISTED = 100_000;
/** Entries hold raw records, so a page is small. */
const PAGE_SIZE = 100;

/** The command `tidings events`. */
export async function runEvents(args: readonly string[]): Promise<void> {
  const texts = ['instance', 'limit', ...Object.keys(FILTERS)];
  await runApiCommand({ name: 'events', help: HELP, texts, flags: ['follow'], run }, args);
}

async function run(asked: Asked): Promise<void> {
  const [action, id, ...rest] = asked.words;
  if (action === 'show' && id !== undefined && rest.length === 0) return showEvent(asked, id);
  if (action !== undefined) {
    throw new UsageError('Either the log is listed, or one event is shown: tidings events show ID.');
  }
  const { path, query } = readFilter(asked);
  if (!asked.has('follow')) return list(asked, path, query);
  const useless = NOT_FOLLOWED.find((name) => asked.text(name) !== undefined);
  if (useless !== undefined)
    throw new UsageError(`--follow shows what is recorded from now on: leave out --${useless}.`);
  for await (const event of followEvents(asked.client, { path, query, signal: asked.signal })) {
    asked.print(asked.isJson ? JSON.stringify(event) : tableLines([row(event)])[0]!);
  }
}

function readFilter({ text }: Asked): { path: string; query: Query } {
  const instance = text('instance');
  const query = Object.fromEntries(
    Object.entries(FILTERS).map(([option, parameter]) => {
      const value = text(option);
      const isWord = option === 'status' || option === 'event-type';
      return [parameter, isWord ? value?.toUpperCase() : value];
    }),
  );
  // An instance in the path is checked; as a filter an unknown one would merely have no events.
  return {
    path: instance === undefined ? '/instances/events' : `/instances/${instanceId(instance)}/events`,
    query,
  };
}

async function list({ client, number, isJson, print }: Asked, path: string, query: Query): Promise<void> {
  const limit = number('limit', 1, MOST_LISTED) ?? DEFAULT_LIMIT;
  let left = limit;
  for await (const page of client.pages<Event>(path, { ...query, pageSize: Math.min(limit, PAGE_SIZE) })) {
    const wanted = page.slice(0, left);
    if (isJson) wanted.forEach((event) => print(JSON.stringify(event)));
    else tableLines(wanted.map(row)).forEach(print);
    left -= wanted.length;
    if (left === 0) break;
  }
  if (left === limit && !isJson) print('There are no such events.');
}

function row(event: Event): string[] {
  const { id, eventDate, status, instanceId: instance, elementKey, events } = event;
  return [eventDate, id, status.padEnd(10), `instance ${instance}`, elementKey, changesText(events)];
}
