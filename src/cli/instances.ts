import type { InstanceView } from '../instances/schema.ts';
import type { PollerRecordView } from '../polling/schema.ts';
import { ApiError, type ApiClient } from './api-client.ts';
import { instanceId, runApiCommand, type Asked } from './api-client-command.ts';
import { UsageError } from './command.ts';
import { tableLines } from './print-table.ts';

const HELP = `tidings instances: the connected accounts, and whether they need somebody.

  tidings instances           all of them
  tidings instances show ID   one: its configuration (secrets masked), and how its polls fare
`;
const PAGE_SIZE = 200;

/** The command `tidings instances`. */
export async function runInstances(args: readonly string[]): Promise<void> {
  await runApiCommand({ name: 'instances', help: HELP, texts: [], flags: [], run }, args);
}

async function run(asked: Asked): Promise<void> {
  const [action, id, ...rest] = asked.words;
  if (action === undefined) await list(asked);
  else if (action === 'show' && id !== undefined && rest.length === 0) await show(asked, instanceId(id));
  else throw new UsageError('Either all are listed, or one is shown: tidings instances show ID.');
}

async function list({ client, isJson, print }: Asked): Promise<void> {
  const instances = await readAll(client, isJson);
  if (isJson) return instances.forEach((instance) => print(JSON.stringify(instance)));
  if (instances.length === 0) return print('There are no instances.');
  tableLines([['ID', 'ELEMENT', 'NAME', 'EVENTS', 'STATE', 'ATTENTION'], ...instances.map(row)]).forEach(
    print,
  );
}

async function readAll(client: ApiClient, hydrate: boolean): Promise<InstanceView[]> {
  const found: InstanceView[] = [];
  try {
    for await (const page of client.pages<InstanceView>('/instances', { pageSize: PAGE_SIZE, hydrate })) {
      found.push(...page);
    }
  } catch (error) {
    // The contract's answer of an empty list.
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
  }
  return found;
}

function row(instance: InstanceView): string[] {
  const [events, state, attention] = stateOf(instance);
  return [String(instance.id), instance.element.key, instance.name, events, state, attention];
}

function stateOf({ eventsEnabled, disabled, attention }: InstanceView): [string, string, string] {
  return [
    eventsEnabled ? 'on' : 'off',
    disabled ? 'disabled' : 'enabled',
    attention === undefined ? '-' : `${attention.kind}: ${attention.reason}`,
  ];
}

async function show({ client, isJson, print }: Asked, id: number): Promise<void> {
  const instance = await client.get<InstanceView>(`/instances/${id}`);
  const polled = await client.get<PollerRecordView[]>('/instances/event-poller-records', {}, instance.token);
  if (isJson) return print(JSON.stringify({ ...instance, eventPollerRecords: polled }));
  const [events, state, attention] = stateOf(instance);
  const { configuration = {}, user } = instance;
  const facts = [
    ['id', String(id)],
    ['element', instance.element.key],
    ['name', instance.name],
    ['tags', instance.tags.join(', ')],
    ['created', `${instance.createdDate} by ${user.emailAddress}`],
    ['events', events],
    ['state', state],
    ['attention', attention],
    ['webhook URL', instance.webhookUrl],
  ];
  tableLines(facts).forEach(print);
  print('\nConfiguration');
  tableLines(Object.entries(configuration).map(([key, value]) => [key, asText(value)])).forEach(print);
  print(`\nPolls${polled.length === 0 ? ': none' : ''}`);
  if (polled.length > 0) tableLines([POLL_COLUMNS, ...polled.map(pollRow)]).forEach(print);
}

const POLL_COLUMNS = ['OBJECTS', 'STATUS', 'LAST', 'NEXT', 'REMARKS'];

function pollRow(record: PollerRecordView): string[] {
  const { objectType, status, lastPollDate, nextPollDate, consecutiveFailures, lastError, warnings } = record;
  const failure = lastError === undefined ? [] : [`${consecutiveFailures} failures in a row: ${lastError}`];
  return [objectType, status, lastPollDate ?? '-', nextPollDate ?? '-', [...failure, ...warnings].join('; ')];
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
