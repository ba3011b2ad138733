import type { EpochMs } from '../core/clock.ts';
import type { Caller } from './access.ts';
import { ACTIONS } from './webhook-event.ts';
import type { Version } from './webhook-event.ts';

/** A webhook as created; the address and its password included. */
export interface Subscription {
  id: number;
  company_id: number;
  owner_id: number;
  user_id: number;
  event_action: string;
  event_object: string;
  subscription_url: string;
  version: Version;
  name: string;
  http_auth_user: string | null;
  http_auth_password: string | null;
  addedAt: EpochMs;
  removedAt: EpochMs | null;
  removeReason: string | null;
}

const OBJECTS: Record<Version, readonly string[]> = {
  '1.0': [
    'activity',
    'activityType',
    'deal',
    'note',
    'organization',
    'person',
    'pipeline',
    'product',
    'stage',
    'user',
  ],
  '2.0': [
    'activity',
    'deal',
    'lead',
    'note',
    'organization',
    'person',
    'pipeline',
    'product',
    'stage',
    'user',
  ],
};
const LONGEST_NAME = 255;

export type NewSubscription = Omit<Subscription, 'id' | 'addedAt' | 'removedAt' | 'removeReason'>;

/** A `POST /webhooks` body as a subscription, or what is wrong with it, field by field. */
export function readSubscription(
  body: Record<string, unknown>,
  caller: Caller,
): NewSubscription | { errors: Record<string, string[]> } {
  const errors: Record<string, string[]> = {};
  const text = (key: string): string | null => (typeof body[key] === 'string' ? body[key] : null);
  const version = text('version') ?? '2.0';
  if (version !== '1.0' && version !== '2.0') return { errors: { version: ['must be 1.0 or 2.0'] } };
  const url = text('subscription_url') ?? '';
  const problem = problemOfUrl(url);
  if (problem) errors['subscription_url'] = [problem];
  const action = text('event_action') ?? '';
  if (action !== '*' && !ACTIONS[version].some((one) => one === action)) {
    errors['event_action'] = [`must be one of ${ACTIONS[version].join(', ')}, *`];
  }
  const object = text('event_object') ?? '';
  if (object !== '*' && !OBJECTS[version].includes(object)) {
    errors['event_object'] = [`must be one of ${OBJECTS[version].join(', ')}, *`];
  }
  const name = text('name') ?? '';
  if (name === '') errors['name'] = ['is required'];
  if (name.length > LONGEST_NAME) errors['name'] = [`must be at most ${LONGEST_NAME} characters`];
  const userId = body['user_id'] === undefined ? caller.userId : Number(body['user_id']);
  if (!caller.company.store.users.get(userId)) errors['user_id'] = ['user not found'];
  if (Object.keys(errors).length > 0) return { errors };
  return {
    company_id: caller.company.id,
    owner_id: caller.userId,
    user_id: userId,
    event_action: action,
    event_object: object,
    subscription_url: url,
    version,
    name,
    http_auth_user: text('http_auth_user'),
    http_auth_password: text('http_auth_password'),
  };
}

/** The vendor demands a public address; loopback is let through because that is where tests listen. */
function problemOfUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return 'must be a full and valid URL';
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must be a full and valid URL';
  return /(^|\.)pipedrive\.com$/.test(url.hostname) ? 'must not be a Pipedrive URL' : undefined;
}
