import { startHubSpot } from './hubspot.ts';
import { startKeap } from './keap.ts';
import { startPardot } from './pardot.ts';
import { startPipedrive } from './pipedrive.ts';
import { startSalesforce } from './salesforce.ts';
import type { StartDemoVendor } from './vendor.ts';

/** One of each connector there is, by element key. */
export const DEMO_VENDORS: Readonly<Record<string, StartDemoVendor>> = {
  pipedrive: startPipedrive,
  sfdc: startSalesforce,
  hubspotcrm: startHubSpot,
  pardot: startPardot,
  infusionsoftecommerce: startKeap,
};
