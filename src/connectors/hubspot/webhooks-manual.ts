import type { Webhooks } from '../webhooks.ts';

/** Objects of HubSpot by the names `event.objects` may call them. */
const NAMES: { [object: string]: readonly string[] } = {
  contact: ['contact', 'lead', '0-1'],
  company: ['company', 'account', '0-2'],
  deal: ['deal', 'opportunity', '0-3'],
};

/**
 * A propertyChange is subscribed to property by property; these are what most people watch, and any other can be
 * added. `hs_lastmodifieddate` cannot be subscribed to (HubSpot "Webhooks API", read 2026-11).
 */
const PROPERTIES: { [object: string]: readonly string[] } = {
  contact: [
    'firstname',
    'lastname',
    'email',
    'phone',
    'company',
    'jobtitle',
    'lifecyclestage',
    'hubspot_owner_id',
  ],
  company: ['name', 'domain', 'phone', 'city', 'country', 'industry', 'lifecyclestage', 'hubspot_owner_id'],
  deal: ['dealname', 'amount', 'dealstage', 'pipeline', 'closedate', 'hubspot_owner_id'],
};

/** The exact list to enter: HubSpot's subscriptions belong to the app, and its own API needs the developer's key. */
export const manualSubscriptions: Webhooks['manual'] = ({ elementUrl, objects }) => {
  const wanted = Object.keys(NAMES).filter(
    (object) => objects.length === 0 || objects.some((name) => NAMES[object]!.includes(singular(name))),
  );
  return {
    steps: [
      'In your HubSpot developer account open the app whose client id the instance uses, then Webhooks.',
      `Target URL: ${elementUrl} (one for all portals; each event finds its instance by its portal).`,
      'Create the subscriptions listed here and activate them; add a propertyChange for every further property you ' +
        'want to hear of.',
      'HubSpot signs with the app’s client secret: the instance takes it from oauth.api.secret, or from ' +
        'event.inbound.signature.key for a private app.',
    ],
    subscriptions: wanted.flatMap(subscriptionsOf),
  };
};

function subscriptionsOf(object: string): { eventType: string; propertyName?: string }[] {
  const happenings = ['creation', 'deletion', 'merge', 'restore'];
  if (object === 'contact') happenings.push('privacyDeletion');
  const changes = PROPERTIES[object]!.map((propertyName) => ({
    eventType: `${object}.propertyChange`,
    propertyName,
  }));
  return happenings
    .map((what): (typeof changes)[number] | { eventType: string } => ({ eventType: `${object}.${what}` }))
    .concat(changes);
}

function singular(name: string): string {
  return name.trim().toLowerCase().replace(/ies$/, 'y').replace(/s$/, '');
}
