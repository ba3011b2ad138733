import type { Instance } from '../instances/instance.ts';
import { webhookUrl } from '../instances/present.ts';

type Named = Pick<Instance, 'id' | 'elementKey'>;

/** Where the vendor of one instance sends its webhooks. */
export function instanceUrl(publicUrl: string, { id, elementKey }: Named): string {
  return webhookUrl(publicUrl, elementKey, id);
}

/** Where all instances of an element hear of their changes: of an app's URL, and of our triggers. */
export function elementUrl(publicUrl: string, instance: Named): string {
  const url = instanceUrl(publicUrl, instance);
  return url.slice(0, url.lastIndexOf('/'));
}
