import { isJsonObject, type Json } from '../../kernel/json.ts';
import { textOf } from '../configuration-text.ts';
import type { Tenant } from '../auth/method.ts';
import { UnreadableAnswer } from '../failures.ts';
import { ID_PATTERN, toId18 } from './ids.ts';

/**
 * Reads `GET /services/oauth2/userinfo` (recorded traffic, 2026). The org is the tenant; a refreshed sandbox is another
 * one.
 * @throws UnreadableAnswer when it names no org.
 */
export function readUserInfo(body: Json): Tenant {
  const info = isJsonObject(body) ? body : {};
  const id = textOf(info['organization_id']);
  if (id === undefined || !ID_PATTERN.test(id)) {
    throw new UnreadableAnswer('Salesforce did not say whose credentials these are');
  }
  const facts = {
    userId: info['user_id'] ?? null,
    username: info['preferred_username'] ?? null,
    timezone: info['zoneinfo'] ?? null,
  };
  return { id: toId18(id), facts };
}
