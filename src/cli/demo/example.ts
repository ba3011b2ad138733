import { readFileSync } from 'node:fs';
import { isJsonObject, type JsonObject } from '../../kernel/json.ts';

/**
 * The instance body of `examples/<file>.json` with its blanks filled: `name`, the given configuration entries, and the
 * callback.
 */
export function fillExample(
  file: string,
  filled: { name: string; code?: string; configuration: JsonObject },
  callback: { url: string; signatureKey: string },
): JsonObject {
  const text = readFileSync(new URL(`../../../examples/${file}.json`, import.meta.url), 'utf8');
  const body = JSON.parse(text) as JsonObject;
  const configuration = isJsonObject(body['configuration']) ? body['configuration'] : {};
  return {
    ...body,
    name: filled.name,
    tags: ['demo'],
    ...(filled.code !== undefined && { providerData: { code: filled.code } }),
    configuration: {
      ...configuration,
      ...filled.configuration,
      'event.notification.callback.url': callback.url,
      'event.notification.signature.key': callback.signatureKey,
    },
  };
}
