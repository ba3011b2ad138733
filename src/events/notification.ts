import type { Json } from '../kernel/json.ts';

/** The stored columns a notification is made of: the snapshot taken when the event was recorded. */
export interface StoredEvent {
  id: string;
  instance_id: number;
  account_id: number;
  user_id: number;
  element_key: string;
  instance_name: string;
  instance_tags: string[];
  /** The text of the `events` array, as stored. */
  events: string;
  payload: Buffer;
  payload_type: 'json' | 'form';
}

/**
 * The exact bytes that are signed and sent. They depend on the stored row alone, so every try of an event sends
 * the same; the payload goes in as it was received, never parsed and printed again.
 */
export function buildNotification(event: StoredEvent): Buffer {
  const head = JSON.stringify({
    eventId: event.id,
    elementKey: event.element_key,
    instanceId: event.instance_id,
    instance_id: event.instance_id,
    instanceName: event.instance_name,
    instanceTags: event.instance_tags,
    accountId: event.account_id,
    userId: event.user_id,
  });
  return Buffer.concat([
    Buffer.from(`{"message":${head.slice(0, -1)},"events":${event.events},"raw":`),
    event.payload_type === 'json' ? event.payload : Buffer.from(JSON.stringify(formFields(event.payload))),
    Buffer.from('}}'),
  ]);
}

/** The fields of a form or a query; a repeated name gives an array. */
function formFields(payload: Buffer): Json {
  const fields: Record<string, string | string[]> = Object.create(null) as Record<string, string | string[]>;
  for (const [name, value] of new URLSearchParams(payload.toString('utf8'))) {
    const present = fields[name];
    if (present === undefined) fields[name] = value;
    else if (Array.isArray(present)) present.push(value);
    else fields[name] = [present, value];
  }
  return fields;
}
