import { timeV2 } from './time-format.ts';

/** One changed object of a delivery. */
export interface ObjectKey {
  id: number;
  apiUrl: string;
  timestamp: string;
}

const NOUNS =
  'appointment company contact invoice leadsource note opportunity order product subscription task';
const OTHER_KEYS = `contactGroup.add contactGroup.applied contactGroup.delete contactGroup.edit contactGroup.removed
  invoice.payment.add invoice.payment.delete invoice.payment.edit opportunity.stage_move task.complete task.incomplete
  user.activate user.add user.edit`;

/** The event keys (vendor page, 2026-11); editions differ. */
export const EVENT_KEYS: readonly string[] = NOUNS.split(' ')
  .flatMap((noun) => ['add', 'edit', 'delete'].map((verb) => `${noun}.${verb}`))
  .concat(OTHER_KEYS.split(/\s+/))
  .sort();

/** Most objects of one delivery. */
export const MOST_KEYS = 1000;

/** The body of a delivery: thin, one event key, the objects by id. */
export function hookBody(eventKey: string, objects: readonly ObjectKey[]): string {
  const objectType = eventKey.slice(0, eventKey.lastIndexOf('.'));
  return JSON.stringify({ event_key: eventKey, object_type: objectType, object_keys: objects });
}

/** `apiUrl` may be empty: here it is for products and for what is gone. */
export function objectKey(apiRoot: string, eventKey: string, id: number, at: number): ObjectKey {
  const [noun = '', verb] = eventKey.split('.');
  const isLinked = verb !== 'delete' && (noun === 'order' || noun === 'contact');
  return { id, apiUrl: isLinked ? `${apiRoot}/${noun}s/${id}` : '', timestamp: timeV2(at) };
}
