import { findElement } from '../elements/catalogue.ts';
import { readEventSettings } from '../instances/event-configuration.ts';
import type { Instance } from '../instances/instance.ts';
import { setAttention } from '../instances/queries.ts';
import type { SetupDeps } from './setups.ts';
import { elementUrl, instanceUrl } from './urls.ts';

/** Shown with the instance until a set-up succeeds; a PATCH tries again. */
export async function noteFailure(
  { db, clock, connectors, site }: Pick<SetupDeps, 'db' | 'clock' | 'connectors' | 'site'>,
  instance: Instance,
  reason: string,
): Promise<void> {
  const webhooks = findElement(connectors, instance.elementKey)?.webhooks;
  const { objects } = readEventSettings(instance);
  const urls = {
    url: instanceUrl(site.publicUrl, instance),
    elementUrl: elementUrl(site.publicUrl, instance),
  };
  const steps = webhooks?.manual({ ...urls, objects }).steps ?? [];
  const text = `Webhooks are not set up: ${reason}. Save the instance to try again, or do it by hand: ${steps.join(' ')}`;
  await setAttention(db, instance.id, { kind: 'webhook_setup', reason: text, at: clock.now() });
}
