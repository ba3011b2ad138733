import type { DeliveryView } from '../delivery/schema.ts';
import type { Event } from '../events/schema.ts';
import type { Asked } from './api-client-command.ts';
import { changesText } from './changes-text.ts';
import { tableLines } from './print-table.ts';

const SHOWN_RESPONSE = 80;

/** Prints one event: what changed, then in order of time how it was recorded, tried and what comes next. */
export async function showEvent({ client, isJson, print }: Asked, id: string): Promise<void> {
  const key = encodeURIComponent(id);
  const event = await client.get<Event>(`/instances/events/${key}`);
  if (isJson) return print(JSON.stringify(event));
  const deliveries = await client.get<DeliveryView[]>(`/notifications/${key}/subscriptions/deliveries`);
  const facts = [
    ['id', event.id],
    ['instance', `${event.instanceId} (${event.elementKey})`],
    ['status', event.status],
    ...event.events.map((change) => ['change', `${changesText([change])} at ${change.date}`]),
  ];
  tableLines(facts).forEach(print);
  print('\nTimeline');
  tableLines([
    [event.eventDate, 'recorded'],
    ...(event.tries ?? []).map(tryRow),
    ...deliveries.flatMap(nextRow),
  ]).forEach(print);
}

function tryRow({
  attempt,
  date,
  outcome,
  status,
  latencyMs,
  response,
}: NonNullable<Event['tries']>[number]): string[] {
  const answer = status === null ? 'no answer' : `answered ${status}`;
  const text = response.length > SHOWN_RESPONSE ? `${response.slice(0, SHOWN_RESPONSE)} …` : response;
  return [date, `try ${attempt}`, outcome, answer, `${latencyMs} ms`, text];
}

/** What is still to come of a delivery; one that is over has its last try. */
function nextRow({ status, nextTryDate }: DeliveryView): string[][] {
  switch (status) {
    case 'created':
    case 'retry':
      return [[nextTryDate ?? '-', 'next try']];
    case 'queued':
      return [['-', 'queued until the subscription is asked for its deliveries']];
    case 'delivered':
    case 'notified':
      return [];
  }
}
