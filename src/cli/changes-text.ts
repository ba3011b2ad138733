/** One change, as a notification and the event log tell it. */
export interface Change {
  eventType: string;
  objectType: string;
  objectId: string;
}

const MOST_NAMED = 3;

/** `CREATED contacts 21, DELETED contacts 22`: the first few, and how many more. */
export function changesText(changes: readonly Change[]): string {
  const named = changes
    .slice(0, MOST_NAMED)
    .map((one) => `${one.eventType} ${one.objectType} ${one.objectId}`);
  const more = changes.length - named.length;
  return [...named, ...(more > 0 ? [`${more} more`] : [])].join(', ');
}
