import type { JsonObject } from '../kernel/json.ts';
import type { Settings } from './schema.ts';

const FAILURE_POLICY = 'notification.webhook.failure.policy';

/** An account's settings as they hold, defaults included. */
export function readSettings(stored: JsonObject): Settings {
  return { [FAILURE_POLICY]: stored[FAILURE_POLICY] === 'queue' ? 'queue' : 'retry' };
}
