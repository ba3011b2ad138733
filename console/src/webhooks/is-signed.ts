import type { InstanceView } from '../../../src/instances/schema.ts';
import { configured } from '../instances/queries.ts';

/** Any of these makes an inbound request prove where it comes from (wire contract, section 3). */
const PROOFS = ['event.inbound.signature.key', 'event.inbound.token', 'event.inbound.basic.password'];

/** Vendors that sign with the secret of the OAuth app. */
const SIGN_WITH_APP_SECRET = new Set(['hubspotcrm']);

/** Whether inbound webhooks must prove that the vendor sends them. */
export function isSigned(instance: InstanceView): boolean {
  const has = (key: string): boolean => configured(instance, key) !== '';
  return (
    PROOFS.some(has) ||
    (SIGN_WITH_APP_SECRET.has(instance.element.key) && has('oauth.api.secret')) ||
    configured(instance, 'event.vendor.setup') === 'auto'
  );
}
